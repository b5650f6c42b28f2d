// SPDX-License-Identifier: Apache-2.0
// The yardstick: how many simple runs per second can PostgreSQL alone record on this
// machine, when nothing else uses its cores? workflowd's speed is given as a share of it,
// measured in the same session.
//
//   yardstick CONNINFO [SECONDS [CONNECTIONS [BATCH [ACTIONS]]]]   (10, 2, 100, 1)
//
// A run of k actions is 4k+3 event rows and k+1 transactions: the first starts the run
// and requests an action, each further one takes a result and requests the next, the last
// ends the run. The rows of run, step and action are inserted and later updated. Each
// transaction holds one batch of runs, as arrays for unnest() in binary form; two
// transactions are in flight per connection, in pipeline mode. Commits are durable.
//
// Prints one line: "yardstick: N runs/s, N event rows/s, …".
#include <libpq-fe.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/uuid.h"
#include "base/xalloc.h"
#include "pg_array.h"

enum { IN_FLIGHT = 2, PARAMETERS_MAX = 20, ACTIONS_MAX = 8, WARM_UP_SECONDS = 1 };
enum { STATUS_RUNNING = 2, STATUS_COMPLETED = 10 };
enum event_type { RUN_CREATED, RUN_STARTED, STEP_STARTED, ACTION_REQUESTED, ACTION_COMPLETED, STEP_COMPLETED, RUN_COMPLETED };

static const char INPUT[] = "{\"lead\": \"lead-1234567\", \"name\": \"Ada Byron\", \"phone\": \"+1 555 0123\", "
                            "\"wait\": \"PT2H\", \"locale\": \"en-US\", \"score\": 12}";
static const char OUTPUT[] = "{\"outcome\": \"answered\", \"call\": \"call-1234567\"}";

enum statement { EVENTS_INSERT, RUNS_INSERT, STEPS_INSERT, ACTIONS_INSERT, ACTIONS_UPDATE, STEPS_UPDATE, RUNS_UPDATE, STATEMENTS };

static const struct {
  const char *name, *sql;
} STATEMENT[STATEMENTS] = {
    [EVENTS_INSERT] = {"events_insert",
                       "INSERT INTO yardstick.event (run_id, seq, type, attempt, occurred_at, action_id, step, data) "
                       "SELECT * FROM unnest($1::uuid[], $2::int4[], $3::int2[], $4::int2[], $5::timestamptz[], $6::uuid[], "
                       "$7::text[], $8::jsonb[])"},
    [RUNS_INSERT] = {"runs_insert",
                     "INSERT INTO yardstick.run (run_id, created_at, started_at, updated_at, last_seq, version, status, "
                     "priority, attempt, steps, steps_ended, tenant, workflow, recipient, source, event_id, correlation_id, "
                     "data) SELECT id, at, at, at, seq, 1, status, 0, 1, steps, 0, tenant, workflow, recipient, 'api', event, "
                     "event, data FROM unnest($1::uuid[], $2::timestamptz[], $3::int4[], $4::int2[], $5::int2[], $6::text[], "
                     "$7::text[], $8::text[], $9::text[], $10::jsonb[]) "
                     "u(id, at, seq, status, steps, tenant, workflow, recipient, event, data)"},
    [STEPS_INSERT] = {"steps_insert",
                      "INSERT INTO yardstick.step (run_id, step_no, status, attempt, started_at, name) "
                      "SELECT * FROM unnest($1::uuid[], $2::int2[], $3::int2[], $4::int2[], $5::timestamptz[], $6::text[])"},
    [ACTIONS_INSERT] = {"actions_insert",
                        "INSERT INTO yardstick.action (action_id, run_id, step_no, status, attempt, requested_at, function) "
                        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int2[], $4::int2[], $5::int2[], $6::timestamptz[], "
                        "$7::text[])"},
    [ACTIONS_UPDATE] = {"actions_update",
                        "UPDATE yardstick.action a SET status = u.status, ended_at = u.at, output = u.output "
                        "FROM unnest($1::uuid[], $2::int2[], $3::timestamptz[], $4::jsonb[]) u(id, status, at, output) "
                        "WHERE a.action_id = u.id"},
    [STEPS_UPDATE] = {"steps_update",
                      "UPDATE yardstick.step s SET status = u.status, ended_at = u.at, output = u.output "
                      "FROM unnest($1::uuid[], $2::int2[], $3::int2[], $4::timestamptz[], $5::jsonb[]) "
                      "u(id, no, status, at, output) WHERE s.run_id = u.id AND s.step_no = u.no"},
    [RUNS_UPDATE] = {"runs_update",
                     "UPDATE yardstick.run r SET status = u.status, last_seq = u.seq, steps_ended = u.ended, updated_at = u.at, "
                     "ended_at = u.end_at FROM unnest($1::uuid[], $2::int2[], $3::int4[], $4::int2[], $5::timestamptz[], "
                     "$6::timestamptz[]) u(id, status, seq, ended, at, end_at) WHERE r.run_id = u.id"},
};

