// SPDX-License-Identifier: Apache-2.0
#include "ctl/cancel_verb.h"

#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "ctl/command_verb.h"
#include "ctl/rows.h"
#include "ctl/session.h"
#include "ctl/verb.h"

static const char BY_KEY[] = "SELECT workflow.cancel_by_key($1, $2, $3, $4::jsonb, $5) AS command";
static const char BY_FILTER[] =
    "SELECT workflow.cancel_runs(workflow => $1, tenant => $2, recipient_id => $3, recipient_collection => $4,"
    " status => $5, reason => $6) AS runs";
static const char STATUS[] = "SELECT coalesce(sum(pending), 0) AS pending, coalesce(sum(runs), 0) AS runs FROM "
                             "workflow.command_status($1::bigint)";
static const usec_t LOOK = 100 * USEC_PER_MSEC;

struct cancel {
  const char *key, *workflow, *tenant, *status, *reason;
  struct argument_list recipients;
  bool wait;
  usec_t timeout;
};

// [{"collection": …, "id": …}, "id"] as text, owned; NULL = everybody.
static char *recipients_json(const struct argument_list *recipients) {
  if (recipients->count == 0) return NULL;
  jv list = jv_array();
  for (size_t i = 0; i < recipients->count; i++) {
    const char *text = recipients->items[i], *slash = strchr(text, '/');
    jv item = jv_string(text);
    if (slash) {
      jv_free(item);
      item = jv_object_set(jv_object(), jv_string("collection"), jv_string_sized(text, (int)(slash - text)));
      item = jv_object_set(item, jv_string("id"), jv_string(slash + 1));
    }
    list = jv_array_append(list, item);
  }
  jv dumped = jv_dump_string(list, 0);
  char *text = xstrdup(jv_string_value(dumped));
  jv_free(dumped);
  return text;
}

static int print_state(const struct session *session, const char *command, long long pending, long long runs) {
  if (session->arguments->json)
    printf("{\"command_id\": %s, \"homes_pending\": %lld, \"runs\": %lld}\n", command, pending, runs);
  else if (pending)
    printf("command %s is given, %lld homes have yet to take it\n", command, pending);
  else
    printf("command %s: %lld runs cancelled\n", command, runs);
  return EXIT_OK;
}

static int follow(struct session *session, const struct cancel *cancel, const char *command) {
  usec_t end = clock_boottime() + cancel->timeout;
  for (;;) {
    struct pg_rows *rows;
    int code = session_query(session, STATUS, &command, 1, &rows);
    if (code != EXIT_OK) return code;
    long long pending = rows_number(rows, 0, "pending"), runs = rows_number(rows, 0, "runs");
    pg_rows_free(rows);
    bool is_late = clock_boottime() >= end;
    if (!cancel->wait || pending == 0 || is_late) {
      print_state(session, command, pending, runs);
      return cancel->wait && pending ? EXIT_TIMED_OUT : EXIT_OK;
    }
    nanosleep(&(struct timespec){.tv_nsec = LOOK * 1000}, NULL);
  }
}

static int by_key(struct session *session, const struct cancel *cancel) {
  char *recipients = recipients_json(&cancel->recipients);
  const char *parameters[] = {cancel->key, cancel->tenant, cancel->workflow, recipients, cancel->reason};
  struct pg_rows *rows;
  int code = session_query(session, BY_KEY, parameters, 5, &rows);
  free(recipients);
  if (code != EXIT_OK) return code;
  char *command = xstrdup(pg_rows_value(rows, 0, 0));
  pg_rows_free(rows);
  code = follow(session, cancel, command);
  free(command);
  return code;
}

static int by_filter(struct session *session, const struct cancel *cancel) {
  const char *recipient = cancel->recipients.count ? cancel->recipients.items[0] : NULL;
  const char *slash = recipient ? strchr(recipient, '/') : NULL;
  char *collection = slash ? xstrndup(recipient, (size_t)(slash - recipient)) : NULL;
  const char *parameters[] = {cancel->workflow, cancel->tenant, slash ? slash + 1 : recipient,
                              collection,       cancel->status, cancel->reason};
  struct pg_rows *rows;
  int code = session_query(session, BY_FILTER, parameters, 6, &rows);
  free(collection);
  if (code != EXIT_OK) return code;
  const char *runs = pg_rows_value(rows, 0, 0);
  printf(session->arguments->json ? "{\"runs\": %s}\n" : "%s runs are to be cancelled\n", runs);
  pg_rows_free(rows);
  return EXIT_OK;
}

// What has ended cannot be cancelled.
static bool is_open_status(const char *status) {
  static const char *const words[] = {"pending", "running", "waiting", "suspended"};
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!status || strcmp(status, words[i]) == 0) return true;
  return false;
}

static int check(const struct arguments *arguments, const struct cancel *cancel) {
  bool filters = cancel->workflow || cancel->tenant || cancel->status || cancel->recipients.count;
  if (arguments->word_count && (filters || cancel->key))
    return arguments_wrong(arguments, "\"%s\": give run ids, or --key, or a filter", arguments->words[0]);
  if (!arguments->word_count && !filters && !cancel->key)
    return arguments_wrong(arguments, "expected run ids, --key KEY, or a filter: nobody means all runs");
  if (!is_open_status(cancel->status))
    return arguments_wrong(arguments, "--status %s: expected pending, running, waiting or suspended", cancel->status);
  if (cancel->key && cancel->status) return arguments_wrong(arguments, "--status does not go with --key");
  if (!cancel->key && !arguments->word_count && cancel->recipients.count > 1)
    return arguments_wrong(arguments, "several --recipient go with --key only");
  if (!cancel->key && !arguments->word_count && cancel->wait)
    return arguments_wrong(arguments, "--wait goes with run ids or --key");
  return EXIT_OK;
}

static int cancel_some(const struct arguments *arguments, const struct cancel *cancel) {
  int code = check(arguments, cancel);
  if (code != EXIT_OK) return code;
  if (arguments->word_count) return command_give(arguments, cancel->reason, cancel->wait, cancel->timeout);
  struct session session;
  code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  code = cancel->key ? by_key(&session, cancel) : by_filter(&session, cancel);
  session_close(&session);
  return code;
}

int cancel_verb(int argc, char **argv) {
  struct cancel cancel = {.timeout = 30 * USEC_PER_SEC};
  const char *timeout = NULL;
  const struct argument_row rows[] = {
      {"key", .value = &cancel.key},
      {"workflow", .value = &cancel.workflow},
      {"tenant", .value = &cancel.tenant},
      {"status", .value = &cancel.status},
      {"recipient", .list = &cancel.recipients},
      {"reason", .value = &cancel.reason},
      {"timeout", .value = &timeout},
      {"wait", .flag = &cancel.wait},
  };
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_GO_ON &&
      arguments_duration(&arguments, "timeout", timeout, &cancel.timeout))
    code = cancel_some(&arguments, &cancel);
  argument_list_free(&cancel.recipients);
  return code;
}
