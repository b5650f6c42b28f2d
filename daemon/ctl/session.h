// SPDX-License-Identifier: Apache-2.0
// What a verb works with: the configuration, if it is needed, and a connection to
// PostgreSQL. Which database: --database, else the environment's WORKFLOWD_DATABASE,
// else postgres.conninfo of the configuration (-c FILE, else
// /etc/workflowd/workflowd.yaml).
//
// Whatever fails is said here, in one line on standard error that names the verb.
#pragma once

#include "ctl/arguments.h"
#include "io/kafka.h"
#include "io/pg_admin.h"
#include "settings.h"

#define SESSION_CONFIG "/etc/workflowd/workflowd.yaml"

struct session {
  const struct arguments *arguments; // borrowed
  struct config *config;             // NULL until it is read
  struct settings *settings;
  struct pg_admin *admin; // NULL until session_open()
};

// Reads the configuration, once. Returns EXIT_OK, or EXIT_FAILED. session_close() ends
// what was begun, in any case.
int session_configure(struct session *session) WF_MUST_CHECK;
// The same, but without -c a default file that is not there is no failure:
// session->config stays NULL.
int session_configure_if_there(struct session *session) WF_MUST_CHECK;
// Connects. Returns EXIT_OK, or EXIT_FAILED.
int session_open(const struct arguments *arguments, struct session *ret_session) WF_MUST_CHECK;
void session_close(struct session *session);

// What librdkafka is to know to reach the brokers: of the configuration, if it was read,
// with `address` (NULL = none) in place of its own. The array is the caller's, the texts
// are not.
struct kafka_property *session_kafka(const struct session *session, const char *address, size_t *ret_count);

// Runs one statement; the caller owns *ret_rows. Returns EXIT_OK; EXIT_NOT_FOUND when
// the database says so (P0002), else EXIT_FAILED.
int session_query(struct session *session, const char *sql, const char *const *parameters, size_t count,
                  struct pg_rows **ret_rows) WF_MUST_CHECK;

// Runs one SELECT and prints it: as a table, or with --json as an array of objects, made
// by PostgreSQL from the same statement. *ret_count, which may be NULL, is set to the
// number of rows. Errors as above.
int session_print(struct session *session, const char *sql, const char *const *parameters, size_t count,
                  size_t *ret_count) WF_MUST_CHECK;
// The same rows as JSON, in memory that the caller frees.
int session_json(struct session *session, const char *sql, const char *const *parameters, size_t count, char **ret_json,
                 size_t *ret_count) WF_MUST_CHECK;

// Connects, and runs one statement for each word from the second on, which is its parameter.
// Each is tried: one that fails does not keep the others back. `print` writes a row as a line,
// or with --json as an object, of which this makes an array. Returns EXIT_OK, or the last
// failure's code.
int session_each(const struct arguments *arguments, const char *sql,
                 void (*print)(const char *word, const struct pg_rows *rows, bool json)) WF_MUST_CHECK;

// Says "workflowctl VERB: …" on standard error; returns `code`.
int session_say(const struct session *session, int code, const char *format, ...) __attribute__((format(printf, 3, 4)));
