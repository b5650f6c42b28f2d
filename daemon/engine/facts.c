// SPDX-License-Identifier: Apache-2.0
#include "engine/facts.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "engine/measure.h"

enum fact_kind { TEXT, COUNT, FLAG, INSTANT, SPAN, VALUE };

struct fact {
  const char *name;
  enum fact_kind kind;
  size_t offset;
  const char *problem; // when it is of another kind
};

static const struct fact table[] = {
#define ROW(name, kind) {#name, kind, offsetof(struct wf_facts, name), "`" #name "` is not of its kind"},
#define TEXT(name) ROW(name, TEXT)
#define COUNT(name) ROW(name, COUNT)
#define FLAG(name) ROW(name, FLAG)
#define INSTANT(name) ROW(name, INSTANT)
#define SPAN(name) ROW(name, SPAN)
#define VALUE(name) ROW(name, VALUE)
    WF_FACTS(TEXT, COUNT, FLAG, INSTANT, SPAN, VALUE)
#undef TEXT
#undef COUNT
#undef FLAG
#undef INSTANT
#undef SPAN
#undef VALUE
};

enum { FACT_COUNT = sizeof table / sizeof *table };

// The field of a fact; the table's kind says its type.
#define FIELD(type, facts, fact) ((type *)((char *)(facts) + (fact)->offset))
#define CONST_FIELD(type, facts, fact) ((const type *)((const char *)(facts) + (fact)->offset))

static jv instant_text(usec_t instant) {
  char text[CLOCK_TEXT_SIZE];
  return jv_string(clock_format(instant, text));
}

// Most facts of an event are absent: find that out without asking libjq.
static bool is_absent(const struct wf_facts *facts, const struct fact *fact) {
  static const jv none;
  switch (fact->kind) {
  case TEXT: return !*CONST_FIELD(char *, facts, fact);
  case COUNT: return *CONST_FIELD(int32_t, facts, fact) == 0;
  case FLAG: return !*CONST_FIELD(bool, facts, fact);
  case INSTANT:
  case SPAN: return *CONST_FIELD(usec_t, facts, fact) == 0;
  case VALUE: {
    const jv *value = CONST_FIELD(jv, facts, fact);
    return memcmp(value, &none, sizeof none) == 0 || !jv_is_valid(*value);
  }
  }
  return true;
}

static jv fact_value(const struct wf_facts *facts, const struct fact *fact) {
  switch (fact->kind) {
  case TEXT: return jv_string(*CONST_FIELD(char *, facts, fact));
  case COUNT: return jv_number(*CONST_FIELD(int32_t, facts, fact));
  case FLAG: return jv_true();
  case INSTANT: return instant_text(*CONST_FIELD(usec_t, facts, fact));
  case SPAN: return jv_number((double)*CONST_FIELD(usec_t, facts, fact) / (double)USEC_PER_SEC);
  case VALUE: return jv_copy(*CONST_FIELD(jv, facts, fact));
  }
  return jv_null();
}

jv wf_facts_write(const struct wf_facts *facts) {
  jv data = jv_invalid();
  for (int i = 0; i < FACT_COUNT; i++) {
    if (is_absent(facts, &table[i])) continue;
    if (!jv_is_valid(data)) data = jv_object();
    data = jv_object_set(data, jv_string(table[i].name), fact_value(facts, &table[i]));
  }
  return data;
}

size_t wf_facts_bytes(const struct wf_facts *facts, size_t max) {
  enum { BASE = 100 };
  size_t bytes = BASE;
  for (int i = 0; i < FACT_COUNT; i++)
    if (table[i].kind == VALUE && !is_absent(facts, &table[i])) bytes += wf_value_size(*CONST_FIELD(jv, facts, &table[i]), max);
  return bytes;
}

// Numbers of JSON are doubles: only what an integer can hold is converted.
static bool number_within(jv value, double max) {
  return jv_get_kind(value) == JV_KIND_NUMBER && jv_number_value(value) >= 0 && jv_number_value(value) <= max;
}

// `value` stays alive through the object it was taken from. False when it is of another kind.
static bool fact_set(struct wf_facts *facts, const struct fact *fact, jv value) {
  enum { COUNT_MAX = 1000000000 };
  jv_kind kind = jv_get_kind(value);
  switch (fact->kind) {
  case TEXT:
    if (kind != JV_KIND_STRING) return false;
    *FIELD(const char *, facts, fact) = jv_string_value(value);
    return true;
  case COUNT:
    if (!number_within(value, COUNT_MAX) || !jv_is_integer(jv_copy(value))) return false;
    *FIELD(int32_t, facts, fact) = (int32_t)jv_number_value(value);
    return true;
  case FLAG:
    *FIELD(bool, facts, fact) = kind == JV_KIND_TRUE;
    return kind == JV_KIND_TRUE || kind == JV_KIND_FALSE;
  case INSTANT: {
    const char *text = kind == JV_KIND_STRING ? jv_string_value(value) : "";
    return clock_parse(text, strlen(text), FIELD(usec_t, facts, fact)) == 0;
  }
  case SPAN:
    if (!number_within(value, (double)(WF_FACT_SPAN_MAX / USEC_PER_SEC))) return false;
    *FIELD(usec_t, facts, fact) = llround(jv_number_value(value) * (double)USEC_PER_SEC);
    return true;
  case VALUE: *FIELD(jv, facts, fact) = value; return true;
  }
  return true;
}

static const struct fact *fact_find(const char *name) {
  for (int i = 0; i < FACT_COUNT; i++)
    if (strcmp(name, table[i].name) == 0) return &table[i];
  return NULL;
}

int wf_facts_read(jv data, struct wf_facts *ret_facts, const char **ret_problem) {
  struct wf_facts facts = WF_NO_FACTS;
  const char *problem = NULL;
  jv_kind kind = jv_get_kind(data);
  if (kind != JV_KIND_OBJECT && (kind != JV_KIND_INVALID || jv_invalid_has_msg(jv_copy(data)))) problem = "its data is no object";
  for (int at = kind == JV_KIND_OBJECT ? jv_object_iter(data) : -2; kind == JV_KIND_OBJECT && jv_object_iter_valid(data, at);
       at = jv_object_iter_next(data, at)) {
    jv key = jv_object_iter_key(data, at), value = jv_object_iter_value(data, at);
    const struct fact *fact = fact_find(jv_string_value(key));
    if (fact && !fact_set(&facts, fact, value)) problem = fact->problem;
    jv_free(key);
    jv_free(value);
  }
  if (problem) {
    *ret_problem = problem;
    return -WF_EINVAL;
  }
  *ret_facts = facts;
  return 0;
}
