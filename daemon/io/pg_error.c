// SPDX-License-Identifier: Apache-2.0
#include "io/pg_error.h"

#include <stdlib.h>
#include <string.h>

bool pg_error_ends_session(const PGresult *result) {
  const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return !severity || strcmp(severity, "ERROR") != 0;
}

bool pg_error_is_missing_partition(const struct pg_outcome *outcome) {
  return outcome->kind == PG_FAILED && !outcome->has_constraint && !strcmp(outcome->sqlstate, "23514");
}

// The first row whose state is a prefix of the error's wins.
static const struct {
  const char *sqlstate;
  enum store_status status;
} meanings[] = {
    {"WF001", STORE_FENCED},
    {"WF002", STORE_DUPLICATE},
    {"WF003", STORE_CONFLICT},
    {"WF004", STORE_STALE_DEFINITIONS},
    {"WF005", STORE_TOO_EARLY},
    {"40001", STORE_REDO},
    {"40P01", STORE_REDO},
    {"55P03", STORE_REDO},    // a lock was not to be had in time
    {"23505", STORE_CONFLICT}, // a row is there already: someone else wrote this run
    {"25006", STORE_DOWN},    // read only: a standby, or one that is being promoted
    {"25P03", STORE_DOWN},    // idle in a transaction for too long: we were stopped
    {"08", STORE_DOWN},
    {"53", STORE_DOWN},
    {"57", STORE_DOWN},
    {"58", STORE_DOWN}, // disk
    {"22", STORE_REFUSED},
    {"23", STORE_REFUSED},
    {"54", STORE_REFUSED},
};

enum store_status pg_error_status(const struct pg_outcome *outcome, bool in_commit) {
  if (outcome->kind == PG_DONE) return STORE_OK;
  if (outcome->kind == PG_LOST) return in_commit && outcome->maybe_committed ? STORE_UNKNOWN : STORE_DOWN;
  for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
    if (!strncmp(outcome->sqlstate, meanings[i].sqlstate, strlen(meanings[i].sqlstate))) return meanings[i].status;
  return STORE_FAILED;
}

int64_t pg_error_number(const struct pg_outcome *outcome, int64_t otherwise) {
  char *end;
  if (!outcome->detail) return otherwise;
  long long number = strtoll(outcome->detail, &end, 10);
  return end == outcome->detail || *end ? otherwise : number;
}
