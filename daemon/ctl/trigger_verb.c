// SPDX-License-Identifier: Apache-2.0
#include "ctl/trigger_verb.h"

#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "ctl/trigger_input.h"
#include "ctl/trigger_report.h"
#include "ctl/verb.h"
#include "io/codec.h"

static const usec_t LOOK = 100 * USEC_PER_MSEC, PUBLISH_TIMEOUT = 10 * USEC_PER_SEC;
enum { RUNS_SHOWN = 50 };

struct trigger {
  struct trigger_input input;
  const char *kafka, *topic;
  bool wait;
  usec_t timeout;
};

// The broker's address and what else librdkafka is to know of it.
struct target {
  char *topic;
  struct trigger_bounds bounds;
  struct kafka_property *properties;
  size_t count;
};

// --kafka replaces the address; the rest of the configuration holds if one was named.
static int find_target(struct session *session, const struct trigger *trigger, struct target *ret_target) {
  bool configured = !trigger->kafka || session->arguments->config;
  if (configured && session_configure(session) != EXIT_OK) return EXIT_FAILED;
  struct config *plain = session->config ? NULL : config_default();
  const struct config *config = session->config ? session->config : plain;
  struct target target = {.bounds = {(size_t)config->bounds.record, (size_t)config->bounds.recipients_per_trigger}};
  target.topic = xstrdup(trigger->topic ? trigger->topic : config->topics.triggers);
  target.properties = session_kafka(session, trigger->kafka, &target.count);
  config_free(plain);
  *ret_target = target;
  return EXIT_OK;
}

static int publish(const struct session *session, const struct target *target, const struct trigger_output *output,
                   struct kafka_place *ret_place) {
  const struct message_header header = {"content-type", CODEC_CONTENT_TYPE, sizeof CODEC_CONTENT_TYPE - 1};
  const struct record record = {.topic = target->topic,
                                .partition = -1,
                                .key = output->key,
                                .key_size = output->key ? strlen(output->key) : 0,
                                .value = output->value.data,
                                .value_size = output->value.size,
                                .headers = &header,
                                .header_count = 1};
  char *error;
  if (kafka_publish(target->properties, target->count, &record, PUBLISH_TIMEOUT, ret_place, &error) == 0)
    return EXIT_OK;
  int code = session_say(session, EXIT_FAILED, "not published to %s: %s", target->topic, error);
  free(error);
  return code;
}

// The database's clock, before anything is published.
static int read_clock(struct session *session, char **ret_clock) {
  struct pg_rows *rows;
  int code = session_query(session, "SELECT clock_timestamp() - interval '1 second'", NULL, 0, &rows);
  if (code != EXIT_OK) return code;
  *ret_clock = xstrdup(pg_rows_value(rows, 0, 0));
  pg_rows_free(rows);
  return EXIT_OK;
}

static int verdict(const struct session *session, const struct trigger_summary *summary) {
  if (summary->quarantined || summary->bad) return EXIT_BAD_NEWS;
  if (summary->triggers || summary->duplicates) return EXIT_OK;
  return session_say(session, EXIT_BAD_NEWS, "the trigger matched no active workflow: nothing was started");
}

static int follow(struct session *session, const struct trigger_choice *choice, usec_t timeout) {
  usec_t end = clock_boottime() + timeout;
  for (;;) {
    struct trigger_summary summary;
    int code = trigger_report_look(session, choice, &summary);
    if (code != EXIT_OK) return code;
    if (summary.is_read && !summary.open && !summary.runs_missing) return verdict(session, &summary);
    if (clock_boottime() >= end)
      return session_say(session, EXIT_TIMED_OUT,
                         summary.is_read ? "not ended in time: %zu runs" : "not read in time: does workflowd work?",
                         summary.open + summary.runs_missing);
    nanosleep(&(struct timespec){.tv_nsec = LOOK * 1000}, NULL);
  }
}

