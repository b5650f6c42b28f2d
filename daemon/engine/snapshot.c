// SPDX-License-Identifier: Apache-2.0
// One table of fields for each struct serves both ways, so that they cannot differ.
#include "engine/snapshot.h"

#include <math.h>

#include "base/vec.h"
#include "engine/kind.h"
#include "engine/member.h"
#include "engine/row.h"
#include "engine/scope.h"

enum kind { COUNT, CODE, FLAG, INSTANT, SPAN, TEXT, KIND, VALUE };

struct field {
  const char *name;
  enum kind kind;
  size_t offset;
  int max; // CODE: the highest
};

#define ROW(type, kind, name) {#name, kind, offsetof(struct type, name), 0}
#define CODES(type, name, max) {#name, CODE, offsetof(struct type, name), max}
#define FAULT(type) ROW(type, TEXT, fault.code), ROW(type, TEXT, fault.summary), ROW(type, TEXT, fault.detail_internal)
#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static const struct field run_fields[] = {
    ROW(wf_run, TEXT, recipient.collection), ROW(wf_run, TEXT, recipient.id), ROW(wf_run, COUNT, last_seq),
    CODES(wf_run, status, WF_COMPLETED), CODES(wf_run, waiting_for, WF_FOR_RESUME), ROW(wf_run, TEXT, reason_code),
    ROW(wf_run, TEXT, reason_text), ROW(wf_run, COUNT, current_step_no), ROW(wf_run, INSTANT, created_at),
    ROW(wf_run, INSTANT, started_at), ROW(wf_run, INSTANT, updated_at), ROW(wf_run, INSTANT, last_executed_at),
    ROW(wf_run, INSTANT, next_wake_at), ROW(wf_run, INSTANT, ended_at), ROW(wf_run, INSTANT, next_retry_at),
    ROW(wf_run, COUNT, retry_count), ROW(wf_run, COUNT, max_retries), ROW(wf_run, COUNT, error_count), FAULT(wf_run),
    ROW(wf_run, TEXT, skip_code), ROW(wf_run, VALUE, input), ROW(wf_run, VALUE, context), ROW(wf_run, VALUE, output),
    ROW(wf_run, COUNT, last_step_no), ROW(wf_run, COUNT, last_action_no), ROW(wf_run, COUNT, last_timer_no),
    ROW(wf_run, VALUE, error), ROW(wf_run, VALUE, heard), ROW(wf_run, COUNT, entry_count), ROW(wf_run, COUNT, late_count),
    ROW(wf_run, COUNT, yield_timer_no), ROW(wf_run, COUNT, yield_step_no), ROW(wf_run, COUNT, yield_branch), ROW(wf_run, COUNT, timeout_timer_no), ROW(wf_run, INSTANT, yield_at),
    ROW(wf_run, INSTANT, timeout_at), ROW(wf_run, FLAG, sandbox), ROW(wf_run, FLAG, skip_delays),
    ROW(wf_run, VALUE, results),
};

static const struct field step_fields[] = {
    ROW(wf_step, COUNT, step_no), ROW(wf_step, COUNT, parent_step_no), ROW(wf_step, COUNT, branch), ROW(wf_step, COUNT, visit),
    ROW(wf_step, COUNT, attempt), ROW(wf_step, COUNT, max_attempts), ROW(wf_step, COUNT, retry_count),
    ROW(wf_step, TEXT, reference), ROW(wf_step, TEXT, title), ROW(wf_step, KIND, kind),
    CODES(wf_step, status, WF_SKIPPED), ROW(wf_step, TEXT, outcome), ROW(wf_step, TEXT, external_reference),
    ROW(wf_step, TEXT, skip_code), FAULT(wf_step), ROW(wf_step, VALUE, input), ROW(wf_step, VALUE, output),
    ROW(wf_step, INSTANT, scheduled_at), ROW(wf_step, INSTANT, started_at), ROW(wf_step, INSTANT, due_at),
    ROW(wf_step, INSTANT, ended_at), ROW(wf_step, INSTANT, next_retry_at), ROW(wf_step, INSTANT, updated_at),
    ROW(wf_step, COUNT, action_no), ROW(wf_step, COUNT, tries), ROW(wf_step, COUNT, timer_no),
    ROW(wf_step, COUNT, timeout_timer_no), ROW(wf_step, COUNT, attempt_timer_no), ROW(wf_step, INSTANT, entered_at),
    ROW(wf_step, INSTANT, timeout_at), ROW(wf_step, INSTANT, attempt_due_at), ROW(wf_step, FLAG, revisitable),
    ROW(wf_step, FLAG, is_past),
    ROW(wf_step, VALUE, listening),
};

