// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/timeline.h"
#include "rows_fixture.h"

static const char *const names[] = {"seq",
                                    "day",
                                    "clock",
                                    "after_us",
                                    "type",
                                    "depth",
                                    "step",
                                    "kind",
                                    "attempt",
                                    "function",
                                    "reason_code",
                                    "summary",
                                    "due_at",
                                    "deadline_at",
                                    "outcome",
                                    "branch",
                                    "go_to",
                                    "actor",
                                    "external_reference",
                                    "detail_internal",
                                    "step_no",
                                    "around_no",
                                    "around",
                                    "turn",
                                    "event_type",
                                    "event_id",
                                    "given"};
enum { COLUMNS = sizeof names / sizeof *names };

enum column {
  SEQ,
  DAY,
  CLOCK,
  AFTER,
  TYPE,
  DEPTH,
  STEP,
  KIND,
  ATTEMPT,
  FUNCTION,
  REASON,
  SUMMARY,
  DUE,
  DEADLINE,
  OUTCOME,
  BRANCH_TAKEN,
  GO_TO,
  ACTOR,
  EXTERNAL,
  INTERNAL,
  STEP_NO,
  AROUND_NO,
  AROUND,
  TURN,
  EVENT_TYPE,
  EVENT_ID
};

struct history {
  const char *values[8][COLUMNS];
  size_t count;
};

// An event in the first second of the day, `ms` after the start.
static const char **add(struct history *history, const char *clock, const char *after, const char *type) {
  const char **row = history->values[history->count++];
  row[SEQ] = "1";
  row[DAY] = "2026-01-05";
  row[CLOCK] = clock;
  row[AFTER] = after;
  row[TYPE] = type;
  return row;
}

static const char **add_step(struct history *history, const char *type, const char *depth) {
  const char **row = add(history, "09:00:00.500", "500000", type);
  row[DEPTH] = depth;
  row[STEP] = "callLead";
  row[KIND] = "call";
  return row;
}

static char *draw(const struct history *history, bool ascii) {
  const struct pg_rows rows = {names, &history->values[0][0], COLUMNS, history->count};
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  struct timeline_rows drawn = timeline_of_rows(&rows);
  timeline_draw(&drawn, ascii, out);
  fclose(out);
  return text;
}

static void check(const struct history *history, bool ascii, const char *expected) {
  char *text = draw(history, ascii);
  assert_string_equal(text, expected);
  free(text);
}

static void test_steps_are_a_tree(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add(&history, "09:00:00.000", "0", "run.created");
  add_step(&history, "step.started", "1");
  add_step(&history, "step.started", "2");
  const char **row = add_step(&history, "action.requested", "2");
  row[FUNCTION] = "voice";
  row[DEADLINE] = "2026-01-05 09:05:00";
  add_step(&history, "step.completed", "1")[OUTCOME] = "no_answer";
  check(&history, true,
        "2026-01-05\n"
        "  09:00:00.000    0.000 s  o created\n"
        "  09:00:00.500    0.500 s  +- callLead (call)\n"
        "                           |  +- callLead (call)\n"
        "                           |  |  > voice requested, until 2026-01-05 09:05:00\n"
        "                           |  = done, no_answer\n");
}

// A line about step number `no`, called `name`, within step `around`.
static const char **add_of(struct history *history, const char *type, const char *depth, const char *no, const char *name, const char *around) {
  const char **row = add_step(history, type, depth);
  row[STEP_NO] = no;
  row[STEP] = name;
  row[AROUND_NO] = around;
  row[AROUND] = around ? "sides" : NULL;
  return row;
}

static void test_branches_name_what_a_line_is_about(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add_of(&history, "step.started", "1", "1", "sides", NULL);
  add_of(&history, "step.started", "2", "2", "left", "1");
  add_of(&history, "step.started", "2", "3", "right", "1");
  add_of(&history, "step.completed", "2", "3", "right", "1");
  add_of(&history, "step.completed", "2", "2", "left", "1");
  add_of(&history, "step.completed", "2", "2", "left", "1");
  add_of(&history, "step.completed", "1", "1", "sides", NULL);
  check(&history, true,
        "2026-01-05\n"
        "  09:00:00.500    0.500 s  +- sides (call)\n"
        "                           |  +- left (call)\n"
        "                           |  +- right (call)\n"
        "                           |  |  = done\n"
        "                           |  |  = left: done\n"
        "                           |  |  = done\n"
        "                           |  = done\n");
}

