// SPDX-License-Identifier: Apache-2.0
#include "io/pg_upkeep.h"

#include <inttypes.h>
#include <libpq-fe.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "io/pg_connect.h"
#include "io/pg_error.h"
#include "io/pg_migrate.h"

#define PAUSE_MIN (100 * USEC_PER_MSEC)
#define PAUSE_MAX (5 * USEC_PER_SEC)
#define AGAIN_MIN (USEC_PER_SEC / 2)

// A pause is as long as what was before it, so many times.
enum { MAINTAIN_REST = 4, SURVEY_REST = 50 };

static const char NO_RUN[] = "00000000-0000-0000-0000-000000000000";

// The statements, in the order of preference when several are due.
enum task { SET_UP, ELECT, TRIM, MAINTAIN, MEASURE, WATCH, SURVEY, TASKS };

static const struct {
  const char *what, *sql;
  int parameters;
} tasks[TASKS] = {
    [SET_UP] = {"setting up",
                "SELECT coalesce(max(version), 0), set_config('statement_timeout', $1, false), set_config('timezone', 'UTC', false),"
                " set_config('search_path', '', false), set_config('jit', 'off', false) FROM workflow.migration",
                1},
    [ELECT] = {"asking for the lock of upkeep", "SELECT pg_try_advisory_lock(1467370598, 6)", 0},
    [TRIM] = {"forgetting events", "SELECT workflow.trim_events($1, $2)", 2},
    [MAINTAIN] = {"upkeep of the tables", "SELECT deed, object, amount FROM workflow.maintain()", 0},
    [MEASURE] = {"measuring the tables",
                 "SELECT object, rows, bytes, extract(epoch FROM clock_timestamp() - oldest), waiting,"
                 " CASE WHEN waiting IS NOT NULL THEN coalesce(extract(epoch FROM clock_timestamp() - waiting_since), 0) END,"
                 " extract(epoch FROM covered_until - clock_timestamp()) FROM workflow.upkeep_status()",
                 0},
    [WATCH] = {"looking for held snapshots", "SELECT seconds, transactions, holder FROM workflow.oldest_snapshot()", 0},
    // Up to the instant at which the count began: it ends, however many runs are started.
    [SURVEY] = {"counting runs",
                "SELECT next, workflow, status, runs, stuck FROM workflow.survey_runs($1, workflow.uuid_at(clock_timestamp()"
                " - $2::float8 * interval '1 microsecond'), $3)",
                3},
};

struct pg_upkeep {
  struct event_base *base;
  struct pg_upkeep_handler handler;
  struct pg_upkeep_config config; // with owned texts
  char *conninfo, *name;
  struct pg_connect *connect;
  PGconn *pg;
  struct event *readable, *timer;
  usec_t pause; // before connecting again
  bool is_keeper;
  bool busy; // `task` is under way
  bool failed;
  bool again, put_off; // what maintain() said
  bool trimmed;        // the window of events was full
  enum task task;
  usec_t asked_at, due[TASKS];
  // The count under way.
  char after[sizeof NO_RUN];
  usec_t count_began;
  VEC(struct pg_upkeep_open) open;
  double stuck;
};

static void step(struct pg_upkeep *upkeep);

static void wait_for(struct pg_upkeep *upkeep, usec_t pause) {
  if (pause < 0) pause = 0;
  struct timeval wait = {pause / USEC_PER_SEC, pause % USEC_PER_SEC};
  event_add(upkeep->timer, &wait);
}

static usec_t longer(usec_t a, usec_t b) { return a > b ? a : b; }

// ---- the count --------------------------------------------------------------

static void count_reset(struct pg_upkeep *upkeep) {
  for (size_t i = 0; i < upkeep->open.count; i++) {
    free(upkeep->open.items[i].workflow);
    free(upkeep->open.items[i].status);
  }
  vec_reset(&upkeep->open);
  upkeep->stuck = 0;
  memcpy(upkeep->after, NO_RUN, sizeof NO_RUN);
}

static void count_add(struct pg_upkeep *upkeep, const char *workflow, const char *status, double runs) {
  for (size_t i = 0; i < upkeep->open.count; i++) {
    struct pg_upkeep_open *open = &upkeep->open.items[i];
    if (!strcmp(open->workflow, workflow) && !strcmp(open->status, status)) {
      open->runs += runs;
      return;
    }
  }
  vec_push(&upkeep->open, (struct pg_upkeep_open){xstrdup(workflow), xstrdup(status), runs});
}

