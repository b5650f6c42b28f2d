// SPDX-License-Identifier: Apache-2.0
#include "io/pg_trouble.h"

#include <stddef.h>
#include <string.h>

// The first row whose state is a prefix of the error's wins.
static const struct {
  const char *sqlstate, *word, *advice;
} troubles[] = {
    {"40001", "serialization", NULL},
    {"40P01", "deadlock", NULL},
    {"55P03", "lock_timeout", "somebody holds a lock: SELECT * FROM pg_locks WHERE NOT granted"},
    {"53100", "disk_full", "the database's disk is full: make space, or a larger one"},
    {"53200", "out_of_memory", "PostgreSQL has no memory left"},
    {"53300", "too_many_connections", "max_connections is too low, or somebody holds too many"},
    {"57014", "statement_timeout", "postgres.statement_timeout is too short, or the server too slow"},
    {"57", "shutdown", NULL},
    {"58", "io_error", "PostgreSQL cannot use its files: its own log says more"},
    {"25006", "read_only", "this is a standby or a read-only database: postgres.conninfo must name the primary"},
    {"08", "connection", NULL},
    {"", "other", NULL},
};

static size_t trouble_of(const char *sqlstate) {
  size_t i = 0;
  while (strncmp(sqlstate, troubles[i].sqlstate, strlen(troubles[i].sqlstate)) != 0) i++;
  return i;
}

const char *pg_trouble_word(const char *sqlstate) { return *sqlstate ? troubles[trouble_of(sqlstate)].word : "connection"; }

const char *pg_trouble_advice(const char *sqlstate) { return troubles[trouble_of(sqlstate)].advice; }

const char *pg_trouble_refusal(const char *reason) {
  static const struct {
    const char *part, *advice;
  } refusals[] = {
      {"root certificate file", "sslrootcert in postgres.conninfo must name the certificate of the server's authority"},
      {"certificate verify failed", "sslrootcert in postgres.conninfo must name the certificate of the server's authority"},
      {"does not match host name", "host in postgres.conninfo must be a name that the server's certificate is for"},
      {"password authentication failed", "postgres.password_file must hold the role's password; a reload (SIGHUP) reads it again"},
      {"no password supplied", "postgres.password_file must name the file with the role's password"},
      {"no pg_hba.conf entry", "the server's pg_hba.conf does not let this in: role, database, address, and TLS (sslmode) count"},
      {"does not support SSL", "the server has no TLS, and sslmode in postgres.conninfo asks for it"},
      {"requires a valid client certificate", "sslcert and sslkey in postgres.conninfo must name a certificate that the server trusts"},
      {"relation \"workflow.migration\" does not exist", "the database has no schema workflow: workflowctl migrate makes it"},
      {"permission denied for schema workflow", "the role in postgres.conninfo must be a member of workflow_daemon"},
      {"permission denied for table", "the role in postgres.conninfo must be a member of workflow_daemon"},
      {"remaining connection slots", "max_connections is too low, or somebody holds too many"},
      {"too many clients", "max_connections is too low, or somebody holds too many"},
  };
  for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
    if (strstr(reason, refusals[i].part)) return refusals[i].advice;
  return NULL;
}