static void test_a_step_in_another_branch_names_what_it_is_in(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add_of(&history, "step.started", "1", "1", "left", NULL);
  add_of(&history, "step.started", "1", "2", "right", NULL);
  add_of(&history, "step.started", "2", "3", "inner", "1");
  add_of(&history, "step.completed", "1", "1", "left", NULL);
  check(&history, true,
        "2026-01-05\n"
        "  09:00:00.500    0.500 s  +- left (call)\n"
        "                           +- right (call)\n"
        "                           |  +- inner (call) in sides\n"
        "                           |  = done\n");
}

static void test_turns_and_events_that_came(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add_step(&history, "step.iterated", "1")[TURN] = "2";
  const char **row = add_step(&history, "event.matched", "1");
  row[EVENT_TYPE] = "com.example.paid";
  row[EVENT_ID] = "e-1";
  add_step(&history, "action.requested", "1")[FUNCTION] = "workflow";
  check(&history, true,
        "2026-01-05\n"
        "  09:00:00.500    0.500 s  |  @ turn 2\n"
        "                           |  < event received, com.example.paid, id e-1\n"
        "                           |  > workflow requested\n");
}

static void test_in_utf8(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add_step(&history, "step.started", "1");
  add_step(&history, "step.waiting", "1")[DUE] = "2026-01-05 11:00:00";
  check(&history, false,
        "2026-01-05\n"
        "  09:00:00.500    0.500 s  ├─ callLead (call)\n"
        "                           │  ◷ waits until 2026-01-05 11:00:00\n");
}

static void test_reasons_and_attempts(void **state) {
  (void)state;
  struct history history = {.count = 0};
  const char **row = add_step(&history, "action.failed", "1");
  row[FUNCTION] = "voice";
  row[ATTEMPT] = "2";
  row[REASON] = "communication";
  row[SUMMARY] = "Line busy";
  row[INTERNAL] = "SIP 486";
  row = add(&history, "09:00:01.000", "1000000", "run.suspended");
  row[ATTEMPT] = "1";
  row[ACTOR] = "ops";
  row[SUMMARY] = "lunch";
  check(&history, true,
        "2026-01-05\n"
        "  09:00:00.500    0.500 s  |  x voice failed, try 2: communication, Line busy\n"
        "                           |    ! SIP 486\n"
        "  09:00:01.000    1.000 s  o suspended by ops: lunch\n");
}

static void test_another_day_and_an_unknown_type(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add(&history, "23:59:59.000", "0", "run.created");
  add(&history, "23:59:59.000", "86400000000", "run.sang")[DAY] = "2026-01-06";
  check(&history, true,
        "2026-01-05\n"
        "  23:59:59.000    0.000 s  o created\n"
        "2026-01-06\n"
        "  23:59:59.000    1 d 0 h  run.sang\n");
}

static void test_text_cannot_steer_the_terminal(void **state) {
  (void)state;
  struct history history = {.count = 0};
  add(&history, "09:00:00.000", "0", "run.cancelled")[SUMMARY] = "a\nb\x1b[2Jc\x7f\xc2\x9b"
                                                                 "d";
  char *text = draw(&history, true);
  assert_non_null(strstr(text, "x cancelled: a b?[2Jc??d\n"));
  free(text);
}

static void test_the_statement_has_one_place_to_fill(void **state) {
  (void)state;
  const char *mark = strchr(timeline_sql, '%');
  assert_non_null(mark);
  assert_int_equal(mark[1], 's');
  assert_null(strchr(mark + 1, '%'));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_steps_are_a_tree),
      cmocka_unit_test(test_branches_name_what_a_line_is_about),
      cmocka_unit_test(test_a_step_in_another_branch_names_what_it_is_in),
      cmocka_unit_test(test_turns_and_events_that_came),
      cmocka_unit_test(test_in_utf8),
      cmocka_unit_test(test_reasons_and_attempts),
      cmocka_unit_test(test_another_day_and_an_unknown_type),
      cmocka_unit_test(test_text_cannot_steer_the_terminal),
      cmocka_unit_test(test_the_statement_has_one_place_to_fill),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