struct options {
  const char *conninfo;
  int seconds, connections, batch, actions;
};

// Runs that were started together and go on together.
struct group {
  struct uuid *runs; // `batch` of them
  int next;          // the transaction that comes next: 0 starts, `actions` ends
};

struct client {
  const struct options *options;
  int number;
  PGconn *connection;
  struct pg_array columns[PARAMETERS_MAX];
  uint64_t made;                    // runs, for ids
  struct group groups[IN_FLIGHT + 1];
  int in_flight;
  long runs_ended, warm_runs;       // counted when the commit is known
  int ending[IN_FLIGHT];            // per transaction in flight: how many runs it ends
  usec_t warm_until, until, ended_at;
};

static void fail(struct client *client, const char *what) {
  fprintf(stderr, "yardstick: %s: %s\n", what, PQerrorMessage(client->connection));
  exit(1);
}

// ---- one statement ----------------------------------------------------------

static void send_statement(struct client *client, enum statement statement, int count) {
  const char *values[PARAMETERS_MAX];
  int sizes[PARAMETERS_MAX], formats[PARAMETERS_MAX];
  for (int i = 0; i < count; i++) {
    pg_array_end(&client->columns[i]);
    values[i] = client->columns[i].bytes.data;
    sizes[i] = (int)client->columns[i].bytes.size;
    formats[i] = 1;
  }
  if (!PQsendQueryPrepared(client->connection, STATEMENT[statement].name, count, values, sizes, formats, 0))
    fail(client, STATEMENT[statement].name);
}

static void begin_columns(struct client *client, const enum pg_type *types, int count) {
  for (int i = 0; i < count; i++) pg_array_begin(&client->columns[i], types[i]);
}

static struct uuid action_of(const struct uuid *run, int step) { return uuid_with_recipient(run, (unsigned)step + 1); }

static void add_event(struct client *client, const struct uuid *run, int seq, enum event_type type, int step, usec_t at) {
  struct pg_array *c = client->columns;
  struct uuid action = action_of(run, step);
  pg_array_uuid(&c[0], run);
  pg_array_int4(&c[1], seq);
  pg_array_int2(&c[2], (int16_t)type);
  pg_array_int2(&c[3], 1);
  pg_array_time(&c[4], at);
  if (type == ACTION_REQUESTED || type == ACTION_COMPLETED) {
    pg_array_uuid(&c[5], &action);
  } else {
    pg_array_null(&c[5]);
  }
  pg_array_text(&c[6], "/do/0/callLead");
  pg_array_jsonb(&c[7], type == ACTION_COMPLETED || type == STEP_COMPLETED ? OUTPUT : INPUT);
}