// ---- answers ----------------------------------------------------------------

static double number(const PGresult *result, int row, int column) {
  return PQgetisnull(result, row, column) ? (double)NAN : strtod(PQgetvalue(result, row, column), NULL);
}

static void take_deeds(struct pg_upkeep *upkeep, const PGresult *result) {
  int rows = PQntuples(result);
  upkeep->again = false;
  upkeep->put_off = rows == 0; // another caller is at it
  for (int i = 0; i < rows; i++) {
    const char *deed = PQgetvalue(result, i, 0);
    double amount = number(result, i, 2);
    if (!strcmp(deed, "again"))
      upkeep->again = true;
    else if (amount > 0)
      upkeep->handler.on_deed(upkeep->handler.context, deed, PQgetvalue(result, i, 1), amount);
    if (!strcmp(deed, "put off")) upkeep->put_off = true;
  }
  if (!upkeep->again && !upkeep->put_off) upkeep->handler.on_maintained(upkeep->handler.context);
}

static void take_tables(struct pg_upkeep *upkeep, const PGresult *result) {
  size_t count = (size_t)PQntuples(result);
  struct pg_upkeep_table *tables = xcalloc(count + 1, sizeof *tables);
  for (int i = 0; i < (int)count; i++)
    tables[i] = (struct pg_upkeep_table){PQgetvalue(result, i, 0), number(result, i, 1), number(result, i, 2), number(result, i, 3),
                                         number(result, i, 4), number(result, i, 5), number(result, i, 6)};
  upkeep->handler.on_tables(upkeep->handler.context, tables, count);
  free(tables);
}

static void take_snapshot(struct pg_upkeep *upkeep, const PGresult *result) {
  bool is_held = PQntuples(result) > 0;
  upkeep->handler.on_snapshot(upkeep->handler.context, is_held ? number(result, 0, 0) : (double)NAN, is_held ? number(result, 0, 1) : 0,
                              is_held ? PQgetvalue(result, 0, 2) : NULL);
}

static void take_slice(struct pg_upkeep *upkeep, const PGresult *result) {
  for (int i = 1; i < PQntuples(result); i++) {
    count_add(upkeep, PQgetvalue(result, i, 1), PQgetvalue(result, i, 2), number(result, i, 3));
    upkeep->stuck += number(result, i, 4);
  }
  if (PQntuples(result) > 0 && !PQgetisnull(result, 0, 0)) {
    snprintf(upkeep->after, sizeof upkeep->after, "%s", PQgetvalue(result, 0, 0));
    return;
  }
  upkeep->handler.on_runs(upkeep->handler.context, upkeep->open.items, upkeep->open.count, upkeep->stuck);
  count_reset(upkeep);
}

static void become_keeper(struct pg_upkeep *upkeep) {
  upkeep->is_keeper = true;
  upkeep->due[TRIM] = upkeep->due[MAINTAIN] = upkeep->due[MEASURE] = upkeep->due[WATCH] = upkeep->due[SURVEY] = 0;
  upkeep->handler.on_keeper(upkeep->handler.context, true);
}

// Returns false when the connection is of no use.
static bool take(struct pg_upkeep *upkeep, const PGresult *result) {
  switch (upkeep->task) {
  case SET_UP: return (int)number(result, 0, 0) == pg_migrate_wanted();
  case ELECT:
    if (PQgetvalue(result, 0, 0)[0] == 't') become_keeper(upkeep);
    break;
  case TRIM:
    upkeep->trimmed = number(result, 0, 0) > 0;
    if (upkeep->trimmed) upkeep->handler.on_deed(upkeep->handler.context, "trimmed", "arrival", number(result, 0, 0));
    break;
  case MAINTAIN: take_deeds(upkeep, result); break;
  case MEASURE: take_tables(upkeep, result); break;
  case WATCH: take_snapshot(upkeep, result); break;
  case SURVEY: take_slice(upkeep, result); break;
  case TASKS: break;
  }
  return true;
}

