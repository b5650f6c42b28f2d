// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_start.h"

#include <stdlib.h>
#include <string.h>

#include "ctl/rehearse_why.h"
#include "engine/measure.h"
#include "engine/member.h"
#include "engine/strategy.h"

struct judge {
  const struct wf_definition *definition;
  const struct wf_evaluator *evaluator;
  usec_t now;
};

// A condition that fails is one that does not hold.
static bool evaluate(void *context, const struct wf_expr *expr, jv dot, jv *ret_value) {
  const struct judge *judge = context;
  if (expr->index < 0) {
    *ret_value = jv_copy(expr->constant);
    return true;
  }
  jv variables = jv_object_set(jv_object(), jv_string("now"), jv_number((double)judge->now / (double)USEC_PER_SEC));
  char *error;
  if (wf_expr_evaluate(judge->definition, expr, judge->evaluator, jv_copy(dot), variables, ret_value, &error) == 0) return true;
  free(error);
  return false;
}

static jv expects_of(const struct wf_event_filter *filter, struct judge *judge) {
  jv expects = jv_object();
  for (int i = 0; i < filter->correlation_count; i++) {
    jv value;
    const struct wf_expr *expect = filter->correlations[i].expect;
    if (!expect) continue;
    if (!evaluate(judge, expect, jv_null(), &value)) value = jv_null();
    expects = jv_object_set(expects, jv_string(filter->correlations[i].name), value);
  }
  return expects;
}

struct search {
  struct judge judge;
  const struct wf_event_strategy *strategy;
  bool *filled; // by filter: it had its event
  jv keys;      // of correlations, by name
};

// Whether the event is one of those wanted; then its filter is filled.
static bool take(struct search *search, jv event) {
  const struct wf_match rules = {evaluate, &search->judge};
  if (search->strategy->count == 0) return true; // `any: []`
  for (int i = 0; i < search->strategy->count; i++) {
    if (search->filled[i]) continue;
    const struct wf_event_filter *filter = &search->strategy->filters[i];
    jv expects = expects_of(filter, &search->judge), keys;
    const char *why = wf_filter_mismatch(filter, event, expects, search->keys, &rules, &keys);
    jv_free(expects);
    if (why) continue;
    jv_free(search->keys);
    search->keys = keys;
    search->filled[i] = true;
    return true;
  }
  return false;
}

static bool is_complete(const struct search *search) {
  int filled = 0;
  for (int i = 0; i < search->strategy->count; i++) filled += search->filled[i];
  return search->strategy->kind == WF_STRATEGY_ALL ? filled == search->strategy->count : filled > 0 || search->strategy->count == 0;
}

// The events up to those of `until`, which are not among them.
static bool find_until(struct search *search, const struct wf_event_strategy *end, struct rehearse_events *events, struct rehearse_start *found) {
  struct search closing = {search->judge, end, xcalloc((size_t)end->count + 1, sizeof(bool)), jv_object()};
  bool is_found = false;
  for (size_t i = 0; i < events->arrivals.count && !is_found; i++) {
    struct rehearse_arrival *arrival = &events->arrivals.items[i];
    bool is_begun = jv_array_length(jv_copy(found->input)) > 0, is_end = is_begun && take(&closing, arrival->event);
    if (!is_end) {
      memset(search->filled, 0, (size_t)search->strategy->count);
      if (!take(search, arrival->event)) continue;
      found->input = jv_array_append(found->input, jv_copy(arrival->event));
    }
    if (arrival->is_timed && arrival->at > found->at) found->at = arrival->at;
    arrival->is_taken = true;
    is_found = is_end && is_complete(&closing);
  }
  jv_free(closing.keys);
  free(closing.filled);
  return is_found;
}

// The events up to the one with which the condition holds.
static bool find_holding(struct search *search, struct rehearse_events *events, struct rehearse_start *found) {
  bool is_found = false;
  for (size_t i = 0; i < events->arrivals.count && !is_found; i++) {
    struct rehearse_arrival *arrival = &events->arrivals.items[i];
    jv value;
    memset(search->filled, 0, (size_t)search->strategy->count);
    if (!take(search, arrival->event)) continue;
    found->input = jv_array_append(found->input, jv_copy(arrival->event));
    if (arrival->is_timed && arrival->at > found->at) found->at = arrival->at;
    arrival->is_taken = true;
    if (!evaluate(&search->judge, search->strategy->until, found->input, &value)) continue;
    is_found = wf_value_holds(value);
    jv_free(value);
  }
  return is_found;
}

bool rehearse_start_find(const struct wf_definition *definition, const struct wf_evaluator *evaluator,
                         struct rehearse_events *events, usec_t start, struct rehearse_start *ret_start) {
  const struct wf_event_strategy *strategy = wf_definition_trigger(definition);
  if (!strategy) return false;
  struct search search = {{definition, evaluator, start}, strategy, xcalloc((size_t)strategy->count + 1, sizeof(bool)), jv_object()};
  struct rehearse_start found = {jv_array(), start};
  bool goes_on = strategy->until || strategy->until_events;
  bool is_found = strategy->until ? find_holding(&search, events, &found) : goes_on && find_until(&search, strategy->until_events, events, &found);
  for (size_t i = 0; i < events->arrivals.count && !is_found && !goes_on; i++) {
    struct rehearse_arrival *arrival = &events->arrivals.items[i];
    if (!take(&search, arrival->event)) continue;
    found.input = jv_array_append(found.input, jv_copy(arrival->event));
    if (arrival->is_timed && arrival->at > found.at) found.at = arrival->at;
    arrival->is_taken = true;
    is_found = is_complete(&search);
  }
  jv_free(search.keys);
  free(search.filled);
  if (is_found)
    *ret_start = found;
  else
    jv_free(found.input);
  return is_found;
}

// NULL: a filter wants the event. Of several reasons that of a filter whose type it has.
static const char *reason_of(const struct wf_event_strategy *strategy, struct judge *judge, jv event) {
  const struct wf_match rules = {evaluate, judge};
  const char *reason = NULL;
  for (int i = 0; i < strategy->count; i++) {
    jv expects = expects_of(&strategy->filters[i], judge), none = jv_object(), keys;
    const char *why = wf_filter_mismatch(&strategy->filters[i], event, expects, none, &rules, &keys);
    jv_free(expects);
    jv_free(none);
    if (!why) {
      jv_free(keys);
      return NULL;
    }
    if (!reason || strcmp(reason, "type") == 0) reason = why;
  }
  return reason;
}

jv rehearse_start_rejected(const struct wf_definition *definition, const struct wf_evaluator *evaluator,
                           const struct rehearse_events *events, usec_t start) {
  const struct wf_event_strategy *strategy = wf_definition_trigger(definition);
  struct judge judge = {definition, evaluator, start};
  jv list = jv_array(), expects = jv_array();
  for (int i = 0; i < strategy->count; i++) expects = jv_array_append(expects, expects_of(&strategy->filters[i], &judge));
  vec_foreach(arrival, &events->arrivals) {
    const char *reason = reason_of(strategy, &judge, arrival->event);
    bool is_end = strategy->until_events && !reason_of(strategy->until_events, &judge, arrival->event);
    if (!reason || is_end) continue;
    struct rehearse_why why = {strategy, reason, arrival->event, expects, jv_null()};
    jv id = wf_member(arrival->event, "id"), source = wf_member(arrival->event, "source");
    list = jv_array_append(list, rehearse_why_say(&why, id, source, wf_member(arrival->event, "type")));
  }
  jv_free(expects);
  return list;
}
