// SPDX-License-Identifier: Apache-2.0
// For tests of the fold: events written by hand, as they come out of the table.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/run.h"

struct folded {
  struct wf_run *run;
  usec_t now;
};

static inline struct folded fold_new(const char *trigger_data) {
  struct wf_identity identity = {.trigger_data = trigger_data ? jv_parse(trigger_data) : jv_invalid()};
  return (struct folded){.run = wf_run_new(&identity), .now = 1000 * USEC_PER_SEC};
}

// Folds one event, a second after the one before. `data` is JSON or NULL.
static inline void fold(struct folded *folded, struct wf_event event, const char *data) {
  folded->now += USEC_PER_SEC;
  event.seq = folded->run->last_seq + 1;
  event.at = folded->now;
  event.data = data ? jv_parse(data) : jv_invalid();
  assert_true(!data || jv_is_valid(event.data));
  const char *problem = NULL;
  if (wf_evolve(folded->run, &event, &problem) < 0) fail_msg("%s: %s", wf_event_type_name(event.type), problem);
  jv_free(event.data);
}

static inline void fold_free(struct folded *folded) { wf_run_free(folded->run); }

static inline void fold_begin(struct folded *folded) {
  fold(folded, (struct wf_event){.type = WF_RUN_CREATED}, NULL);
  fold(folded, (struct wf_event){.type = WF_RUN_STARTED}, NULL);
}

static inline void fold_step(struct folded *folded, int32_t step_no, int32_t attempt, const char *reference,
                             const char *data) {
  fold(folded,
       (struct wf_event){.type = WF_STEP_STARTED, .step_no = step_no, .attempt = attempt, .reference = reference},
       data);
}

static inline void fold_on(struct folded *folded, enum wf_event_type type, int32_t step_no, const char *data) {
  fold(folded, (struct wf_event){.type = type, .step_no = step_no, .attempt = 1}, data);
}

static inline void fold_action(struct folded *folded, enum wf_event_type type, int32_t attempt, const char *data) {
  fold(folded,
       (struct wf_event){.type = type, .step_no = 1, .action_no = 1, .attempt = attempt, .reference = "/do/0/a"}, data);
}

static inline void assert_json(jv value, const char *expected) {
  jv text = jv_is_valid(value) ? jv_dump_string(jv_copy(value), JV_PRINT_SORTED) : jv_string("-");
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}
