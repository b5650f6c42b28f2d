// SPDX-License-Identifier: Apache-2.0
#include "io/pg_pool.h"

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/pg_connect.h"
#include "io/pg_migrate.h"

#define PAUSE_MIN (100 * USEC_PER_MSEC)
#define PAUSE_MAX (5 * USEC_PER_SEC)
#define GRACE USEC_PER_SEC

enum { ASKED_MAX = 4096, PARAMETERS_MAX = 16 };

enum state { WAITING, OPENING, SETTING_UP, UP };

struct question {
  pg_pool_done *done;
  void *context;
  usec_t asked_at; // boottime
  bool has_setting;
};

struct member {
  struct pg_pool *pool;
  enum state state;
  struct pg_connect *connect;
  PGconn *pg;
  struct event *readable, *writable, *retry, *watch;
  usec_t pause;
  bool broken; // a call of libpq failed: found out from the loop
  // A ring of what is under way, in the order of the answers.
  struct question asked[ASKED_MAX];
  size_t first, count;
  // Of the question at `first`: what came before its end.
  bool setting_done, answered;
};

struct pg_pool {
  struct event_base *base;
  struct pg_pool_config config;
  char *conninfo, *application_name, *setting;
  struct member *members;
};

static void start(struct member *member);

// ---- the end of a question, and of a connection -----------------------------------

static void answer(struct member *member, const struct pg_pool_answer *answer) {
  const struct question *question = &member->asked[member->first];
  if (member->answered) return;
  member->answered = true;
  question->done(question->context, answer);
}

static void next_question(struct member *member) {
  member->first = (member->first + 1) % ASKED_MAX;
  member->count--;
  member->setting_done = member->answered = false;
}

static void wait_to_retry(struct member *member) {
  struct timeval pause = {member->pause / USEC_PER_SEC, member->pause % USEC_PER_SEC};
  member->state = WAITING;
  member->pause = member->pause * 2 > PAUSE_MAX ? PAUSE_MAX : member->pause * 2;
  event_add(member->retry, &pause);
}

static void disconnect(struct member *member) {
  pg_connect_free(member->connect);
  member->connect = NULL;
  if (member->readable) event_free(member->readable);
  if (member->writable) event_free(member->writable);
  member->readable = member->writable = NULL;
  event_del(member->watch);
  PQfinish(member->pg);
  member->pg = NULL;
}

static void lose_as(struct member *member, bool is_there, const char *reason) {
  char *text = xstrndup(reason, strcspn(reason, "\n"));
  disconnect(member);
  wait_to_retry(member);
  for (; member->count; next_question(member)) answer(member, &(struct pg_pool_answer){.kind = PG_POOL_LOST, .text = text});
  member->pool->config.on_down(member->pool->config.context, is_there, text);
  free(text);
}

static void lose(struct member *member, const char *reason) { lose_as(member, false, reason); }

// ---- asking -------------------------------------------------------------------------

static void flush(struct member *member) {
  int left = PQflush(member->pg);
  if (left > 0)
    event_add(member->writable, NULL);
  else
    event_del(member->writable);
  if (left < 0) member->broken = true;
  // Never from within a caller's call: the loop finds out.
  if (member->broken) event_active(member->readable, EV_READ, 0);
}

static struct member *least_busy(struct pg_pool *pool) {
  struct member *best = NULL;
  for (int i = 0; i < pool->config.connections; i++) {
    struct member *member = &pool->members[i];
    if (member->state == UP && !member->broken && member->count < ASKED_MAX && (!best || member->count < best->count)) best = member;
  }
  return best;
}

int pg_pool_ask(struct pg_pool *pool, size_t statement, const char *setting, const char *const *values, pg_pool_done *done, void *context) {
  const struct pg_pool_statement *text = &pool->config.statements[statement];
  struct member *member = least_busy(pool);
  if (!member) return -WF_EDOWN;
  WF_ASSERT(statement < pool->config.statement_count && text->parameter_count <= PARAMETERS_MAX);
  bool sent = !setting || PQsendQueryPrepared(member->pg, "set", 1, &setting, NULL, NULL, 0);
  sent = sent && PQsendQueryPrepared(member->pg, text->name, (int)text->parameter_count, values, NULL, NULL, 0);
  member->broken = !sent || !PQpipelineSync(member->pg);
  member->asked[(member->first + member->count++) % ASKED_MAX] = (struct question){done, context, clock_boottime(), setting};
  flush(member);
  return 0;
}

// ---- hearing ------------------------------------------------------------------------

