// SPDX-License-Identifier: Apache-2.0
#include "ctl/session.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "ctl/verb.h"
#include "dev/table.h"

int session_say(const struct session *session, int code, const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "workflowctl %s: ", session->arguments->verb);
  vfprintf(stderr, format, values);
  fputc('\n', stderr);
  va_end(values);
  return code;
}

int session_configure(struct session *session) {
  if (session->settings) return EXIT_OK;
  const char *path = session->arguments->config ? session->arguments->config : SESSION_CONFIG;
  struct config_problems problems = {0};
  int status = config_load(path, NULL, 0, &session->config, &problems);
  if (status < 0) config_problems_print(&problems, path, stderr);
  config_problems_free(&problems);
  if (status < 0) {
    session->config = NULL;
    return EXIT_FAILED;
  }
  char *problem;
  if (settings_new(session->config, &session->settings, &problem) == 0) return EXIT_OK;
  session->settings = NULL;
  int code = session_say(session, EXIT_FAILED, "%s: %s", path, problem);
  free(problem);
  return code;
}

int session_configure_if_there(struct session *session) {
  if (!session->arguments->config && access(SESSION_CONFIG, F_OK) != 0) return EXIT_OK;
  return session_configure(session);
}

static int find_database(struct session *session, const char **ret_conninfo) {
  const char *conninfo = session->arguments->database;
  if (!conninfo) conninfo = getenv("WORKFLOWD_DATABASE");
  if (!conninfo || !*conninfo) {
    if (!session->arguments->config && access(SESSION_CONFIG, F_OK) != 0)
      return session_say(session, EXIT_FAILED,
                         "which database? Give --database CONNINFO, WORKFLOWD_DATABASE or -c FILE (%s is not there)",
                         SESSION_CONFIG);
    if (session_configure(session) != EXIT_OK) return EXIT_FAILED;
    conninfo = session->settings->conninfo;
  }
  *ret_conninfo = conninfo;
  return EXIT_OK;
}

int session_open(const struct arguments *arguments, struct session *ret_session) {
  struct session session = {.arguments = arguments};
  const char *conninfo = NULL;
  int code = find_database(&session, &conninfo);
  if (code == EXIT_OK) {
    char *reason, *name = xasprintf("workflowctl %s", arguments->verb);
    if (pg_admin_connect(conninfo, name, &session.admin, &reason) != 0) {
      session.admin = NULL;
      code = session_say(&session, EXIT_FAILED, "%s", reason);
      free(reason);
    }
    free(name);
  }
  // JSON is read by programs: instants in one form, whatever the server's zone is. Compiling a
  // statement takes seconds, where running it once takes milliseconds.
  const char *settings = arguments->json ? "SET jit = off; SET timezone = 'UTC'" : "SET jit = off";
  if (code == EXIT_OK && pg_admin_script(session.admin, settings) != 0)
    code = session_say(&session, EXIT_FAILED, "%s", pg_admin_error(session.admin));
  if (code != EXIT_OK) {
    session_close(&session);
    return code;
  }
  *ret_session = session;
  return EXIT_OK;
}

void session_close(struct session *session) {
  pg_admin_free(session->admin);
  settings_free(session->settings);
  config_free(session->config);
  *session = (struct session){.arguments = session->arguments};
}

struct kafka_property *session_kafka(const struct session *session, const char *address, size_t *ret_count) {
  size_t most = session->settings ? session->settings->producer_count : 0, count = 0;
  struct kafka_property *properties = xcalloc(most + 1, sizeof *properties);
  for (size_t i = 0; i < most; i++) {
    const struct kafka_property *property = &session->settings->producer[i];
    if (!address || strcmp(property->name, "bootstrap.servers") != 0) properties[count++] = *property;
  }
  if (address) properties[count++] = (struct kafka_property){"bootstrap.servers", address};
  *ret_count = count;
  return properties;
}

int session_query(struct session *session, const char *sql, const char *const *parameters, size_t count,
                  struct pg_rows **ret_rows) {
  if (pg_admin_query(session->admin, sql, parameters, count, ret_rows) == 0) return EXIT_OK;
  const char *sqlstate = pg_admin_sqlstate(session->admin);
  bool no_schema = strcmp(sqlstate, "3F000") == 0 || strcmp(sqlstate, "42P01") == 0;
  bool no_right = strcmp(sqlstate, "42501") == 0;
  return session_say(session, strcmp(sqlstate, "P0002") == 0 ? EXIT_NOT_FOUND : EXIT_FAILED, "%s%s",
                     pg_admin_error(session->admin),
                     no_schema  ? "; workflowctl migrate makes the schema"
                     : no_right ? "; operators connect as a member of workflow_admin: --database CONNINFO"
                                : "");
}

int session_json(struct session *session, const char *sql, const char *const *parameters, size_t count, char **ret_json,
                 size_t *ret_count) {
  char *wrapped = xasprintf("SELECT coalesce(json_agg(row_to_json(q)), '[]'), count(*) FROM (%s) q", sql);
  struct pg_rows *rows;
  int code = session_query(session, wrapped, parameters, count, &rows);
  free(wrapped);
  if (code != EXIT_OK) return code;
  *ret_json = xstrdup(pg_rows_value(rows, 0, 0));
  if (ret_count) *ret_count = strtoul(pg_rows_value(rows, 0, 1), NULL, 10);
  pg_rows_free(rows);
  return EXIT_OK;
}

int session_print(struct session *session, const char *sql, const char *const *parameters, size_t count,
                  size_t *ret_count) {
  if (session->arguments->json) {
    char *json;
    int code = session_json(session, sql, parameters, count, &json, ret_count);
    if (code != EXIT_OK) return code;
    puts(json);
    free(json);
    return EXIT_OK;
  }
  struct pg_rows *rows;
  int code = session_query(session, sql, parameters, count, &rows);
  if (code != EXIT_OK) return code;
  table_print(rows, stdout);
  if (ret_count) *ret_count = pg_rows_count(rows);
  pg_rows_free(rows);
  return EXIT_OK;
}

int session_each(const struct arguments *arguments, const char *sql,
                 void (*print)(const char *word, const struct pg_rows *rows, bool json)) {
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  bool is_first = true;
  if (arguments->json) putchar('[');
  for (size_t i = 1; i < arguments->word_count; i++) {
    struct pg_rows *rows;
    int one = session_query(&session, sql, &arguments->words[i], 1, &rows);
    if (one != EXIT_OK) {
      code = one;
      continue;
    }
    if (arguments->json && !is_first) fputs(", ", stdout);
    print(arguments->words[i], rows, arguments->json);
    pg_rows_free(rows);
    is_first = false;
  }
  if (arguments->json) puts("]");
  session_close(&session);
  return code;
}
