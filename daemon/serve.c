// SPDX-License-Identifier: Apache-2.0
#include "serve.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "config_kafka.h"
#include "definitions.h"
#include "io/log_journal.h"
#include "io/systemd.h"
#include "serve_internal.h"

#define TICK (USEC_PER_SEC / 4)
#define STATUS_EVERY (10 * USEC_PER_SEC)

static void set_log(const struct config *config) {
  bool journal = config->log.target == CONFIG_LOG_JOURNAL || (config->log.target == CONFIG_LOG_AUTO && log_journal_connected());
  log_set_sink(journal ? log_journal_sink : log_journal_stderr_sink, NULL);
  log_set_level((enum log_level)config->log.level);
}

// ---- reload -----------------------------------------------------------------

static void warn_of_fixed(const struct config *old, const struct config *new) {
  const char *names[32];
  size_t count = config_diff_fixed(old, new, names, 32);
  for (size_t i = 0; i < count && i < 32; i++) log_warning("reload: %s has changed; it takes effect at the next start", names[i]);
}

static void log_problems(const struct config_problems *problems, const char *path) {
  for (size_t i = 0; i < problems->count; i++) {
    const struct config_problem *problem = &problems->items[i];
    if (problem->line > 0)
      log_error("reload: %s:%d:%d: %s", path, problem->line, problem->column, problem->text);
    else
      log_error("reload: %s: %s", path, problem->text);
  }
}

// Reads the file and the secrets that it names; all of it can be used, or nothing is.
static int read_anew(struct serve *serve, struct config **ret_config, struct settings **ret_settings) {
  const struct serve_options *options = serve->options;
  struct config *config = NULL;
  struct config_problems problems = {0};
  int r = config_load(options->config_path, options->overrides, options->override_count, &config, &problems);
  if (r == 0 && (r = config_kafka_check(config, &problems)) < 0) config_free(config);
  if (r < 0) log_problems(&problems, options->config_path);
  config_problems_free(&problems);
  if (r < 0) return r;
  warn_of_fixed(serve->config, config);
  config_keep_fixed(config, serve->config);
  char *problem = NULL;
  r = settings_new(config, ret_settings, &problem);
  if (r == 0) r = world_set_credentials(serve, *ret_settings, &problem);
  if (r < 0) {
    log_error("reload: %s", problem);
    free(problem);
    config_free(config);
    return r;
  }
  *ret_config = config;
  return 0;
}

static void apply(struct serve *serve, const struct config *config) {
  serve->config->log.level = config->log.level;
  serve->config->readiness = config->readiness;
  serve->config->drain_timeout = config->drain_timeout;
  serve->config->retention = config->retention;
  job_set_tombstone_ttl(serve->job, config->retention.tombstones);
  const char *secrets = config->secrets.folder;
  calls_reload(serve, secrets);
  set_log(serve->config);
}

static void reload(struct serve *serve) {
  struct config *config = NULL;
  struct settings *settings = NULL;
  bool has_file = serve->options->config_path;
  systemd_reloading();
  if (has_file && read_anew(serve, &config, &settings) < 0) {
    log_error("reload: %s is refused, nothing is changed", serve->options->config_path);
    ++*metrics_value(serve->metrics, METRIC_RELOADS, "refused", NULL);
  } else {
    if (config) apply(serve, config);
    definitions_publish(serve->job, (config ? config : serve->config)->definitions.folder, &serve->settings->publishing);
    log_notice("reloaded");
    ++*metrics_value(serve->metrics, METRIC_RELOADS, "applied", NULL);
  }
  settings_free(settings);
  config_free(config);
  systemd_ready();
}

// ---- signals and time -------------------------------------------------------

static void on_stop(evutil_socket_t signal, short what, void *context) {
  (void)what;
  struct serve *serve = context;
  if (serve->stopping) {
    log_warning("second signal %d: ends now", (int)signal);
    _exit(1); // what is not committed is read again at the next start
  }
  log_notice("signal %d: finishing what is under way", (int)signal);
  systemd_stopping();
  serve->stopping = true;
  serve->stop_by = clock_boottime() + serve->config->drain_timeout;
  job_drain(serve->job);
}

static void on_hangup(evutil_socket_t signal, short what, void *context) {
  (void)signal, (void)what;
  reload(context);
}

static void stop_when_drained(struct serve *serve) {
  bool drained = job_is_drained(serve->job);
  if (!drained && clock_boottime() < serve->stop_by) return;
  if (!drained) log_warning("not everything is finished within drain_timeout; it is done again at the next start");
  event_base_loopbreak(serve->loop);
}

static void rest(struct serve *serve, usec_t now) {
  struct job_stats stats;
  job_stats(serve->job, &stats);
  spare_give_back(&serve->spare, stats.batches, now);
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct serve *serve = context;
  usec_t now = clock_boottime(), interval = systemd_watchdog_interval();
  job_on_timer(serve->job);
  if (interval && now - serve->watchdog_at >= interval) {
    systemd_watchdog();
    serve->watchdog_at = now;
  }
  if (now - serve->status_at >= STATUS_EVERY) {
    status_line(serve);
    serve->status_at = now;
  }
  rest(serve, now);
  if (serve->stopping) stop_when_drained(serve);
}

static void open_events(struct serve *serve) {
  static const struct {
    int number;
    event_callback_fn call;
  } signals[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_hangup}};
  for (size_t i = 0; i < 3; i++) {
    serve->signals[i] = evsignal_new(serve->loop, signals[i].number, signals[i].call, serve);
    event_add(serve->signals[i], NULL);
  }
  serve->tick = event_new(serve->loop, -1, EV_PERSIST, on_tick, serve);
  const struct timeval every = {0, TICK};
  event_add(serve->tick, &every);
}

// ---- life -------------------------------------------------------------------

static int open_all(struct serve *serve) {
  char *problem = NULL;
  serve->metrics = metrics_new(); // what opens next counts already
  if (settings_new(serve->config, &serve->settings, &problem) < 0 || world_open(serve, &problem) < 0) {
    log_error("%s", problem ? problem : "cannot start");
    free(problem);
    return -WF_EINVAL;
  }
  return status_open(serve);
}

static void close_all(struct serve *serve) {
  for (size_t i = 0; i < 3; i++)
    if (serve->signals[i]) event_free(serve->signals[i]);
  if (serve->tick) event_free(serve->tick);
  status_close(serve);
  if (serve->settings) world_close(serve);
  settings_free(serve->settings);
  if (serve->loop) event_base_free(serve->loop);
  config_free(serve->config);
}

int serve_run(struct config *config, const struct serve_options *options) {
  struct serve serve = {.config = config, .options = options};
  set_log(config);
  signal(SIGPIPE, SIG_IGN);
  struct event_config *precise = event_config_new();
  event_config_set_flag(precise, EVENT_BASE_FLAG_PRECISE_TIMER);
  serve.loop = event_base_new_with_config(precise);
  event_config_free(precise);
  if (!serve.loop || open_all(&serve) < 0) {
    close_all(&serve);
    return 1;
  }
  open_events(&serve);
  definitions_publish(serve.job, config->definitions.folder, &serve.settings->publishing);
  log_notice("workflowd %s started, instance %s", WORKFLOWD_VERSION, serve.settings->instance);
  // Ready means that it runs and keeps trying; /readyz says whether it does its work.
  systemd_ready();
  event_base_dispatch(serve.loop);
  log_notice("workflowd stops");
  close_all(&serve);
  return serve.exit_code;
}
