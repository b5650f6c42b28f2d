// SPDX-License-Identifier: Apache-2.0
#include "ctl/command_verb.h"

#include <jv.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/xalloc.h"
#include "ctl/session.h"
#include "ctl/verb.h"

static const char APPLIED[] =
    "SELECT result, applied_at, run_count FROM workflow.command_applied WHERE command_id = $1::bigint";
static const usec_t LOOK = 100 * USEC_PER_MSEC;

struct command {
  const char *run_id;
  char *id;     // of the command; owned
  char *result; // NULL = not taken yet; owned
};

struct commands {
  struct command *items;
  size_t count;
};

static int give(struct session *session, struct command *command, const char *reason) {
  // The verb's name is one of our own: no text from outside gets into the statement.
  char *sql = xasprintf("SELECT workflow.%s_run($1::uuid, $2)", session->arguments->verb);
  const char *parameters[] = {command->run_id, reason};
  struct pg_rows *rows;
  int code = session_query(session, sql, parameters, 2, &rows);
  free(sql);
  if (code != EXIT_OK) return code;
  command->id = xstrdup(pg_rows_value(rows, 0, 0));
  pg_rows_free(rows);
  return EXIT_OK;
}

// Looks once at each that is not taken yet; *ret_open is how many are left.
static int look(struct session *session, struct commands *commands, size_t *ret_open) {
  *ret_open = 0;
  for (size_t i = 0; i < commands->count; i++) {
    struct command *command = &commands->items[i];
    if (command->result) continue;
    struct pg_rows *rows;
    const char *parameters[] = {command->id};
    int code = session_query(session, APPLIED, parameters, 1, &rows);
    if (code != EXIT_OK) return code;
    if (pg_rows_count(rows))
      command->result = xstrdup(pg_rows_value(rows, 0, 0));
    else
      ++*ret_open;
    pg_rows_free(rows);
  }
  return EXIT_OK;
}

static int wait_for(struct session *session, struct commands *commands, usec_t timeout) {
  usec_t end = clock_boottime() + timeout;
  for (;;) {
    size_t open;
    int code = look(session, commands, &open);
    if (code != EXIT_OK || open == 0) return code;
    if (clock_boottime() >= end)
      return session_say(
          session, EXIT_TIMED_OUT,
          "%zu of %zu commands not taken in time: given all the same, and taken as soon as the owner works", open,
          commands->count);
    nanosleep(&(struct timespec){.tv_nsec = LOOK * 1000}, NULL);
  }
}

static jv command_json(const struct command *command) {
  jv object = jv_object_set(jv_object(), jv_string("run_id"), jv_string(command->run_id));
  object = jv_object_set(object, jv_string("command_id"), jv_number(atof(command->id)));
  return jv_object_set(object, jv_string("result"), command->result ? jv_string(command->result) : jv_null());
}

static void print(const struct session *session, const struct commands *commands) {
  jv list = jv_array();
  for (size_t i = 0; i < commands->count; i++) {
    const struct command *command = &commands->items[i];
    if (!command->id) continue;
    if (session->arguments->json)
      list = jv_array_append(list, command_json(command));
    else
      printf("%s: %s, command %s%s%s\n", command->run_id, session->arguments->verb, command->id,
             command->result ? ": " : " is given", command->result ? command->result : "");
  }
  if (!session->arguments->json) {
    jv_free(list);
    return;
  }
  jv_dump(list, 0);
  putchar('\n');
}

static bool all_applied(const struct commands *commands) {
  for (size_t i = 0; i < commands->count; i++)
    if (!commands->items[i].result || strcmp(commands->items[i].result, "applied") != 0) return false;
  return true;
}

int command_give(const struct arguments *arguments, const char *reason, bool wait, usec_t timeout) {
  for (size_t i = 0; i < arguments->word_count; i++)
    if (!arguments_uuid(arguments, "run id", arguments->words[i])) return EXIT_USAGE;
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct commands commands = {.items = xcalloc(arguments->word_count, sizeof *commands.items),
                              .count = arguments->word_count};
  // Every run is tried: one that is not there does not save the others.
  for (size_t i = 0; i < commands.count; i++) {
    commands.items[i].run_id = arguments->words[i];
    int given = give(&session, &commands.items[i], reason);
    if (given != EXIT_OK) code = given;
  }
  if (wait && code == EXIT_OK) code = wait_for(&session, &commands, timeout);
  print(&session, &commands);
  if (wait && code == EXIT_OK && !all_applied(&commands)) code = EXIT_BAD_NEWS;
  for (size_t i = 0; i < commands.count; i++) {
    free(commands.items[i].id);
    free(commands.items[i].result);
  }
  free(commands.items);
  session_close(&session);
  return code;
}

int command_verb(int argc, char **argv) {
  const char *reason = NULL, *timeout_text = NULL;
  bool wait = false;
  const struct argument_row rows[] = {
      {"reason", .value = &reason}, {"timeout", .value = &timeout_text}, {"wait", .flag = &wait}};
  struct arguments arguments;
  usec_t timeout = 30 * USEC_PER_SEC;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 3, &arguments, &code) == ARGUMENTS_STOP) return code;
  if (!arguments_words(&arguments, 1, SIZE_MAX, "a run id") ||
      !arguments_duration(&arguments, "timeout", timeout_text, &timeout))
    return EXIT_USAGE;
  return command_give(&arguments, reason, wait, timeout);
}
