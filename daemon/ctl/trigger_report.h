// SPDX-License-Identifier: Apache-2.0
// What became of a trigger event: the triggers it made and their runs, the first trigger
// that it repeats, or why it is in quarantine.
#pragma once

#include <stdbool.h>

#include "ctl/session.h"
#include "io/kafka_publish.h"

// Which one. What is NULL says nothing; at least one of the first three is set.
struct trigger_choice {
  const char *trigger_ids; // our ids of triggers, as PostgreSQL reads an array
  const char *event_id;    // the producer's id; alone, without those, all triggers are read for it
  const char *topic;       // with the place of its record
  struct kafka_place place;
  const char *since;  // with `topic`: an instant before it was published
  const char *tenant; // the producer's ids are unique per tenant
};

struct trigger_summary {
  size_t triggers, duplicates, quarantined;
  size_t runs_missing; // of recipients whose run is not there yet
  size_t open, bad;    // runs not ended; runs faulted or cancelled
  bool is_read;        // with `topic`: the record is behind what the home has read
};

// Looks once. Returns EXIT_OK, or EXIT_FAILED.
int trigger_report_look(struct session *session, const struct trigger_choice *choice,
                        struct trigger_summary *ret_summary) WF_MUST_CHECK;

// Prints the tables, or with --json the members "triggers", "runs" (the first
// `run_limit`), "duplicates" and "quarantine" behind `lead`, without a closing brace.
// Nothing is printed as JSON when a query fails.
int trigger_report_print(struct session *session, const struct trigger_choice *choice, long run_limit,
                         const char *lead) WF_MUST_CHECK;