// When the task that has just ended is to be done next.
static void plan(struct pg_upkeep *upkeep) {
  const struct pg_upkeep_config *config = &upkeep->config;
  usec_t now = clock_boottime(), took = now - upkeep->asked_at, pause = 0;
  switch (upkeep->task) {
  case SET_UP:
  case TASKS: break;
  case ELECT: pause = config->elect_every; break;
  case TRIM: pause = upkeep->trimmed ? longer(AGAIN_MIN, MAINTAIN_REST * took) : longer(config->trim_every, SURVEY_REST * took); break;
  case MAINTAIN:
    pause = upkeep->again ? longer(AGAIN_MIN, MAINTAIN_REST * took) : upkeep->put_off ? config->retry_after : config->maintain_every;
    break;
  case MEASURE: pause = longer(config->measure_every, SURVEY_REST * took); break;
  case WATCH: pause = longer(config->watch_every, SURVEY_REST * took); break;
  case SURVEY: {
    bool is_complete = !strcmp(upkeep->after, NO_RUN);
    pause = longer(is_complete ? config->survey_every : 0, SURVEY_REST * took);
    break;
  }
  }
  if (upkeep->failed) pause = config->retry_after;
  upkeep->due[upkeep->task] = now + pause;
  if (upkeep->failed && upkeep->task == SURVEY) count_reset(upkeep);
}

// ---- the connection ---------------------------------------------------------

static void lose(struct pg_upkeep *upkeep) {
  bool was_keeper = upkeep->is_keeper;
  pg_connect_free(upkeep->connect);
  upkeep->connect = NULL;
  if (upkeep->readable) event_free(upkeep->readable);
  upkeep->readable = NULL;
  PQfinish(upkeep->pg);
  upkeep->pg = NULL;
  upkeep->is_keeper = upkeep->busy = false;
  count_reset(upkeep);
  wait_for(upkeep, upkeep->pause);
  upkeep->pause = upkeep->pause * 2 > PAUSE_MAX ? PAUSE_MAX : upkeep->pause * 2;
  if (was_keeper) upkeep->handler.on_keeper(upkeep->handler.context, false);
}

static void ask(struct pg_upkeep *upkeep, enum task task) {
  usec_t now = clock_boottime();
  if (task == SURVEY && !strcmp(upkeep->after, NO_RUN)) upkeep->count_began = now;
  char timeout[16], slice[16], age[32];
  snprintf(timeout, sizeof timeout, "%d", upkeep->config.statement_timeout_ms);
  snprintf(slice, sizeof slice, "%d", upkeep->config.slice);
  snprintf(age, sizeof age, "%" PRId64, now - upkeep->count_began);
  char window[32], window_bytes[32];
  snprintf(window, sizeof window, "%" PRId64, upkeep->config.window);
  snprintf(window_bytes, sizeof window_bytes, "%" PRId64, upkeep->config.window_bytes);
  const char *const set_up[] = {timeout}, *const survey[] = {upkeep->after, age, slice}, *const trim[] = {window, window_bytes};
  const char *const *values = task == SURVEY ? survey : task == TRIM ? trim : set_up;
  upkeep->task = task;
  upkeep->busy = true;
  upkeep->failed = false;
  upkeep->asked_at = now;
  // So short that it always fits into the socket's buffer: sending never waits.
  if (!PQsendQueryParams(upkeep->pg, tasks[task].sql, tasks[task].parameters, NULL, values, NULL, NULL, 0))
    lose(upkeep);
}

static void fail(struct pg_upkeep *upkeep, const PGresult *result) {
  const char *reason = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  upkeep->failed = true;
  if (upkeep->task != SET_UP && !pg_error_ends_session(result))
    upkeep->handler.on_failed(upkeep->handler.context, tasks[upkeep->task].what, reason ? reason : "no answer");
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_upkeep *upkeep = context;
  if (!PQconsumeInput(upkeep->pg)) {
    lose(upkeep);
    return;
  }
  while (upkeep->busy && !PQisBusy(upkeep->pg)) {
    PGresult *result = PQgetResult(upkeep->pg);
    if (!result) {
      upkeep->busy = false;
      break;
    }
    bool is_right = PQresultStatus(result) == PGRES_TUPLES_OK && take(upkeep, result);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) fail(upkeep, result);
    PQclear(result);
    if (!is_right && (upkeep->task == SET_UP || PQstatus(upkeep->pg) != CONNECTION_OK)) {
      lose(upkeep);
      return;
    }
  }
  if (upkeep->busy) return;
  if (upkeep->task == SET_UP) upkeep->pause = PAUSE_MIN;
  plan(upkeep);
  step(upkeep);
}

static void ignore_notice(void *context, const PGresult *result) {
  (void)context;
  (void)result;
}