static void hear_failure(struct member *member, const PGresult *result) {
  struct pg_pool_answer said = {.kind = PG_POOL_FAILED};
  const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE), *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (sqlstate) snprintf(said.sqlstate, sizeof said.sqlstate, "%s", sqlstate);
  said.text = text ? text : PQresultErrorMessage(result);
  answer(member, &said);
}

static void hear_row(struct member *member, const PGresult *result) {
  struct pg_pool_answer said = {.kind = PQntuples(result) ? PG_POOL_ROW : PG_POOL_EMPTY};
  int columns = PQnfields(result) < PG_POOL_VALUES_MAX ? PQnfields(result) : PG_POOL_VALUES_MAX;
  for (int i = 0; said.kind == PG_POOL_ROW && i < columns; i++) {
    said.values[i] = PQgetisnull(result, 0, i) ? NULL : PQgetvalue(result, 0, i);
    said.sizes[i] = (size_t)PQgetlength(result, 0, i);
  }
  said.value_count = (size_t)columns;
  answer(member, &said);
}

static void hear(struct member *member, const PGresult *result) {
  switch (PQresultStatus(result)) {
  case PGRES_PIPELINE_SYNC: next_question(member); break;
  case PGRES_PIPELINE_ABORTED: break;
  case PGRES_COMMAND_OK:
  case PGRES_TUPLES_OK:
    if (member->asked[member->first].has_setting && !member->setting_done)
      member->setting_done = true;
    else
      hear_row(member, result);
    break;
  default: hear_failure(member, result); break;
  }
}

// What the statements name is not there: a table, a function, a column, a schema.
static bool is_missing(const char *sqlstate) {
  static const char *const known[] = {"42P01", "42883", "42703", "3F000"};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (strcmp(sqlstate, known[i]) == 0) return true;
  return false;
}

static void refuse_set_up(struct member *member, const PGresult *result) {
  const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE), *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (!sqlstate || !text) { // libpq's own: the connection broke
    lose(member, PQresultErrorMessage(result));
    return;
  }
  char *reason = xasprintf("%s%s", text, is_missing(sqlstate) ? ": the schema is not the one that this program needs, run workflowctl migrate" : "");
  lose_as(member, true, reason);
  free(reason);
}

// Setting up is one pipeline whose results are only looked at for failure.
static void hear_set_up(struct member *member) {
  while (!PQisBusy(member->pg)) {
    PGresult *result = PQgetResult(member->pg);
    ExecStatusType status = result ? PQresultStatus(result) : PGRES_COMMAND_OK;
    bool refused = status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_PIPELINE_SYNC;
    bool broke = !result && PQstatus(member->pg) != CONNECTION_OK;
    if (refused)
      refuse_set_up(member, result);
    else if (broke)
      lose(member, PQerrorMessage(member->pg));
    PQclear(result);
    if (refused || broke) return;
    if (status != PGRES_PIPELINE_SYNC) continue;
    member->state = UP;
    member->pause = PAUSE_MIN;
    member->pool->config.on_up(member->pool->config.context);
    return;
  }
}

static void on_readable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct member *member = context;
  bool lost = member->broken || !PQconsumeInput(member->pg);
  if (member->state == SETTING_UP && !lost) {
    hear_set_up(member);
    return;
  }
  // What came before the connection broke still counts. Between the results of two
  // statements libpq gives a NULL; two in a row mean that there is no more.
  for (bool was_null = false; member->count && !PQisBusy(member->pg);) {
    PGresult *result = PQgetResult(member->pg);
    if (!result && was_null) break;
    was_null = !result;
    if (result) hear(member, result);
    PQclear(result);
  }
  if (lost || PQstatus(member->pg) != CONNECTION_OK) {
    lose(member, *PQerrorMessage(member->pg) ? PQerrorMessage(member->pg) : "the connection broke");
    return;
  }
  flush(member);
}

static void on_writable(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  flush(context);
}

// A server that has stopped answers nothing, not even that time is up.
static void on_watch(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct member *member = context;
  usec_t bound = member->pool->config.statement_timeout + GRACE;
  if (member->count && clock_boottime() - member->asked[member->first].asked_at > bound) lose(member, "PostgreSQL gave no answer in time");
}

// ---- connecting ---------------------------------------------------------------------

