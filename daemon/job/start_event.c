// SPDX-License-Identifier: Apache-2.0
#include "job/start_event.h"

#include <stdlib.h>
#include <string.h>

#include "engine/member.h"
#include "engine/strategy.h"
#include "job/job_internal.h"

static jv text_value(struct text text) { return jv_string_sized(text.data, (int)text.size); }

static jv with_text(jv object, const char *name, struct text text) {
  return text.data ? jv_object_set(object, jv_string(name), text_value(text)) : object;
}

// The attributes are CloudEvents' (specification 1.0, "Context Attributes").
jv start_event_whole(const struct trigger_event *event) {
  jv object = event->attributes.data ? jv_parse_sized(event->attributes.data, (int)event->attributes.size) : jv_object();
  object = jv_object_set(object, jv_string("specversion"), jv_string("1.0"));
  object = with_text(object, "id", event->id);
  object = with_text(object, "source", event->source_name);
  object = with_text(object, "type", event->type);
  object = with_text(object, "subject", event->subject);
  if (event->time) {
    char time[CLOCK_TEXT_SIZE];
    object = jv_object_set(object, jv_string("time"), jv_string(clock_format(event->time, time)));
  }
  jv data = event->data.data ? jv_parse_sized(event->data.data, (int)event->data.size) : jv_object();
  return jv_object_set(object, jv_string("data"), data);
}

struct text start_event_input(struct lane *lane, const struct trigger_event *event) {
  jv array = jv_dump_string(jv_array_append(jv_array(), start_event_whole(event)), 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(array));
  struct text text = {arena_strndup(lane->batch.arena, jv_string_value(array), size), size};
  jv_free(array);
  return text;
}

bool start_event_evaluate(void *context, const struct wf_expr *expr, jv dot, jv *ret_value) {
  const struct start_event_judge *judge = context;
  const struct job *job = judge->lane->job;
  if (expr->index < 0) {
    *ret_value = jv_copy(expr->constant);
    return true;
  }
  jv variables = jv_object_set(jv_object(), jv_string("now"), jv_number((double)job_clock(job) / (double)USEC_PER_SEC));
  char *error;
  if (wf_expr_evaluate(judge->definition, expr, job->evaluator, jv_copy(dot), variables, ret_value, &error) == 0) return true;
  free(error);
  return false;
}

// A value that cannot be had is null, which no event gives.
static jv expects_of(const struct wf_event_filter *filter, struct start_event_judge *judge) {
  jv expects = jv_object();
  for (int i = 0; i < filter->correlation_count; i++) {
    jv value, nothing = jv_null();
    const struct wf_expr *expect = filter->correlations[i].expect;
    if (!expect) continue;
    if (!start_event_evaluate(judge, expect, nothing, &value)) value = jv_null();
    expects = jv_object_set(expects, jv_string(filter->correlations[i].name), value);
  }
  return expects;
}

// What is known without looking at the event as a whole, which most workflows do not want.
static bool may_match(const struct wf_event_filter *filter, const struct trigger_event *event) {
  return (!filter->type || text_equal(text_of(filter->type), event->type)) &&
         (!filter->source || text_equal(text_of(filter->source), event->source_name)) &&
         (!filter->subject || text_equal(text_of(filter->subject), event->subject));
}

// On a match *ret_keys is what its correlations gave; owned.
static bool filter_matches(const struct lane *lane, const struct registry_entry *entry, const struct wf_event_filter *filter, jv event, jv *ret_keys) {
  struct start_event_judge judge = {lane, entry->definition};
  const struct wf_match rules = {start_event_evaluate, &judge};
  jv none = jv_invalid(), expects = expects_of(filter, &judge);
  bool matches = !wf_filter_mismatch(filter, event, expects, none, &rules, ret_keys);
  jv_free(expects);
  return matches;
}

