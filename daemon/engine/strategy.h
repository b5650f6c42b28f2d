// SPDX-License-Identifier: Apache-2.0
// Which events a `listen` or a `schedule.on` wants (dsl-reference.md, "Event Consumption
// Strategy"), and whether one matches. An event is a CloudEvent as one JSON object, its
// attributes and `data`. Pure, as the engine is.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "engine/definition.h"

// What one attribute must be. A text without the signs of regular expressions is exact;
// one with them is a pattern for the whole attribute unless it begins with `^` or ends with `$`, or itself.
struct wf_event_attribute {
  const char *name;
  const char *text;           // exact; NULL = by `expr`
  const struct wf_expr *expr; // with the attribute as `.`: true, or the value that it must have
};

struct wf_correlation {
  const char *name;
  const struct wf_expr *from;   // with the event as `.`
  const struct wf_expr *expect; // with the task's input as `.`; NULL = what the first event gave
  const char *const *path;      // of a `from` that only names members: these; else NULL
  int path_count;
};

// A member of the event that must have a value which is known when the listening begins.
struct wf_fixed {
  const char *name; // "data", or the attribute
  const char *const *path;
  int path_count;
  const struct wf_expr *value; // with nothing as `.`; what it gives may be no plain text or number: then it says nothing
  bool of_context;             // it is so only as long as $context is
};

struct wf_event_filter {
  const char *type, *source, *subject; // exact, among `attributes` too; NULL = not said, or not exact
  const struct wf_event_attribute *attributes;
  int attribute_count;
  const struct wf_expr *data; // a condition over the data, or a value whose members it must have; NULL = any
  bool data_is_condition;
  const struct wf_correlation *correlations;
  int correlation_count;
  // Of a listen; never all that the filter asks, and nothing that it does not (load_fixed.c).
  const struct wf_fixed *fixed;
  int fixed_count;
};

enum wf_strategy_kind { WF_STRATEGY_ONE, WF_STRATEGY_ANY, WF_STRATEGY_ALL };

struct wf_event_strategy {
  enum wf_strategy_kind kind;
  const struct wf_event_filter *filters; // none: every event (`any: []`)
  int count;
  // Of `any`; all NULL: one event is enough.
  const struct wf_expr *until; // a condition over the events so far: of a `listen` as it reads them, of a `schedule.on` whole
  bool is_endless;             // `until` is the constant false
  const struct wf_event_strategy *until_events;
};

// Whether the text of an attribute has the signs of a pattern.
bool wf_event_has_pattern(const char *text);

enum wf_read { WF_READ_DATA, WF_READ_ENVELOPE, WF_READ_RAW };

struct wf_listen {
  struct wf_event_strategy to;
  enum wf_read read;
  // foreach:
  bool has_foreach;
  const char *item, *at; // names; default "item", "index"
  struct wf_task_list list; // count 0 = none
  struct wf_data_flow data; // output_as, export_as
};

// ---- whether an event matches ------------------------------------------------

// How expressions are evaluated where the match is made: borrows `dot`, returns whether it
// could, and an owned value.
struct wf_match {
  bool (*evaluate)(void *context, const struct wf_expr *expr, jv dot, jv *ret_value);
  void *context;
};

// Why an event does not match, as a machine word: "type", "source", … the attribute, "data",
// "correlation" (another value), "uncorrelated" (the event gives none), "expression_failed".
// Static, or the definition's; NULL = it matches. `expects`: an object, what `expect` gave by
// name, or invalid; `keys`: an object, what events before gave by name. Both borrowed. On a
// match *ret_keys is `keys` with what this event gave; owned.
const char *wf_filter_mismatch(const struct wf_event_filter *filter, jv event, jv expects, jv keys,
                               const struct wf_match *match, jv *ret_keys);

// Whether two values of a correlation are one: equal, or a number or truth value and its text.
bool wf_correlation_equal(jv a, jv b);

// What a listener gets of an event; borrows it.
jv wf_event_read(jv event, enum wf_read read);