static const struct field action_fields[] = {
    ROW(wf_action, COUNT, action_no), ROW(wf_action, COUNT, step_no), ROW(wf_action, COUNT, attempt),
    ROW(wf_action, COUNT, max_attempts), ROW(wf_action, COUNT, timer_no), ROW(wf_action, TEXT, function),
    ROW(wf_action, TEXT, outcome), ROW(wf_action, TEXT, external_reference), ROW(wf_action, TEXT, summary),
    CODES(wf_action, status, WF_COMPLETED), FAULT(wf_action), ROW(wf_action, VALUE, input),
    ROW(wf_action, VALUE, output), ROW(wf_action, INSTANT, requested_at), ROW(wf_action, INSTANT, deadline_at),
    ROW(wf_action, INSTANT, ended_at), ROW(wf_action, INSTANT, next_retry_at), ROW(wf_action, INSTANT, updated_at),
    ROW(wf_action, VALUE, error), ROW(wf_action, FLAG, final), ROW(wf_action, SPAN, retry_after),
};

static const struct field scope_fields[] = {
    ROW(wf_scope, COUNT, step_no), ROW(wf_scope, COUNT, branch), ROW(wf_scope, COUNT, parent_step_no),
    ROW(wf_scope, COUNT, parent_branch), CODES(wf_scope, part, WF_SCOPE_PARTS - 1),
    ROW(wf_scope, COUNT, index), ROW(wf_scope, COUNT, child_step_no), ROW(wf_scope, COUNT, turn),
    ROW(wf_scope, COUNT, turn_after), ROW(wf_scope, COUNT, open_count), ROW(wf_scope, VALUE, value),
    ROW(wf_scope, VALUE, error), ROW(wf_scope, VALUE, items),
};

static const struct field visit_fields[] = {ROW(wf_visit, TEXT, reference), ROW(wf_visit, COUNT, count)};

#define FIELD(type, object, field) ((type *)((char *)(object) + (field)->offset))
#define CONST_FIELD(type, object, field) ((const type *)((const char *)(object) + (field)->offset))

bool wf_snapshot_due(const struct wf_run *run, int32_t previous_seq) {
  if (wf_status_ended(run->status) || run->last_seq / WF_SNAPSHOT_EVERY == previous_seq / WF_SNAPSHOT_EVERY)
    return false;
  return run->bytes_since >= run->snapshot_bytes;
}

void wf_snapshot_taken(struct wf_run *run, size_t size) {
  run->snapshot_bytes = size;
  run->bytes_since = 0;
}

// ---- writing ----------------------------------------------------------------

// The values so far, borrowed. What is shared is shared by neighbours: a task's input is
// the output of the one before. So only the last ones are looked through.
struct values {
  VEC(jv) list;
};

static jv value_place(struct values *values, jv value) {
  enum { LOOK_BACK = 64 };
  size_t count = values->list.count, first = count > LOOK_BACK ? count - LOOK_BACK : 0;
  for (size_t i = count; i-- > first;)
    if (jv_identical(jv_copy(values->list.items[i]), jv_copy(value))) return jv_number((double)i);
  vec_push(&values->list, value);
  return jv_number((double)count);
}

static jv put_text(const char *text) { return text ? jv_string(text) : jv_invalid(); }

static jv put_number(int64_t number) { return number ? jv_number((double)number) : jv_invalid(); }

static jv put_instant(usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  return instant ? jv_string(clock_format(instant, text)) : jv_invalid();
}

// Invalid = left out.
static jv put_field(const void *object, const struct field *field, struct values *values) {
  switch (field->kind) {
  case COUNT: return put_number(*CONST_FIELD(int32_t, object, field));
  case CODE: return put_number(*CONST_FIELD(int, object, field));
  case SPAN: return put_number(*CONST_FIELD(usec_t, object, field));
  case FLAG: return *CONST_FIELD(bool, object, field) ? jv_true() : jv_invalid();
  case INSTANT: return put_instant(*CONST_FIELD(usec_t, object, field));
  case TEXT:
  case KIND: return put_text(*CONST_FIELD(char *, object, field));
  case VALUE: {
    const jv *value = CONST_FIELD(jv, object, field);
    return jv_is_valid(*value) ? value_place(values, *value) : jv_invalid();
  }
  }
  return jv_invalid();
}

static jv put_object(const void *object, const struct field *fields, size_t count, struct values *values) {
  jv out = jv_object();
  for (size_t i = 0; i < count; i++) {
    jv value = put_field(object, &fields[i], values);
    if (jv_is_valid(value))
      out = jv_object_set(out, jv_string(fields[i].name), value);
    else
      jv_free(value);
  }
  return out;
}