static struct text kept(struct lane *lane, jv value) {
  jv text = jv_dump_string(value, 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(text));
  struct text own = {arena_strndup(lane->batch.arena, jv_string_value(text), size), size};
  jv_free(text);
  return own;
}

static bool has_correlation(const struct wf_event_filter *filter, const char *name) {
  for (int i = 0; i < filter->correlation_count; i++)
    if (strcmp(filter->correlations[i].name, name) == 0) return true;
  return false;
}

// By what is the same in all filters an event finds the others of its set; a number is its text.
static struct text shared_values(struct lane *lane, const struct wf_event_strategy *strategy, jv keys) {
  jv values = jv_array();
  for (int c = 0; strategy->count > 0 && c < strategy->filters[0].correlation_count; c++) {
    const char *name = strategy->filters[0].correlations[c].name;
    bool is_shared = true;
    for (int i = 1; i < strategy->count; i++) is_shared = is_shared && has_correlation(&strategy->filters[i], name);
    if (!is_shared) continue;
    jv value = wf_member(keys, name);
    values = jv_array_append(values, jv_get_kind(value) == JV_KIND_STRING ? value : jv_dump_string(value, 0));
  }
  return kept(lane, values);
}

// Of one that starts on all of several: which of them this may be.
static void gather(struct lane *lane, struct work *work, const struct registry_entry *entry, const struct wf_event_strategy *strategy, jv *whole) {
  struct work_gather *all = arena_alloc(lane->batch.arena, (work->gather_count + (size_t)strategy->count) * sizeof *all);
  if (work->gather_count) memcpy(all, work->gathers, work->gather_count * sizeof *all);
  for (int i = 0; i < strategy->count; i++) {
    jv keys;
    if (!may_match(&strategy->filters[i], &work->trigger)) continue;
    if (!jv_is_valid(*whole)) *whole = start_event_whole(&work->trigger);
    if (!filter_matches(lane, entry, &strategy->filters[i], *whole, &keys)) continue;
    struct text shared = shared_values(lane, strategy, keys);
    all[work->gather_count++] = (struct work_gather){.entry = entry, .filter_no = i + 1, .filter_count = strategy->count, .keys = kept(lane, keys), .shared = shared};
  }
  work->gathers = all;
}

static void add_gather(struct lane *lane, struct work *work, struct work_gather gather) {
  struct work_gather *all = arena_alloc(lane->batch.arena, (work->gather_count + 1) * sizeof *all);
  if (work->gather_count) memcpy(all, work->gathers, work->gather_count * sizeof *all);
  all[work->gather_count++] = gather;
  work->gathers = all;
}

// Notes the filters of a strategy that the event matches, by number from `first` on; one that
// wants a single event, or any, has one number. Whether there are some.
static bool add_matches(struct lane *lane, struct work *work, const struct registry_entry *entry, const struct wf_event_strategy *strategy,
                        int first, int count, jv *whole) {
  bool is_all = strategy->kind == WF_STRATEGY_ALL, found = false;
  if (!is_all && strategy->count == 0) { // `any: []`
    add_gather(lane, work, (struct work_gather){.entry = entry, .filter_no = first, .filter_count = count, .keys = kept(lane, jv_object())});
    return true;
  }
  for (int i = 0; i < strategy->count && (is_all || !found); i++) {
    jv keys;
    if (!may_match(&strategy->filters[i], &work->trigger)) continue;
    if (!jv_is_valid(*whole)) *whole = start_event_whole(&work->trigger);
    if (!filter_matches(lane, entry, &strategy->filters[i], *whole, &keys)) continue;
    add_gather(lane, work, (struct work_gather){.entry = entry, .filter_no = is_all ? first - i : first, .filter_count = count, .keys = kept(lane, keys)});
    found = true;
  }
  return found;
}