// The events of transaction `number` of a run: what ends, then what begins.
static void send_events(struct client *client, const struct group *group, usec_t at) {
  static const enum pg_type types[] = {PG_UUID, PG_INT4, PG_INT2, PG_INT2, PG_TIMESTAMPTZ, PG_UUID, PG_TEXT, PG_JSONB};
  begin_columns(client, types, 8);
  int number = group->next, actions = client->options->actions;
  for (int i = 0; i < client->options->batch; i++) {
    const struct uuid *run = &group->runs[i];
    int seq = number == 0 ? 1 : 4 * number + 1;
    if (number == 0) {
      add_event(client, run, seq++, RUN_CREATED, 0, at);
      add_event(client, run, seq++, RUN_STARTED, 0, at);
    } else {
      add_event(client, run, seq++, ACTION_COMPLETED, number - 1, at);
      add_event(client, run, seq++, STEP_COMPLETED, number - 1, at);
    }
    if (number < actions) {
      add_event(client, run, seq++, STEP_STARTED, number, at);
      add_event(client, run, seq++, ACTION_REQUESTED, number, at);
    } else {
      add_event(client, run, seq++, RUN_COMPLETED, 0, at);
    }
  }
  send_statement(client, EVENTS_INSERT, 8);
}

static void send_new_runs(struct client *client, const struct group *group, usec_t at) {
  static const enum pg_type types[] = {PG_UUID, PG_TIMESTAMPTZ, PG_INT4, PG_INT2, PG_INT2,
                                       PG_TEXT, PG_TEXT, PG_TEXT, PG_TEXT, PG_JSONB};
  begin_columns(client, types, 10);
  struct pg_array *c = client->columns;
  char text[UUID_TEXT_SIZE];
  for (int i = 0; i < client->options->batch; i++) {
    const struct uuid *run = &group->runs[i];
    pg_array_uuid(&c[0], run);
    pg_array_time(&c[1], at);
    pg_array_int4(&c[2], 4);
    pg_array_int2(&c[3], STATUS_RUNNING);
    pg_array_int2(&c[4], (int16_t)client->options->actions);
    pg_array_text(&c[5], "acme");
    pg_array_text(&c[6], "sales/lead-follow-up");
    pg_array_text(&c[7], "lead-1234567");
    pg_array_text(&c[8], uuid_format(run, text));
    pg_array_jsonb(&c[9], INPUT);
  }
  send_statement(client, RUNS_INSERT, 10);
}

static void send_new_step(struct client *client, const struct group *group, usec_t at) {
  static const enum pg_type step_types[] = {PG_UUID, PG_INT2, PG_INT2, PG_INT2, PG_TIMESTAMPTZ, PG_TEXT};
  static const enum pg_type action_types[] = {PG_UUID, PG_UUID, PG_INT2, PG_INT2, PG_INT2, PG_TIMESTAMPTZ, PG_TEXT};
  struct pg_array *c = client->columns;
  begin_columns(client, step_types, 6);
  for (int i = 0; i < client->options->batch; i++) {
    pg_array_uuid(&c[0], &group->runs[i]);
    pg_array_int2(&c[1], (int16_t)group->next);
    pg_array_int2(&c[2], STATUS_RUNNING);
    pg_array_int2(&c[3], 1);
    pg_array_time(&c[4], at);
    pg_array_text(&c[5], "callLead");
  }
  send_statement(client, STEPS_INSERT, 6);
  begin_columns(client, action_types, 7);
  for (int i = 0; i < client->options->batch; i++) {
    struct uuid action = action_of(&group->runs[i], group->next);
    pg_array_uuid(&c[0], &action);
    pg_array_uuid(&c[1], &group->runs[i]);
    pg_array_int2(&c[2], (int16_t)group->next);
    pg_array_int2(&c[3], STATUS_RUNNING);
    pg_array_int2(&c[4], 1);
    pg_array_time(&c[5], at);
    pg_array_text(&c[6], "callLead");
  }
  send_statement(client, ACTIONS_INSERT, 7);
}

