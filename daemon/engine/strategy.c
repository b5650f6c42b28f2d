// SPDX-License-Identifier: Apache-2.0
#include "engine/strategy.h"

#include <string.h>

#include "engine/measure.h"

static jv member(jv object, const char *name) {
  if (jv_get_kind(object) != JV_KIND_OBJECT) return jv_invalid();
  return jv_object_get(jv_copy(object), jv_string(name));
}

static bool is_scalar(jv value) {
  jv_kind kind = jv_get_kind(value);
  return kind == JV_KIND_STRING || kind == JV_KIND_NUMBER || kind == JV_KIND_TRUE || kind == JV_KIND_FALSE;
}

static jv text_of_scalar(jv value) {
  return jv_get_kind(value) == JV_KIND_STRING ? jv_copy(value) : jv_dump_string(jv_copy(value), 0);
}

bool wf_correlation_equal(jv a, jv b) {
  if (!is_scalar(a) || !is_scalar(b)) return wf_value_equal(a, b);
  return jv_equal(text_of_scalar(a), text_of_scalar(b));
}

// Objects by their members, so that an event may hold more than was asked for.
static bool has_parts(jv value, jv wanted) {
  if (jv_get_kind(wanted) != JV_KIND_OBJECT || jv_get_kind(value) != JV_KIND_OBJECT) return wf_value_equal(value, wanted);
  bool has = true;
  jv_object_foreach(wanted, key, part) {
    jv own = jv_object_get(jv_copy(value), jv_copy(key));
    if (has) has = jv_is_valid(own) && has_parts(own, part);
    jv_free(own);
    jv_free(key);
    jv_free(part);
  }
  return has;
}

static bool attribute_matches(const struct wf_event_attribute *attribute, jv value, const struct wf_match *match,
                              const char **ret_why) {
  jv wanted;
  bool matches;
  *ret_why = attribute->name;
  if (!jv_is_valid(value)) return false;
  if (attribute->text) {
    jv text = jv_string(attribute->text);
    matches = wf_correlation_equal(value, text);
    jv_free(text);
    return matches;
  }
  if (!match->evaluate(match->context, attribute->expr, value, &wanted)) {
    *ret_why = "expression_failed";
    return false;
  }
  bool is_verdict = attribute->expr->index >= 0 && jv_get_kind(wanted) == JV_KIND_TRUE;
  matches = is_verdict || wf_correlation_equal(value, wanted);
  jv_free(wanted);
  return matches;
}

static const char *data_mismatch(const struct wf_event_filter *filter, jv event, const struct wf_match *match) {
  jv data = member(event, "data"), wanted;
  if (!jv_is_valid(data)) {
    jv_free(data);
    data = jv_null();
  }
  const char *why = "expression_failed";
  if (match->evaluate(match->context, filter->data, data, &wanted)) {
    // A condition says yes or no; anything else is what the data must be.
    jv_kind kind = jv_get_kind(wanted);
    bool is_verdict = filter->data_is_condition && (kind == JV_KIND_TRUE || kind == JV_KIND_FALSE || kind == JV_KIND_NULL);
    bool matches = is_verdict ? kind == JV_KIND_TRUE : has_parts(data, wanted);
    why = matches ? NULL : "data";
    jv_free(wanted);
  }
  jv_free(data);
  return why;
}

// Adds what the event gives to `keys`.
static const char *correlation_mismatch(const struct wf_correlation *correlation, jv event, jv expects, jv *keys,
                                        const struct wf_match *match) {
  jv value;
  if (!match->evaluate(match->context, correlation->from, event, &value)) return "expression_failed";
  if (jv_get_kind(value) == JV_KIND_NULL) {
    jv_free(value);
    return "uncorrelated";
  }
  jv expected = correlation->expect ? member(expects, correlation->name) : jv_invalid();
  if (!jv_is_valid(expected)) {
    jv_free(expected);
    expected = member(*keys, correlation->name);
  }
  bool matches = !jv_is_valid(expected) || wf_correlation_equal(value, expected);
  jv_free(expected);
  if (matches)
    *keys = jv_object_set(*keys, jv_string(correlation->name), value);
  else
    jv_free(value);
  return matches ? NULL : "correlation";
}

const char *wf_filter_mismatch(const struct wf_event_filter *filter, jv event, jv expects, jv keys,
                               const struct wf_match *match, jv *ret_keys) {
  const char *why = NULL;
  for (int i = 0; i < filter->attribute_count && !why; i++) {
    const struct wf_event_attribute *attribute = &filter->attributes[i];
    const char *reason;
    jv value = member(event, attribute->name);
    if (!attribute_matches(attribute, value, match, &reason)) why = reason;
    jv_free(value);
  }
  if (!why && filter->data) why = data_mismatch(filter, event, match);
  jv found = jv_is_valid(keys) ? jv_copy(keys) : jv_object();
  for (int i = 0; i < filter->correlation_count && !why; i++)
    why = correlation_mismatch(&filter->correlations[i], event, expects, &found, match);
  if (why)
    jv_free(found);
  else
    *ret_keys = found;
  return why;
}

jv wf_event_read(jv event, enum wf_read read) {
  if (read == WF_READ_ENVELOPE) return jv_copy(event);
  jv binary = member(event, "data_base64");
  if (jv_is_valid(binary)) return binary;
  jv_free(binary);
  jv data = member(event, "data");
  if (!jv_is_valid(data)) {
    jv_free(data);
    return jv_null();
  }
  return read == WF_READ_RAW && jv_get_kind(data) != JV_KIND_STRING ? jv_dump_string(data, 0) : data;
}