// Of one that starts on any until a condition holds: that it is one more. Until the constant
// false: as many as there may be, and nobody need ask.
static void gather_asking(struct lane *lane, struct work *work, const struct registry_entry *entry, const struct wf_event_strategy *strategy, jv *whole) {
  size_t before = work->gather_count;
  if (!add_matches(lane, work, entry, strategy, 0, 0, whole) || strategy->is_endless) return;
  struct work_gather *own = &work->gathers[before];
  jv keys = jv_parse_sized(own->keys.data, (int)own->keys.size);
  own->asks = true;
  own->shared = shared_values(lane, strategy, keys);
  jv_free(keys);
}

// Of one that starts on any until other events: whether it is one of those, else one more.
static void gather_until(struct lane *lane, struct work *work, const struct registry_entry *entry, const struct wf_event_strategy *strategy, jv *whole) {
  const struct wf_event_strategy *end = strategy->until_events;
  if (!add_matches(lane, work, entry, end, -1, end->kind == WF_STRATEGY_ALL ? end->count : 1, whole))
    add_matches(lane, work, entry, strategy, 0, 0, whole);
}

// `*whole` is made when it is needed.
static bool matches(struct lane *lane, struct work *work, const struct registry_entry *entry, jv *whole) {
  const struct trigger_event *event = &work->trigger;
  if (!entry->active || !entry->definition) return false;
  const struct wf_event_strategy *strategy = wf_definition_trigger(entry->definition);
  if (strategy && strategy->kind == WF_STRATEGY_ALL) {
    gather(lane, work, entry, strategy, whole);
    return false;
  }
  if (strategy && strategy->until_events) {
    gather_until(lane, work, entry, strategy, whole);
    return false;
  }
  if (strategy && strategy->until) {
    gather_asking(lane, work, entry, strategy, whole);
    return false;
  }
  if (strategy && strategy->count == 0) return true; // `any: []`
  for (int i = 0; strategy && i < strategy->count; i++) {
    if (!may_match(&strategy->filters[i], event)) continue;
    if (!jv_is_valid(*whole)) *whole = start_event_whole(event);
    jv keys;
    if (!filter_matches(lane, entry, &strategy->filters[i], *whole, &keys)) continue;
    jv_free(keys);
    return true;
  }
  return false;
}

void start_event_match(struct lane *lane, struct work *work) {
  const struct registry_entry **entries;
  size_t count = registry_starts(lane->job->registry, work->trigger.type, lane->batch.arena, &entries);
  work->starts = arena_alloc0(lane->batch.arena, (count + 1) * sizeof *work->starts);
  jv whole = jv_invalid();
  for (size_t i = 0; i < count && work->start_count < UUID_ORDINAL_RECORD_MAX; i++)
    if (matches(lane, work, entries[i], &whole)) work->starts[work->start_count++].entry = entries[i];
  jv_free(whole);
  work->event_data = work->trigger.data;
  if (work->start_count) work->trigger.data = start_event_input(lane, &work->trigger);
}

// What SQL has put together: {definition, id, tenant, events}.
void start_event_gathered(struct lane *lane, struct work *work) {
  const struct record *record = &work->item->record;
  struct arena *arena = lane->batch.arena;
  jv payload = jv_parse_sized(record->value, (int)record->value_size);
  const struct registry_entry *entry = registry_by_id(lane->job->registry, (int32_t)wf_member_number(payload, "definition", 0));
  work->trigger = (struct trigger_event){.id = text_of(wf_member_kept(payload, "id", arena)),
                                         .tenant = text_of(wf_member_kept(payload, "tenant", arena)),
                                         .data = kept(lane, wf_member(payload, "events"))};
  jv_free(payload);
  if (entry && entry->definition) {
    work->kind = WORK_TRIGGER;
    work->starts = arena_alloc0(lane->batch.arena, sizeof *work->starts);
    work->starts[work->start_count++].entry = entry;
  } else {
    work->refusal = (struct refusal){"definition_unavailable", "the workflow that starts on these events does not load here", work->trigger.tenant, work->trigger.id};
  }
}