static void send_ended_step(struct client *client, const struct group *group, usec_t at) {
  static const enum pg_type action_types[] = {PG_UUID, PG_INT2, PG_TIMESTAMPTZ, PG_JSONB};
  static const enum pg_type step_types[] = {PG_UUID, PG_INT2, PG_INT2, PG_TIMESTAMPTZ, PG_JSONB};
  struct pg_array *c = client->columns;
  begin_columns(client, action_types, 4);
  for (int i = 0; i < client->options->batch; i++) {
    struct uuid action = action_of(&group->runs[i], group->next - 1);
    pg_array_uuid(&c[0], &action);
    pg_array_int2(&c[1], STATUS_COMPLETED);
    pg_array_time(&c[2], at);
    pg_array_jsonb(&c[3], OUTPUT);
  }
  send_statement(client, ACTIONS_UPDATE, 4);
  begin_columns(client, step_types, 5);
  for (int i = 0; i < client->options->batch; i++) {
    pg_array_uuid(&c[0], &group->runs[i]);
    pg_array_int2(&c[1], (int16_t)(group->next - 1));
    pg_array_int2(&c[2], STATUS_COMPLETED);
    pg_array_time(&c[3], at);
    pg_array_jsonb(&c[4], OUTPUT);
  }
  send_statement(client, STEPS_UPDATE, 5);
}

static void send_changed_runs(struct client *client, const struct group *group, usec_t at) {
  static const enum pg_type types[] = {PG_UUID, PG_INT2, PG_INT4, PG_INT2, PG_TIMESTAMPTZ, PG_TIMESTAMPTZ};
  begin_columns(client, types, 6);
  struct pg_array *c = client->columns;
  bool ends = group->next == client->options->actions;
  for (int i = 0; i < client->options->batch; i++) {
    pg_array_uuid(&c[0], &group->runs[i]);
    pg_array_int2(&c[1], ends ? STATUS_COMPLETED : STATUS_RUNNING);
    pg_array_int4(&c[2], 4 * group->next + (ends ? 3 : 4));
    pg_array_int2(&c[3], (int16_t)group->next);
    pg_array_time(&c[4], at);
    if (ends) {
      pg_array_time(&c[5], at);
    } else {
      pg_array_null(&c[5]);
    }
  }
  send_statement(client, RUNS_UPDATE, 6);
}

// ---- transactions -----------------------------------------------------------

static void send_plain(struct client *client, const char *sql) {
  if (!PQsendQueryParams(client->connection, sql, 0, NULL, NULL, NULL, NULL, 0)) fail(client, sql);
}

static void renew(struct client *client, struct group *group, usec_t at) {
  for (int i = 0; i < client->options->batch; i++)
    group->runs[i] = uuid_make(at, (unsigned)client->number, client->made++, 0, 0);
  group->next = 0;
}

// One transaction of the group; afterwards the group stands at its next.
static void send_transaction(struct client *client, struct group *group) {
  usec_t at = clock_realtime();
  int actions = client->options->actions;
  if (group->next > actions) renew(client, group, at);
  send_plain(client, "BEGIN");
  send_events(client, group, at);
  if (group->next == 0) send_new_runs(client, group, at);
  if (group->next > 0) send_ended_step(client, group, at);
  if (group->next < actions) send_new_step(client, group, at);
  if (group->next > 0) send_changed_runs(client, group, at);
  send_plain(client, "COMMIT");
  if (!PQpipelineSync(client->connection)) fail(client, "sync");
  client->ending[client->in_flight++] = group->next == actions ? client->options->batch : 0;
  group->next++;
}

// Reads the oldest transaction's results up to its sync point.
static void receive_transaction(struct client *client) {
  for (;;) {
    PGresult *result = PQgetResult(client->connection);
    ExecStatusType status = PQresultStatus(result);
    if (result && status != PGRES_COMMAND_OK && status != PGRES_PIPELINE_SYNC) fail(client, "statement");
    PQclear(result);
    if (status == PGRES_PIPELINE_SYNC) break;
  }
  usec_t now = clock_boottime();
  if (now >= client->warm_until) client->runs_ended += client->ending[0];
  client->in_flight--;
  memmove(&client->ending[0], &client->ending[1], (size_t)client->in_flight * sizeof client->ending[0]);
  client->ended_at = now;
}

