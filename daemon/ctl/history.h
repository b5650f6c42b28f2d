// SPDX-License-Identifier: Apache-2.0
// Stored runs, newest first, each with the rows that the tables have of it and with what its
// events fold to. Read in pieces, each by one statement, so by one snapshot: a daemon at work
// does no harm. Memory holds one piece, which shrinks when runs are large.
//
// A run is met when there is anything of it: its row, an event, a step or an action.
#pragma once

#include <jv.h>

#include "ctl/session.h"
#include "engine/run.h"

// A run of very many events: it is not read, but named. EXIT_OK to go on.
typedef int history_long(void *context, const char *run_id);

// Text as PostgreSQL reads it; NULL = no bound.
struct history_filter {
  const char *ids;   // uuid[]: these alone
  const char *since; // timestamptz: whose trigger was accepted then or later
  const char *after; // uuid: behind this one, that is older
  size_t limit;      // at most
  history_long *visit_long; // NULL = they are read as all others, whole
};

struct history {
  const char *run_id;
  struct wf_run *run; // NULL when the events are no history
  jv problem;         // then: what ctl/fold.h says
  jv stored;          // the rows, in the form of ctl/fold.h
  jv identity, events;  // what was folded, in that form too
  const char *snapshot; // its newest, as in the table; NULL = it has none
  int32_t snapshot_seq;
};

// EXIT_OK to go on, else reading ends with that. All of `history` ends with the call.
typedef int history_visit(void *context, const struct history *history);

// Reads all that the filter names; *ret_last, UUID_TEXT_SIZE bytes, is the last run visited, ""
// at first, also after a failure. Returns EXIT_OK, what `visit` returned, or EXIT_FAILED, said.
int history_read(struct session *session, const struct history_filter *filter, history_visit *visit, void *context,
                 char *ret_last) WF_MUST_CHECK;

// ---- what verbs that read histories take -------------------------------------

struct history_options {
  bool all;
  const char *since, *after, *limit_text;
  size_t limit, named;
  char *ids; // owned
};

// Rows for the verb's table of options, to be added to its own.
#define HISTORY_OPTIONS(options)                                                                                       \
  {"all", .flag = &(options)->all}, {"since", .value = &(options)->since}, {"after", .value = &(options)->after},      \
      {"limit", .value = &(options)->limit_text}

// Checks that runs, or --all, --since or --limit say what is wanted. EXIT_OK, or EXIT_USAGE,
// said. history_options_free() in any case.
int history_options_check(const struct arguments *arguments, struct history_options *options) WF_MUST_CHECK;
void history_options_free(struct history_options *options);
struct history_filter history_options_filter(const struct history_options *options);
