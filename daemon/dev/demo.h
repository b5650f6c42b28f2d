// SPDX-License-Identifier: Apache-2.0
// The demonstration: publishes lead triggers to Kafka as any producer would, watches in
// SQL how their runs get on, and tells what became of them. Nothing here knows more
// than a producer and an SQL reader do.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"
#include "dev/dev_servers.h"
#include "io/pg_admin.h"

enum { DEMO_MARK_SIZE = 48 };

// Every number is counted in SQL.
struct demo_count {
  long triggers, runs, completed, faulted, cancelled;
  long stuck; // runs that have not ended
};

struct demo {
  int size;                  // triggers to publish
  char mark[DEMO_MARK_SIZE]; // correlation id of this demonstration's triggers
  struct demo_count count;   // the last one
};

// A mark that no earlier demonstration had. size > 0.
struct demo demo_make(int size);

// Publishes, and watches until every run has ended, or nothing has moved for too long, or
// a process has ended, or `signals` becomes readable. Progress goes to `out`. Returns 0,
// or -WF_EDOWN when Kafka does not take the triggers or the database does not answer; also
// then demo->count holds what was counted last.
int demo_run(struct demo *demo, struct dev_servers *servers, int signals, struct pg_admin *admin, FILE *out)
    WF_MUST_CHECK;

// One statement, whose parameter is the mark; the caller owns *ret_rows. Says what went wrong.
int demo_query(const struct demo *demo, struct pg_admin *admin, const char *sql, struct pg_rows **ret_rows) WF_MUST_CHECK;

// Counts now.
int demo_count_now(struct demo *demo, struct pg_admin *admin) WF_MUST_CHECK;

// Whether every trigger made its run and every run has ended.
bool demo_is_whole(const struct demo *demo);

// "quickstart: 1000 triggers, 1000 runs, 1000 completed, 0 faulted, 0 stuck"
void demo_print_line(const struct demo *demo, FILE *out);
// The same as one object of JSON.
void demo_print_json(const struct demo *demo, FILE *out);