static void on_connected(void *context, PGconn *pg, const char *reason) {
  (void)reason;
  struct pg_upkeep *upkeep = context;
  pg_connect_free(upkeep->connect);
  upkeep->connect = NULL;
  if (!pg) {
    lose(upkeep);
    return;
  }
  upkeep->pg = pg;
  PQsetNoticeReceiver(pg, ignore_notice, NULL);
  upkeep->readable = event_new(upkeep->base, PQsocket(pg), EV_READ | EV_PERSIST, on_readable, upkeep);
  event_add(upkeep->readable, NULL);
  upkeep->due[ELECT] = 0;
  ask(upkeep, SET_UP);
}

// Does what is due, or waits for it.
static void step(struct pg_upkeep *upkeep) {
  if (!upkeep->pg) {
    upkeep->connect = pg_connect_new(upkeep->base, upkeep->conninfo, upkeep->name, on_connected, upkeep);
    return;
  }
  enum task first = upkeep->is_keeper ? MAINTAIN : ELECT, last = upkeep->is_keeper ? SURVEY : ELECT, next = first;
  for (enum task task = first; task <= last; task++)
    if (upkeep->due[task] < upkeep->due[next]) next = task;
  usec_t now = clock_boottime();
  if (upkeep->due[next] <= now)
    ask(upkeep, next);
  else
    wait_for(upkeep, upkeep->due[next] - now);
}

static void on_timer(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_upkeep *upkeep = context;
  if (!upkeep->busy && !upkeep->connect) step(upkeep);
}

// ---- outside ----------------------------------------------------------------

static void set_usual(usec_t *value, usec_t usual) {
  if (*value == 0) *value = usual;
}

struct pg_upkeep *pg_upkeep_new(struct event_base *base, const struct pg_upkeep_config *config,
                                const struct pg_upkeep_handler *handler) {
  struct pg_upkeep *upkeep = xcalloc(1, sizeof *upkeep);
  upkeep->base = base;
  upkeep->handler = *handler;
  upkeep->config = *config;
  set_usual(&upkeep->config.elect_every, 5 * USEC_PER_SEC);
  set_usual(&upkeep->config.maintain_every, 10 * USEC_PER_MIN);
  set_usual(&upkeep->config.trim_every, 10 * USEC_PER_SEC);
  if (!upkeep->config.window) upkeep->config.window = 1000000;
  if (!upkeep->config.window_bytes) upkeep->config.window_bytes = 1LL << 30;
  set_usual(&upkeep->config.measure_every, 30 * USEC_PER_SEC);
  set_usual(&upkeep->config.watch_every, 15 * USEC_PER_SEC);
  set_usual(&upkeep->config.survey_every, 15 * USEC_PER_SEC);
  set_usual(&upkeep->config.retry_after, USEC_PER_MIN);
  if (!upkeep->config.statement_timeout_ms) upkeep->config.statement_timeout_ms = 10 * 60 * 1000;
  if (!upkeep->config.slice) upkeep->config.slice = 50000;
  upkeep->conninfo = xstrdup(config->conninfo);
  upkeep->name = xasprintf("workflowd/%s/upkeep", config->instance);
  upkeep->pause = PAUSE_MIN;
  upkeep->timer = evtimer_new(base, on_timer, upkeep);
  count_reset(upkeep);
  step(upkeep);
  return upkeep;
}

// It may hold a password.
static void forget_conninfo(struct pg_upkeep *upkeep) {
  explicit_bzero(upkeep->conninfo, strlen(upkeep->conninfo));
  free(upkeep->conninfo);
}

void pg_upkeep_set_conninfo(struct pg_upkeep *upkeep, const char *conninfo) {
  forget_conninfo(upkeep);
  upkeep->conninfo = xstrdup(conninfo);
  upkeep->pause = PAUSE_MIN;
  if (!upkeep->pg && !upkeep->connect) event_active(upkeep->timer, EV_TIMEOUT, 0);
}

void pg_upkeep_free(struct pg_upkeep *upkeep) {
  if (!upkeep) return;
  pg_connect_free(upkeep->connect);
  if (upkeep->readable) event_free(upkeep->readable);
  PQfinish(upkeep->pg);
  event_free(upkeep->timer);
  count_reset(upkeep);
  vec_free(&upkeep->open);
  forget_conninfo(upkeep);
  free(upkeep->name);
  free(upkeep);
}