static void print_place(const struct session *session, const char *id, const char *topic,
                        const struct kafka_place *place) {
  if (!session->arguments->json) {
    printf("published %s to %s, partition %d, offset %lld\n", id, topic, (int)place->partition,
           (long long)place->offset);
    fflush(stdout); // it is there, whatever becomes of the waiting
    return;
  }
  jv name = jv_dump_string(jv_string(id), 0), where = jv_dump_string(jv_string(topic), 0);
  printf("{\"id\": %s, \"topic\": %s, \"partition\": %d, \"offset\": %lld", jv_string_value(name),
         jv_string_value(where), (int)place->partition, (long long)place->offset);
  jv_free(name);
  jv_free(where);
}

static int run(struct session *session, const struct trigger *trigger, const struct target *target,
               const struct trigger_output *output) {
  struct trigger_choice choice = {.topic = target->topic};
  char *clock = NULL;
  int code = trigger->wait ? read_clock(session, &clock) : EXIT_OK;
  if (code == EXIT_OK) code = publish(session, target, output, &choice.place);
  if (code != EXIT_OK) {
    free(clock);
    return code;
  }
  choice.since = clock;
  print_place(session, output->id, target->topic, &choice.place);
  if (trigger->wait) {
    code = follow(session, &choice, trigger->timeout);
    int printed = code == EXIT_FAILED ? EXIT_OK : trigger_report_print(session, &choice, RUNS_SHOWN, ", ");
    if (printed != EXIT_OK) code = printed;
  }
  if (session->arguments->json) puts("}");
  free(clock);
  return code;
}

static int trigger_once(const struct arguments *arguments, const struct trigger *trigger) {
  struct session session = {.arguments = arguments};
  int code = trigger->wait ? session_open(arguments, &session) : EXIT_OK;
  if (code != EXIT_OK) return code;
  struct target target = {0};
  struct trigger_output output = {0};
  struct arena *arena = arena_new();
  code = find_target(&session, trigger, &target);
  if (code == EXIT_OK) code = trigger_input_encode(arguments, &trigger->input, &target.bounds, arena, &output);
  if (code == EXIT_OK) code = run(&session, trigger, &target, &output);
  buf_free(&output.value);
  arena_free(arena);
  free(target.properties);
  free(target.topic);
  session_close(&session);
  return code;
}

int trigger_verb(int argc, char **argv) {
  struct trigger trigger = {.timeout = USEC_PER_MIN};
  struct trigger_input *input = &trigger.input;
  const char *timeout = NULL;
  const struct argument_row rows[] = {
      {"id", .value = &input->id},
      {"type", .value = &input->type},
      {"workflow-version", .value = &input->version},
      {"tenant", .value = &input->tenant},
      {"subject", .value = &input->subject},
      {"source", .value = &input->source},
      {"actor", .value = &input->actor},
      {"key", .value = &input->key},
      {"data", .value = &input->data},
      {"cancellation-key", .value = &input->cancellation_key},
      {"correlation-id", .value = &input->correlation_id},
      {"traceparent", .value = &input->traceparent},
      {"recipient", .list = &input->recipients},
      {"rehearsal", .flag = &input->rehearsal},
      {"results", .value = &input->results},
      {"kafka", .value = &trigger.kafka},
      {"topic", .value = &trigger.topic},
      {"wait", .flag = &trigger.wait},
      {"timeout", .value = &timeout},
  };
  struct arguments arguments;
  int code = EXIT_USAGE;
  bool go_on = arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_GO_ON &&
               arguments_words(&arguments, 0, 1, "one workflow, NAMESPACE/NAME") &&
               arguments_duration(&arguments, "timeout", timeout, &trigger.timeout);
  if (go_on && arguments.word_count == 0 && !input->type) {
    code = arguments_wrong(&arguments, "expected a workflow, NAMESPACE/NAME, or the --type of an event");
  } else if (go_on) {
    input->workflow = arguments.word_count ? arguments.words[0] : NULL;
    code = trigger_once(&arguments, &trigger);
  }
  argument_list_free(&input->recipients);
  return code;
}