// ---- a connection -----------------------------------------------------------

static void prepare(struct client *client) {
  // An UPDATE from unnest() can freeze on a sequential scan while the tables are empty.
  static const char *const settings[] = {"SET enable_seqscan = off", "SET enable_hashjoin = off", "SET enable_mergejoin = off",
                                         "SET plan_cache_mode = force_generic_plan", "SET synchronous_commit = on"};
  for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) PQclear(PQexec(client->connection, settings[i]));
  for (int i = 0; i < STATEMENTS; i++) {
    PGresult *result = PQprepare(client->connection, STATEMENT[i].name, STATEMENT[i].sql, 0, NULL);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) fail(client, STATEMENT[i].name);
    PQclear(result);
  }
  if (!PQenterPipelineMode(client->connection)) fail(client, "pipeline mode");
}

static void *work(void *argument) {
  struct client *client = argument;
  const struct options *options = client->options;
  client->connection = PQconnectdb(options->conninfo);
  if (PQstatus(client->connection) != CONNECTION_OK) fail(client, "connect");
  prepare(client);
  int groups = IN_FLIGHT + 1; // a group rests while its transaction is under way
  for (int i = 0; i < groups; i++) {
    client->groups[i].runs = xcalloc((size_t)options->batch, sizeof *client->groups[i].runs);
    client->groups[i].next = options->actions + 1;
  }
  client->warm_until = clock_boottime() + WARM_UP_SECONDS * USEC_PER_SEC;
  client->until = client->warm_until + options->seconds * USEC_PER_SEC;
  for (int turn = 0; clock_boottime() < client->until; turn++) {
    if (client->in_flight == IN_FLIGHT) receive_transaction(client);
    send_transaction(client, &client->groups[turn % groups]);
  }
  while (client->in_flight) receive_transaction(client);
  for (int i = 0; i < groups; i++) free(client->groups[i].runs);
  for (int i = 0; i < PARAMETERS_MAX; i++) buf_free(&client->columns[i].bytes);
  PQfinish(client->connection);
  return NULL;
}

static int number(int argc, char **argv, int index, int absent, int max) {
  int value = argc > index ? atoi(argv[index]) : absent;
  if (value >= 1 && value <= max) return value;
  fprintf(stderr, "usage: yardstick CONNINFO [SECONDS [CONNECTIONS [BATCH [ACTIONS]]]]\n");
  exit(2);
}

int main(int argc, char **argv) {
  struct options options = {.conninfo = argc > 1 ? argv[1] : "",
                            .seconds = number(argc, argv, 2, 10, 3600),
                            .connections = number(argc, argv, 3, 2, 64),
                            .batch = number(argc, argv, 4, 100, 10000),
                            .actions = number(argc, argv, 5, 1, ACTIONS_MAX)};
  struct client *clients = xcalloc((size_t)options.connections, sizeof *clients);
  pthread_t *threads = xcalloc((size_t)options.connections, sizeof *threads);
  for (int i = 0; i < options.connections; i++) {
    clients[i] = (struct client){.options = &options, .number = i + 1};
    if (pthread_create(&threads[i], NULL, work, &clients[i]) != 0) return 1;
  }
  double rate = 0;
  for (int i = 0; i < options.connections; i++) {
    pthread_join(threads[i], NULL);
    rate += (double)clients[i].runs_ended * (double)USEC_PER_SEC / (double)(clients[i].ended_at - clients[i].warm_until);
  }
  int events = 4 * options.actions + 3;
  printf("yardstick: %.0f runs/s, %.0f event rows/s, %d actions per run, batches of %d, %d connections\n", rate,
         rate * events, options.actions, options.batch, options.connections);
  free(clients);
  free(threads);
  return 0;
}