#define PUT(object, fields, values) put_object(object, fields, COUNT_OF(fields), values)

static jv put_rows(jv state, const struct wf_run *run, struct values *values) {
  jv steps = jv_array(), actions = jv_array();
  for (size_t i = 0; i < run->step_count; i++)
    if (wf_run_keeps_step(run, run->steps[i])) steps = jv_array_append(steps, PUT(run->steps[i], step_fields, values));
  for (size_t i = 0; i < run->action_count; i++) {
    const struct wf_step *step = wf_run_step(run, run->actions[i]->step_no);
    if (step && wf_run_keeps_step(run, step))
      actions = jv_array_append(actions, PUT(run->actions[i], action_fields, values));
  }
  state = jv_object_set(state, jv_string("steps"), steps);
  return jv_object_set(state, jv_string("actions"), actions);
}

static jv put_position(jv state, const struct wf_run *run, struct values *values) {
  jv scopes = jv_array(), visits = jv_array();
  for (size_t i = 0; i < run->scopes->count; i++)
    scopes = jv_array_append(scopes, PUT(&run->scopes->items[i], scope_fields, values));
  for (size_t i = 0; i < run->visit_count; i++)
    visits = jv_array_append(visits, PUT(&run->visits[i], visit_fields, values));
  state = jv_object_set(state, jv_string("scopes"), scopes);
  return jv_object_set(state, jv_string("visits"), visits);
}

