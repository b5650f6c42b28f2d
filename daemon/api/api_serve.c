// SPDX-License-Identifier: Apache-2.0
#include "api/api_serve.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/service.h"
#include "base/log.h"
#include "config_conninfo.h"
#include "config_schema.h"
#include "config_secret.h"
#include "io/log_journal.h"
#include "io/systemd.h"

#define TICK (USEC_PER_SEC / 4)
#define STATUS_EVERY (10 * USEC_PER_SEC)

struct api_serve {
  struct api_config *config;
  const struct program_arguments *arguments;
  struct event_base *loop;
  struct event *tick, *signals[3];
  struct service *service;
  bool stopping;
  usec_t stop_by, watchdog_at, status_at; // boottime
};

static void set_log(const struct api_config *config) {
  bool journal = config->log.target == CONFIG_LOG_JOURNAL || (config->log.target == CONFIG_LOG_AUTO && log_journal_connected());
  log_set_sink(journal ? log_journal_sink : log_journal_stderr_sink, NULL);
  log_set_level((enum log_level)config->log.level);
}

// ---- reload -------------------------------------------------------------------------

// The file and the password; all of it can be used, or nothing is.
static int read_anew(const struct api_serve *serve, struct api_config **ret_config, char **ret_conninfo) {
  const struct program_arguments *arguments = serve->arguments;
  const char *path = arguments->path ? arguments->path : "/dev/null", *names[32];
  struct config_problems problems = {0};
  struct api_config *config = NULL;
  int r = api_config_load(path, arguments->overrides, arguments->override_count, &config, &problems);
  if (r < 0) config_problems_print(&problems, path, stderr);
  config_problems_free(&problems);
  if (r < 0) return r;
  size_t count = config_schema_diff(&api_config_table, serve->config, config, names, 32);
  for (size_t i = 0; i < count && i < 32; i++) log_warning("reload: %s has changed; it takes effect at the next start", names[i]);
  config_schema_keep(&api_config_table, config, serve->config, config->arena);
  char *problem;
  r = config_conninfo_read(config->postgres.conninfo, config->postgres.password_file, ret_conninfo, &problem);
  if (r < 0) {
    log_error("reload: %s", problem);
    free(problem);
    api_config_free(config);
    return r;
  }
  *ret_config = config;
  return 0;
}

static void on_hangup(evutil_socket_t signal, short what, void *context) {
  (void)signal, (void)what;
  struct api_serve *serve = context;
  struct api_config *config;
  char *conninfo;
  systemd_reloading();
  if (read_anew(serve, &config, &conninfo) < 0) {
    log_error("reload: refused, nothing is changed");
  } else {
    service_configure(serve->service, config, conninfo);
    api_config_free(serve->config);
    serve->config = config;
    config_secret_free(conninfo);
    set_log(config);
    log_notice("reloaded");
  }
  systemd_ready();
}

// ---- signals and time ---------------------------------------------------------------

static void on_stop(evutil_socket_t signal, short what, void *context) {
  (void)what;
  struct api_serve *serve = context;
  if (serve->stopping) {
    log_warning("second signal %d: ends now", (int)signal);
    _exit(1);
  }
  log_notice("signal %d: finishing what is under way", (int)signal);
  systemd_stopping();
  serve->stopping = true;
  serve->stop_by = clock_boottime() + serve->config->drain_timeout;
  service_drain(serve->service);
}

static void stop_when_drained(struct api_serve *serve) {
  bool drained = service_is_drained(serve->service);
  if (!drained && clock_boottime() < serve->stop_by) return;
  if (!drained) log_warning("not everything is answered within drain_timeout");
  event_base_loopbreak(serve->loop);
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct api_serve *serve = context;
  usec_t now = clock_boottime(), interval = systemd_watchdog_interval();
  if (interval && now - serve->watchdog_at >= interval) {
    systemd_watchdog();
    serve->watchdog_at = now;
  }
  if (now - serve->status_at >= STATUS_EVERY) {
    service_status(serve->service);
    serve->status_at = now;
  }
  if (serve->stopping) stop_when_drained(serve);
}

static void open_events(struct api_serve *serve) {
  static const struct {
    int number;
    event_callback_fn call;
  } signals[] = {{SIGTERM, on_stop}, {SIGINT, on_stop}, {SIGHUP, on_hangup}};
  const struct timeval every = {0, TICK};
  for (size_t i = 0; i < 3; i++) {
    serve->signals[i] = evsignal_new(serve->loop, signals[i].number, signals[i].call, serve);
    event_add(serve->signals[i], NULL);
  }
  serve->tick = event_new(serve->loop, -1, EV_PERSIST, on_tick, serve);
  event_add(serve->tick, &every);
}

// ---- life ---------------------------------------------------------------------------

static int open_service(struct api_serve *serve) {
  const struct api_config *config = serve->config;
  char *conninfo, *problem;
  if (config_conninfo_read(config->postgres.conninfo, config->postgres.password_file, &conninfo, &problem) < 0) {
    log_error("%s", problem);
    free(problem);
    return -WF_EIO;
  }
  int r = service_new(serve->loop, config, conninfo, &serve->service);
  if (r < 0) log_error("http.listen: %s: %s", config->http.listen, r == -WF_EINVAL ? "expected a numeric address and a port" : strerror(errno));
  config_secret_free(conninfo);
  return r;
}

static void close_all(struct api_serve *serve) {
  for (size_t i = 0; i < 3; i++)
    if (serve->signals[i]) event_free(serve->signals[i]);
  if (serve->tick) event_free(serve->tick);
  service_free(serve->service);
  if (serve->loop) event_base_free(serve->loop);
  api_config_free(serve->config);
}

int api_serve_run(struct api_config *config, const struct program_arguments *arguments) {
  struct api_serve serve = {.config = config, .arguments = arguments};
  set_log(config);
  signal(SIGPIPE, SIG_IGN);
  serve.loop = event_base_new();
  if (!serve.loop || open_service(&serve) < 0) {
    close_all(&serve);
    return 1;
  }
  open_events(&serve);
  log_notice("workflowd-api %s started", WORKFLOWD_VERSION);
  // Ready means that it answers; /readyz says whether PostgreSQL is there.
  systemd_ready();
  event_base_dispatch(serve.loop);
  log_notice("workflowd-api stops");
  close_all(&serve);
  return 0;
}
