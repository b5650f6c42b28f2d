// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_slots.h"

static jv instant(usec_t at) {
  char text[CLOCK_TEXT_SIZE];
  return jv_string(clock_format(at, text));
}

jv rehearse_slots(const struct wf_definition *definition, usec_t start, usec_t end) {
  const struct wf_schedule *schedule = wf_definition_schedule(definition);
  if (!schedule) return jv_invalid();
  jv next = jv_array();
  if (schedule->kind == WF_SCHEDULE_AFTER) {
    next = jv_array_append(next, instant(wf_span_end(schedule->interval, end)));
  } else {
    usec_t slot = start;
    for (int i = 0; i < REHEARSE_SLOTS && (slot = wf_schedule_next(schedule, start, slot)) != USEC_NEVER; i++)
      next = jv_array_append(next, instant(slot));
  }
  return jv_object_set(jv_object_set(jv_object(), jv_string("schedule"), jv_string(schedule->text)), jv_string("next"), next);
}