void wf_snapshot_encode(const struct wf_run *run, struct buf *out) {
  struct values values = {0};
  jv state = jv_object_set(jv_object(), jv_string("format"), jv_number(WF_SNAPSHOT_FORMAT));
  state = jv_object_set(state, jv_string("run"), PUT(run, run_fields, &values));
  state = put_position(state, run, &values);
  state = put_rows(state, run, &values);
  jv list = jv_array();
  vec_foreach(value, &values.list) list = jv_array_append(list, jv_copy(*value));
  vec_free(&values.list);
  jv text = jv_dump_string(jv_object_set(state, jv_string("values"), list), 0);
  buf_put(out, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  jv_free(text);
}

// ---- reading ----------------------------------------------------------------

static int get_number(jv value, double low, double high, double *ret_number) {
  if (jv_get_kind(value) != JV_KIND_NUMBER) return -WF_EINVAL;
  double number = jv_number_value(value);
  if (!(number >= low && number <= high) || number != floor(number)) return -WF_EINVAL;
  *ret_number = number;
  return 0;
}

static int get_instant(jv value, usec_t *ret_instant) {
  if (jv_get_kind(value) != JV_KIND_STRING) return -WF_EINVAL;
  return clock_parse(jv_string_value(value), (size_t)jv_string_length_bytes(jv_copy(value)), ret_instant);
}

static int get_value(jv place, jv values, jv *slot) {
  double number;
  if (get_number(place, 0, jv_array_length(jv_copy(values)) - 1, &number) < 0) return -WF_EINVAL;
  wf_value_set(slot, jv_array_get(jv_copy(values), (int)number));
  return 0;
}

static int get_text(jv value, char **slot) {
  if (jv_get_kind(value) != JV_KIND_STRING) return -WF_EINVAL;
  wf_text_set(slot, jv_string_value(value));
  return 0;
}

static int get_kind(jv value, const char **slot) {
  if (jv_get_kind(value) == JV_KIND_STRING) *slot = wf_kind_static(jv_string_value(value));
  return *slot ? 0 : -WF_EINVAL;
}

static int get_field(void *object, const struct field *field, jv value, jv values) {
  double number = 0;
  int result = 0;
  switch (field->kind) {
  case COUNT:
    result = get_number(value, INT32_MIN, INT32_MAX, &number);
    if (result == 0) *FIELD(int32_t, object, field) = (int32_t)number;
    break;
  case CODE:
    result = get_number(value, 0, field->max, &number);
    if (result == 0) *FIELD(int, object, field) = (int)number;
    break;
  case SPAN:
    result = get_number(value, 0, 0x1p62, &number);
    if (result == 0) *FIELD(usec_t, object, field) = (usec_t)number;
    break;
  case FLAG: *FIELD(bool, object, field) = jv_get_kind(value) == JV_KIND_TRUE; break;
  case INSTANT: result = get_instant(value, FIELD(usec_t, object, field)); break;
  case TEXT: result = get_text(value, FIELD(char *, object, field)); break;
  case KIND: result = get_kind(value, FIELD(const char *, object, field)); break;
  case VALUE: result = get_value(value, values, FIELD(jv, object, field)); break;
  }
  return result;
}

// A field that is left out stays as it is.
static int get_object(jv from, const struct field *fields, size_t count, jv values, void *object) {
  int result = jv_get_kind(from) == JV_KIND_OBJECT ? 0 : -WF_EINVAL;
  for (size_t i = 0; i < count && result == 0; i++) {
    jv value = wf_member(from, fields[i].name);
    if (jv_get_kind(value) != JV_KIND_NULL) result = get_field(object, &fields[i], value, values);
    jv_free(value);
  }
  return result;
}

#define GET(from, fields, values, object) get_object(from, fields, COUNT_OF(fields), values, object)

// The numbers of rows and scopes hold the run together: they must be what the calls of
// row.h and scope.h insist on.
static int32_t number_of(jv from, const char *name) {
  jv value = wf_member(from, name);
  double number;
  int32_t found = get_number(value, -1, INT32_MAX, &number) == 0 ? (int32_t)number : 0;
  jv_free(value);
  return found;
}

static int get_step(struct wf_run *run, jv from, jv values) {
  int32_t number = number_of(from, "step_no");
  if (number <= run->last_step_no) return -WF_EINVAL;
  struct wf_step *step = wf_step_add(run, number);
  step->is_new = false;
  if (GET(from, step_fields, values, step) < 0 || !step->reference) return -WF_EINVAL;
  step->name = wf_reference_name(step->reference);
  return 0;
}

static int get_action(struct wf_run *run, jv from, jv values) {
  int32_t number = number_of(from, "action_no");
  if (number <= run->last_action_no) return -WF_EINVAL;
  struct wf_action *action = wf_action_add(run, number);
  action->is_new = false;
  return GET(from, action_fields, values, action);
}

static int get_scope(struct wf_run *run, jv from, jv values) {
  struct wf_scope scope = {.step_no = 0};
  int result = GET(from, scope_fields, values, &scope);
  if (result == 0 && wf_scopes_append(run->scopes, &scope)) return 0;
  wf_scope_clear(&scope);
  return -WF_EINVAL;
}

static int get_visit(struct wf_run *run, jv from, jv values) {
  struct wf_visit visit = {0};
  int result = GET(from, visit_fields, values, &visit);
  if (result == 0 && (!visit.reference || wf_visit_count(run, visit.reference))) result = -WF_EINVAL;
  if (result == 0) {
    wf_visit_add(run, visit.reference);
    run->visits[run->visit_count - 1].count = visit.count;
  }
  free(visit.reference);
  return result;
}

typedef int get_one(struct wf_run *run, jv from, jv values);

static int get_list(struct wf_run *run, jv state, const char *name, get_one *get, jv values) {
  jv list = wf_member(state, name);
  int result = jv_get_kind(list) == JV_KIND_ARRAY ? 0 : -WF_EINVAL;
  int count = result == 0 ? jv_array_length(jv_copy(list)) : 0;
  for (int i = 0; i < count && result == 0; i++) {
    jv one = jv_array_get(jv_copy(list), i);
    result = get(run, one, values);
    jv_free(one);
  }
  jv_free(list);
  return result;
}

static int get_run(struct wf_run *run, jv state, jv values) {
  if (get_list(run, state, "scopes", get_scope, values) < 0 || get_list(run, state, "visits", get_visit, values) < 0 ||
      get_list(run, state, "steps", get_step, values) < 0 || get_list(run, state, "actions", get_action, values) < 0)
    return -WF_EINVAL;
  int32_t last_step_no = run->last_step_no, last_action_no = run->last_action_no;
  jv from = wf_member(state, "run");
  int result = GET(from, run_fields, values, run);
  jv_free(from);
  if (result < 0 || run->last_seq < 1) return -WF_EINVAL;
  return last_step_no <= run->last_step_no && last_action_no <= run->last_action_no ? 0 : -WF_EINVAL;
}

int wf_snapshot_decode(const char *data, size_t size, const struct wf_identity *identity, struct wf_run **ret_run) {
  jv state = size < INT32_MAX ? jv_parse_sized(data, (int)size) : jv_null();
  jv values = wf_member(state, "values");
  int result = number_of(state, "format") == WF_SNAPSHOT_FORMAT && jv_get_kind(values) == JV_KIND_ARRAY ? 0 : -WF_EINVAL;
  if (result == 0) {
    struct wf_identity own = *identity;
    jv_copy(own.actor);
    jv_copy(own.trigger_data);
    struct wf_run *run = wf_run_new(&own);
    run->is_new = false;
    result = get_run(run, state, values);
    wf_snapshot_taken(run, size);
    if (result == 0)
      *ret_run = run;
    else
      wf_run_free(run);
  }
  jv_free(values);
  jv_free(state);
  return result;
}
