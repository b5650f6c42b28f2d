// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "config_conninfo.h"
#include "config_secret.h"

// How long after a repeated trigger id the batches look for repeats first: long enough
// for a producer that sends everything twice to cost one redone batch, not each.
#define CLAIM_FIRST (5 * USEC_PER_SEC)
#define SETTLE_AFTER (30 * USEC_PER_SEC)
#define CAREFUL_INPUTS 100
// Timers held in memory per home, at most about twice this many.
enum { TIMERS_IN_MEMORY = 20000 };

// Of this instance in the words of the operator; the arena's.
static const char *instance_name(const struct settings *settings) {
  if (*settings->config->instance.name) return settings->config->instance.name;
  char host[HOST_NAME_MAX + 1] = "";
  gethostname(host, sizeof host - 1);
  return arena_strdup(settings->arena, *host ? host : "workflowd");
}

static void new_instance(struct settings *settings) {
  enum { NAME_BYTES = 16, RANDOM_BYTES = 12 };
  unsigned char random[RANDOM_BYTES];
  while (getrandom(random, sizeof random, 0) < 0 && errno == EINTR) continue;
  char *end = settings->instance;
  for (const char *c = instance_name(settings); *c && end < settings->instance + NAME_BYTES; c++)
    *end++ = isalnum((unsigned char)*c) || *c == '.' ? *c : '-';
  if (settings->config->instance.slot) end += sprintf(end, "-%d", (int)settings->config->instance.slot);
  *end++ = '-';
  for (size_t i = 0; i < sizeof random; i++) end += sprintf(end, "%02x", random[i]);
}

static bool is_one_of(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(name, names[i]) == 0) return true;
  return false;
}

// librdkafka warns of a property that the other kind of client has: our own defaults
// shall not make it speak.
static bool for_consumer(const char *name) {
  static const char *const producer_only[] = {"linger.ms", "message.timeout.ms", "compression.type", "acks", "batch.size"};
  return !is_one_of(name, producer_only, sizeof producer_only / sizeof *producer_only);
}

static bool for_producer(const char *name) {
  static const char *const consumer_only[] = {"group.id", "session.timeout.ms", "fetch.wait.max.ms", "heartbeat.interval.ms", "max.poll.interval.ms"};
  return !is_one_of(name, consumer_only, sizeof consumer_only / sizeof *consumer_only);
}

static int read_secret(struct settings *settings, const char *what, const char *reference, const char **ret_value, char **ret_problem) {
  char *secret, *problem;
  if (config_secret_read(reference, &secret, &problem) < 0) {
    *ret_problem = xasprintf("%s: %s", what, problem);
    free(problem);
    return -WF_EIO;
  }
  *ret_value = arena_strdup(settings->arena, secret);
  config_secret_free(secret);
  return 0;
}

static int read_properties(struct settings *settings, char **ret_problem) {
  const struct config *config = settings->config;
  size_t most = config->kafka_count + 1;
  settings->consumer = arena_alloc0(settings->arena, most * sizeof *settings->consumer);
  settings->producer = arena_alloc0(settings->arena, most * sizeof *settings->producer);
  for (size_t i = 0; i < config->kafka_count; i++) {
    struct kafka_property property = {config->kafka[i].name, config->kafka[i].value};
    if (config->kafka[i].is_secret && read_secret(settings, property.name, property.value, &property.value, ret_problem) < 0) return -WF_EIO;
    if (for_consumer(property.name)) settings->consumer[settings->consumer_count++] = property;
    if (for_producer(property.name)) settings->producer[settings->producer_count++] = property;
  }
  if (config->topics.assignment == CONFIG_ASSIGN_GROUP) {
    const char *id = arena_printf(settings->arena, "workflowd-%s-%lld", instance_name(settings), (long long)config->instance.slot);
    settings->consumer[settings->consumer_count++] = (struct kafka_property){"group.instance.id", id};
  }
  return 0;
}

static int read_conninfo(struct settings *settings, char **ret_problem) {
  return config_conninfo_read(settings->config->postgres.conninfo, settings->config->postgres.password_file, &settings->conninfo, ret_problem);
}

static void read_catalog(struct settings *settings) {
  const struct config *config = settings->config;
  struct wf_function *functions = arena_alloc0(settings->arena, (config->function_count + 2) * sizeof *functions);
  for (size_t i = 0; i < config->function_count; i++) {
    const struct config_function *from = &config->functions[i];
    functions[i] = (struct wf_function){.name = from->name, .topic = from->topic, .timeout = from->timeout, .heartbeat = from->heartbeat};
  }
  size_t count = config->function_count;
  functions[count++] = (struct wf_function){.name = "http", .timeout = config->calls.timeout, .native = WF_NATIVE_HTTP, .is_default = true};
  functions[count++] = (struct wf_function){.name = "openapi", .timeout = config->calls.timeout, .native = WF_NATIVE_OPENAPI, .is_default = true};
  settings->timezones = timezones_new();
  settings->zones = timezones_face(settings->timezones);
  settings->catalog = (struct wf_catalog){
      .functions = functions, .count = count, .zones = &settings->zones, .timezone = config->schedule.timezone};
  settings->resources = resource_folder(config->definitions.resources);
  settings->publishing = settings->catalog;
  settings->publishing.resources = &settings->resources;
}

static enum wf_lifecycle lifecycle_level(const struct config *config) {
  if (!*config->topics.lifecycle) return WF_LIFECYCLE_NONE;
  return config->topics.lifecycle_events == CONFIG_LIFECYCLE_ALL ? WF_LIFECYCLE_STATUS : WF_LIFECYCLE_REQUIRED;
}

static char *next_word(char **at, const char *separators) {
  char *word;
  while ((word = strsep(at, separators)) && !*word) continue;
  return word;
}

