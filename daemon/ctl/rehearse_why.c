// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_why.h"

#include <stdbool.h>

enum { QUOTED_MAX = 100 };

static jv member(jv object, const char *name) {
  if (jv_get_kind(object) != JV_KIND_OBJECT) return jv_invalid();
  return jv_object_get(jv_copy(object), jv_string(name));
}

// Takes the value.
static void put_value(jv value, struct buf *out) {
  if (!jv_is_valid(value)) {
    jv_free(value);
    buf_puts(out, "not there");
    return;
  }
  jv text = jv_dump_string(value, 0);
  int size = jv_string_length_bytes(jv_copy(text));
  buf_printf(out, "%.*s%s", QUOTED_MAX, jv_string_value(text), size > QUOTED_MAX ? "..." : "");
  jv_free(text);
}

// The filters of a strategy and then those of its `until`; NULL behind the last.
static const struct wf_event_filter *filter_at(const struct wf_event_strategy *strategy, int index) {
  const struct wf_event_strategy *until = strategy->until_events;
  if (index < strategy->count) return &strategy->filters[index];
  index -= strategy->count;
  return until && index < until->count ? &until->filters[index] : NULL;
}

static void put_attribute(const struct rehearse_why *why, struct buf *out) {
  const struct wf_event_filter *filter;
  int count = 0;
  buf_printf(out, "`%s` is ", why->reason);
  put_value(member(why->event, why->reason), out);
  for (int i = 0; (filter = filter_at(why->strategy, i)); i++)
    for (int k = 0; k < filter->attribute_count; k++) {
      const struct wf_event_attribute *attribute = &filter->attributes[k];
      if (strcmp(attribute->name, why->reason) != 0) continue;
      buf_puts(out, count++ ? " or " : ": expected ");
      if (attribute->text)
        buf_printf(out, "\"%s\"", attribute->text);
      else
        buf_puts(out, "what the filter's pattern or expression takes");
    }
}

// What a correlation finds in an event, where it only names members; else invalid.
static jv found_by(const struct wf_correlation *correlation, jv event) {
  if (!correlation->path) return jv_invalid();
  jv value = jv_copy(event);
  for (int i = 0; i < correlation->path_count; i++) {
    jv next = member(value, correlation->path[i]);
    jv_free(value);
    value = next;
  }
  return value;
}

static jv expected_by(const struct rehearse_why *why, int filter, const char *name) {
  jv own = jv_get_kind(why->expects) == JV_KIND_ARRAY ? jv_array_get(jv_copy(why->expects), filter) : jv_invalid();
  jv value = member(own, name);
  jv_free(own);
  if (jv_is_valid(value)) return value;
  jv_free(value);
  return member(why->keys, name);
}

// The first correlation for which the event has another value than it should.
static bool put_other_value(const struct rehearse_why *why, struct buf *out) {
  const struct wf_event_filter *filter;
  for (int i = 0; (filter = filter_at(why->strategy, i)); i++)
    for (int k = 0; k < filter->correlation_count; k++) {
      const char *name = filter->correlations[k].name;
      jv found = found_by(&filter->correlations[k], why->event), expected = expected_by(why, i, name);
      bool is_other = jv_is_valid(found) && jv_is_valid(expected) && !wf_correlation_equal(found, expected);
      if (is_other) {
        buf_printf(out, "`correlate.%s` gives ", name);
        put_value(jv_copy(found), out);
        buf_puts(out, ": expected ");
        put_value(jv_copy(expected), out);
      }
      jv_free(found);
      jv_free(expected);
      if (is_other) return true;
    }
  return false;
}

void rehearse_why_put(const struct rehearse_why *why, struct buf *out) {
  static const struct {
    const char *reason, *text;
  } WORDS[] = {{"uncorrelated", "it has no value for a correlation's `from`"},
               {"expression_failed", "an expression of the filter fails on it"},
               {"had_already", "what it matches has had its event"},
               {"consumed_already", "it was heard before"},
               {"started_the_run", "it started the run"},
               {"correlation", "a correlation gives another value than is expected"}};
  if (strcmp(why->reason, "correlation") == 0 && put_other_value(why, out)) return;
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
    if (strcmp(why->reason, WORDS[i].reason) != 0) continue;
    buf_puts(out, WORDS[i].text);
    return;
  }
  if (strcmp(why->reason, "data") != 0) {
    put_attribute(why, out);
    return;
  }
  buf_puts(out, "`data` is ");
  put_value(member(why->event, "data"), out);
  buf_puts(out, ": the filter wants another");
}

jv rehearse_why_say(const struct rehearse_why *why, jv id, jv source, jv type) {
  struct buf says = {0};
  rehearse_why_put(why, &says);
  jv object = jv_object_set(jv_object(), jv_string("id"), id);
  object = jv_object_set(object, jv_string("source"), source);
  object = jv_object_set(object, jv_string("type"), type);
  object = jv_object_set(object, jv_string("reason"), jv_string(why->reason));
  object = jv_object_set(object, jv_string("says"), jv_string_sized(says.data, (int)says.size));
  buf_free(&says);
  return object;
}
