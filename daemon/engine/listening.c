// SPDX-License-Identifier: Apache-2.0
#include "engine/listening.h"

jv wf_listening_get(const struct wf_step *step, const char *name) {
  if (jv_get_kind(step->listening) != JV_KIND_OBJECT) return jv_null();
  jv value = jv_object_get(jv_copy(step->listening), jv_string(name));
  if (jv_is_valid(value)) return value;
  jv_free(value);
  return jv_null();
}

int32_t wf_listening_count(const struct wf_step *step, const char *name) {
  jv value = wf_listening_get(step, name);
  int32_t count = jv_get_kind(value) == JV_KIND_NUMBER ? (int32_t)jv_number_value(value) : 0;
  jv_free(value);
  return count;
}

int32_t wf_listening_no(const struct wf_step *step) { return wf_listening_count(step, "no"); }

bool wf_listening_is_over(const struct wf_step *step) {
  if (!wf_listening_no(step)) return true;
  jv over = wf_listening_get(step, "over");
  bool is_over = jv_get_kind(over) == JV_KIND_TRUE;
  jv_free(over);
  return is_over;
}

bool wf_listening_waits(const struct wf_step *step) {
  if (wf_listening_is_over(step)) return false;
  jv queue = wf_listening_get(step, "queue"), item = wf_listening_get(step, "item");
  bool is_idle = jv_get_kind(item) == JV_KIND_NULL && (jv_get_kind(queue) != JV_KIND_ARRAY || jv_array_length(jv_copy(queue)) == 0);
  jv_free(queue);
  jv_free(item);
  return is_idle;
}

bool wf_listening_has(const struct wf_step *step, const char *list, int32_t index) {
  jv array = wf_listening_get(step, list);
  bool has = false;
  if (jv_get_kind(array) == JV_KIND_ARRAY)
    jv_array_foreach(array, i, value) {
      has = has || (jv_get_kind(value) == JV_KIND_NUMBER && (int32_t)jv_number_value(value) == index);
      jv_free(value);
    }
  jv_free(array);
  return has;
}

struct wf_step *wf_run_listener(const struct wf_run *run, int32_t subscription_no) {
  for (size_t i = 0; i < run->step_count; i++) {
    struct wf_step *step = run->steps[i];
    if (!wf_status_ended(step->status) && jv_is_valid(step->listening) && wf_listening_no(step) == subscription_no) return step;
  }
  return NULL;
}