static bool send_set_up(struct member *member) {
  const struct pg_pool *pool = member->pool;
  char *settings = xasprintf("SELECT set_config('jit', 'off', false), set_config('timezone', 'UTC', false), set_config('search_path', '', false),"
                             " set_config('statement_timeout', '%lld', false), set_config('lock_timeout', '%lld', false)",
                             (long long)(pool->config.statement_timeout / USEC_PER_MSEC), (long long)(pool->config.statement_timeout / USEC_PER_MSEC));
  char *check = xasprintf("DO $$ BEGIN IF (SELECT coalesce(max(version), 0) FROM workflow.migration) <> %d THEN"
                          " RAISE 'the schema is of another version than this program, which needs %d: run workflowctl migrate';"
                          " END IF; END $$", pg_migrate_wanted(), pg_migrate_wanted());
  char *set = xasprintf("SELECT set_config('%s', $1, true)", pool->setting);
  bool sent = PQsendQueryParams(member->pg, settings, 0, NULL, NULL, NULL, NULL, 0) &&
              PQsendQueryParams(member->pg, check, 0, NULL, NULL, NULL, NULL, 0) && PQsendPrepare(member->pg, "set", set, 0, NULL);
  for (size_t i = 0; sent && i < pool->config.statement_count; i++)
    sent = PQsendPrepare(member->pg, pool->config.statements[i].name, pool->config.statements[i].sql, 0, NULL);
  free(settings);
  free(check);
  free(set);
  return sent && PQpipelineSync(member->pg);
}

static void ignore_notice(void *context, const PGresult *result) { (void)context, (void)result; }

static void on_connected(void *context, PGconn *pg, const char *reason) {
  struct member *member = context;
  const struct timeval every = {1, 0};
  pg_connect_free(member->connect);
  member->connect = NULL;
  if (!pg) {
    lose(member, reason);
    return;
  }
  member->pg = pg;
  member->state = SETTING_UP;
  member->broken = false;
  member->readable = event_new(member->pool->base, PQsocket(pg), EV_READ | EV_PERSIST, on_readable, member);
  member->writable = event_new(member->pool->base, PQsocket(pg), EV_WRITE | EV_PERSIST, on_writable, member);
  event_add(member->readable, NULL);
  event_add(member->watch, &every);
  PQsetNoticeReceiver(pg, ignore_notice, NULL);
  if (PQsetnonblocking(pg, 1) != 0 || !PQenterPipelineMode(pg) || !send_set_up(member)) member->broken = true;
  flush(member);
}

static void start(struct member *member) {
  member->state = OPENING;
  member->connect = pg_connect_new(member->pool->base, member->pool->conninfo, member->pool->application_name, on_connected, member);
}

static void on_retry(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  start(context);
}

// ---- the whole ----------------------------------------------------------------------

struct pg_pool *pg_pool_new(struct event_base *base, const struct pg_pool_config *config) {
  struct pg_pool *pool = xcalloc(1, sizeof *pool);
  *pool = (struct pg_pool){.base = base, .config = *config, .conninfo = xstrdup(config->conninfo),
                           .application_name = xstrdup(config->application_name), .setting = xstrdup(config->setting)};
  pool->members = xcalloc((size_t)config->connections, sizeof *pool->members);
  for (int i = 0; i < config->connections; i++) {
    struct member *member = &pool->members[i];
    member->pool = pool;
    member->pause = PAUSE_MIN;
    member->retry = event_new(base, -1, 0, on_retry, member);
    member->watch = event_new(base, -1, EV_PERSIST, on_watch, member);
    event_active(member->retry, EV_TIMEOUT, 0);
  }
  return pool;
}

// It may hold a password.
static void forget_conninfo(struct pg_pool *pool) {
  explicit_bzero(pool->conninfo, strlen(pool->conninfo));
  free(pool->conninfo);
}

void pg_pool_set_conninfo(struct pg_pool *pool, const char *conninfo) {
  forget_conninfo(pool);
  pool->conninfo = xstrdup(conninfo);
  for (int i = 0; i < pool->config.connections; i++) {
    pool->members[i].pause = PAUSE_MIN;
    if (pool->members[i].state == WAITING) event_active(pool->members[i].retry, EV_TIMEOUT, 0);
  }
}

void pg_pool_free(struct pg_pool *pool) {
  if (!pool) return;
  for (int i = 0; i < pool->config.connections; i++) {
    disconnect(&pool->members[i]);
    event_free(pool->members[i].retry);
    event_free(pool->members[i].watch);
  }
  forget_conninfo(pool);
  free(pool->members);
  free(pool->application_name);
  free(pool->setting);
  free(pool);
}

int pg_pool_up(const struct pg_pool *pool) {
  int up = 0;
  for (int i = 0; i < pool->config.connections; i++) up += pool->members[i].state == UP;
  return up;
}

size_t pg_pool_busy(const struct pg_pool *pool) {
  size_t busy = 0;
  for (int i = 0; i < pool->config.connections; i++) busy += pool->members[i].count;
  return busy;
}