// "a, b" as a list.
static void read_allowed(struct settings *settings) {
  char *at = arena_strdup(settings->arena, settings->config->calls.allow), *word;
  settings->calls_allow = arena_alloc(settings->arena, (strlen(at) / 2 + 1) * sizeof *settings->calls_allow);
  while ((word = next_word(&at, ", \t"))) settings->calls_allow[settings->calls_allow_count++] = word;
}

static int read_signing_keys(struct settings *settings, char **ret_problem) {
  const char *reference = settings->config->calls.signing_keys_file;
  char *problem;
  if (!*reference) return 0;
  if (config_secret_read(reference, &settings->signing_text, &problem) < 0) {
    *ret_problem = xasprintf("calls.signing_keys_file: %s", problem);
    free(problem);
    return -WF_EIO;
  }
  settings->signing_size = strlen(settings->signing_text);
  char *lines = settings->signing_text, *line;
  settings->signing_keys = arena_alloc(settings->arena, (strlen(lines) / 2 + 1) * sizeof *settings->signing_keys);
  while ((line = next_word(&lines, "\n"))) {
    const char *endpoint = next_word(&line, " \t"), *key = next_word(&line, " \t");
    if (!endpoint || *endpoint == '#') continue;
    if (!key) {
      *ret_problem = xasprintf("calls.signing_keys_file: \"%.200s\" has no key, expected an endpoint and a key", endpoint);
      return -WF_EIO;
    }
    settings->signing_keys[settings->signing_key_count++] = (struct http_signing_key){endpoint, key};
  }
  return 0;
}

static void read_job(struct settings *settings) {
  const struct config *config = settings->config;
  size_t lanes = (size_t)config->postgres.connections;
  settings->job = (struct job_config){
      .lanes = (int)lanes,
      .slots = {.catchup = config->schedule.catchup == CONFIG_CATCHUP_ALL ? SLOTS_ALL : SLOTS_LATEST, .window = config->schedule.catchup_window},
      .gap_policy = config->gap.policy == CONFIG_GAP_CONTINUE ? JOB_GAP_CONTINUE : JOB_GAP_STOP,
      .instance = settings->instance,
      .topics = {.triggers = config->topics.triggers,
                 .commands = config->topics.commands,
                 .results = config->topics.results,
                 .events = *config->topics.events ? config->topics.events : config->topics.triggers,
                 .lifecycle = config->topics.lifecycle},
      .bounds = {.record_bytes = (size_t)config->bounds.record,
                 .recipients = (size_t)config->bounds.recipients_per_trigger,
                 .batch_inputs = (size_t)config->bounds.batch_inputs,
                 .batch_bytes = (size_t)config->bounds.batch_bytes,
                 .recipients_per_batch = (size_t)config->bounds.recipients_per_transaction,
                 .fanouts = (size_t)config->bounds.fanouts,
                 .queue_bytes = (size_t)config->bounds.queue / lanes,
                 .cached_run_bytes = (size_t)config->bounds.runs_cached / lanes,
                 .undelivered_messages = (size_t)config->bounds.undelivered / lanes,
                 .undelivered_bytes = (size_t)config->bounds.undelivered_bytes / lanes,
                 .timers_in_memory = TIMERS_IN_MEMORY,
                 .child_depth = (int32_t)config->bounds.child_depth,
                 .run = {.steps_max = (int32_t)config->bounds.steps_per_run, .value_bytes_max = (size_t)config->bounds.value, .lookback = config->events.lookback, .lifecycle = lifecycle_level(config)}},
      .timer_horizon = config->timers.horizon,
      .guard_spill = config->guards.spill_after,
      .inbox_fallback = config->timers.fallback,
      .event_gatherings = (int)config->events.gatherings,
      .event_gathering = config->events.gathering,
      .event_lookback = config->events.lookback,
      .tombstone_ttl = config->retention.tombstones,
      .claim_first = CLAIM_FIRST,
      .settle_after = SETTLE_AFTER,
      .careful_inputs = CAREFUL_INPUTS,
  };
}

int settings_new(const struct config *config, struct settings **ret_settings, char **ret_problem) {
  struct settings *settings = xcalloc(1, sizeof *settings);
  settings->config = config;
  settings->arena = arena_new();
  new_instance(settings);
  if (read_properties(settings, ret_problem) < 0 || read_conninfo(settings, ret_problem) < 0 ||
      read_signing_keys(settings, ret_problem) < 0) {
    settings_free(settings);
    return -WF_EIO;
  }
  read_allowed(settings);
  read_catalog(settings);
  read_job(settings);
  *ret_settings = settings;
  return 0;
}

const char *settings_property(const struct settings *settings, const char *name) {
  for (size_t i = 0; i < settings->consumer_count; i++)
    if (strcmp(settings->consumer[i].name, name) == 0) return settings->consumer[i].value;
  return NULL;
}

static void wipe(const struct config *config, struct kafka_property *properties, size_t count) {
  for (size_t i = 0; i < count; i++)
    for (size_t j = 0; j < config->kafka_count; j++)
      if (config->kafka[j].is_secret && strcmp(config->kafka[j].name, properties[i].name) == 0)
        explicit_bzero((char *)properties[i].value, strlen(properties[i].value));
}

void settings_free(struct settings *settings) {
  if (!settings) return;
  wipe(settings->config, settings->consumer, settings->consumer_count);
  wipe(settings->config, settings->producer, settings->producer_count);
  config_secret_free(settings->conninfo);
  if (settings->signing_text) explicit_bzero(settings->signing_text, settings->signing_size);
  free(settings->signing_text);
  timezones_free(settings->timezones);
  arena_free(settings->arena);
  free(settings);
}
