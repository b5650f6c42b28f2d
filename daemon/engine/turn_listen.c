// SPDX-License-Identifier: Apache-2.0
// `listen`: asking for events, judging those that come, and what is done for each. Who hands
// events over may hand over more than match; what does not match is recorded with the reason,
// so often and no more.
#include <math.h>
#include <string.h>

#include "engine/heard.h"
#include "engine/listening.h"
#include "engine/measure.h"
#include "engine/member.h"
#include "engine/strategy.h"
#include "engine/turn.h"

// ---- expressions --------------------------------------------------------------

struct judge {
  struct wf_turn *turn;
  struct wf_view view;
};

// A filter whose expression fails is one that does not match: it must not end the run.
static bool evaluate(void *context, const struct wf_expr *expr, jv dot, jv *ret_value) {
  struct judge *judge = context;
  struct wf_raised raised;
  if (wf_turn_evaluate(judge->turn, expr, dot, &judge->view, ret_value, &raised)) return true;
  jv_free(raised.error);
  return false;
}

static struct wf_event about(const struct wf_turn *turn, const struct wf_step *step, enum wf_event_type type) {
  return (struct wf_event){.type = type, .step_no = step->step_no, .attempt = step->attempt,
                           .reference = wf_turn_task_of(turn, step)->reference};
}

// ---- beginning ----------------------------------------------------------------

// What the correlations of one filter expect, by name; *ret_expects is owned.
static bool expects_of(struct wf_turn *turn, const struct wf_event_filter *filter, const struct wf_step *step,
                       const struct wf_view *view, jv *ret_expects, struct wf_raised *ret_raised) {
  jv expects = jv_object();
  for (int i = 0; i < filter->correlation_count; i++) {
    const struct wf_correlation *correlation = &filter->correlations[i];
    jv value;
    if (!correlation->expect) continue;
    if (!wf_turn_evaluate(turn, correlation->expect, step->input, view, &value, ret_raised)) {
      jv_free(expects);
      return false;
    }
    expects = jv_object_set(expects, jv_string(correlation->name), value);
  }
  *ret_expects = expects;
  return true;
}

// One object for each filter, those of `until` behind the others.
static bool all_expects(struct wf_turn *turn, const struct wf_listen *listen, const struct wf_step *step,
                        const struct wf_view *view, jv *ret_all, struct wf_raised *ret_raised) {
  const struct wf_event_strategy *parts[] = {&listen->to, listen->to.until_events};
  jv all = jv_array();
  for (int part = 0; part < 2; part++)
    for (int i = 0; parts[part] && i < parts[part]->count; i++) {
      jv expects;
      if (!expects_of(turn, &parts[part]->filters[i], step, view, &expects, ret_raised)) {
        jv_free(all);
        return false;
      }
      all = jv_array_append(all, expects);
    }
  *ret_all = all;
  return true;
}

static jv put_text(jv object, const char *name, const char *text) {
  return text ? jv_object_set(object, jv_string(name), jv_string(text)) : object;
}

// The text that a member must read as to have this value, which it takes; invalid when that
// cannot be said.
static jv wanted_text(jv value) {
  if (jv_get_kind(value) == JV_KIND_STRING) return value;
  bool is_whole = jv_get_kind(value) == JV_KIND_NUMBER && fabs(jv_number_value(value)) < 1e15 &&
                  jv_number_value(value) == floor(jv_number_value(value));
  if (is_whole) return jv_dump_string(value, 0);
  jv_free(value);
  return jv_invalid();
}

// Adds {path, value, of} to `where` unless nothing can be said of the value, which it takes.
static jv add_condition(jv where, const char *name, const char *const *path, int count, jv value) {
  jv text = wanted_text(value), parts = jv_array();
  if (!jv_is_valid(text)) {
    jv_free(text);
    jv_free(parts);
    return where;
  }
  for (int i = 0; i < count; i++) parts = jv_array_append(parts, jv_string(path[i]));
  jv condition = jv_object_set(jv_object_set(jv_object(), jv_string("path"), parts), jv_string("value"), text);
  return jv_array_append(where, jv_object_set(condition, jv_string("of"), jv_string(name)));
}

// Another branch, or what foreach does, may change it while the task listens.
static bool is_context_fixed(const struct judge *judge) {
  const struct wf_scopes *scopes = judge->turn->run->scopes;
  for (size_t i = 0; i < scopes->count; i++)
    if (scopes->items[i].part == WF_SCOPE_FORK) return false;
  return !judge->view.task->listen->has_foreach;
}

// What the filter compares with values that are known now.
static jv add_fixed(struct judge *judge, const struct wf_event_filter *filter, jv where) {
  for (int i = 0; i < filter->fixed_count; i++) {
    const struct wf_fixed *fixed = &filter->fixed[i];
    jv value, nothing = jv_null();
    if (fixed->of_context && !is_context_fixed(judge)) continue;
    if (evaluate(judge, fixed->value, nothing, &value)) where = add_condition(where, fixed->name, fixed->path, fixed->path_count, value);
  }
  return where;
}

// What can be told of a filter before any event is there: {type, source, subject, where:
// [{path, value, of}]}.
static jv outline_filter(struct judge *judge, const struct wf_event_filter *filter, jv expects) {
  jv out = put_text(put_text(put_text(jv_object(), "type", filter->type), "source", filter->source), "subject", filter->subject);
  jv where = jv_array();
  for (int i = 0; i < filter->correlation_count; i++) {
    const struct wf_correlation *correlation = &filter->correlations[i];
    if (!correlation->path) continue;
    jv value = jv_object_get(jv_copy(expects), jv_string(correlation->name));
    where = add_condition(where, "correlation", correlation->path, correlation->path_count, value);
  }
  where = add_fixed(judge, filter, where);
  if (jv_array_length(jv_copy(where)) > 0) return jv_object_set(out, jv_string("where"), where);
  jv_free(where);
  return out;
}

static jv outline(struct judge *judge, const struct wf_listen *listen, jv all) {
  const struct wf_event_strategy *parts[] = {&listen->to, listen->to.until_events};
  jv out = jv_array();
  int index = 0;
  for (int part = 0; part < 2; part++) {
    if (!parts[part]) continue;
    if (parts[part]->count == 0) out = jv_array_append(out, jv_object()); // any event
    for (int i = 0; i < parts[part]->count; i++) {
      jv expects = jv_array_get(jv_copy(all), index++);
      out = jv_array_append(out, outline_filter(judge, &parts[part]->filters[i], expects));
      jv_free(expects);
    }
  }
  return out;
}

static bool has_members(jv all) {
  bool has = false;
  jv_array_foreach(all, i, one) {
    has = has || jv_object_length(jv_copy(one)) > 0;
    jv_free(one);
  }
  return has;
}

static void subscribe(struct wf_turn *turn, const struct wf_task *task, const struct wf_step *step, jv all) {
  const struct wf_listen *listen = task->listen;
  struct wf_facts facts = {.endless = listen->to.is_endless, .foreach = listen->has_foreach};
  if (has_members(all)) facts.expects = all;
  // In a sandbox nothing comes: the trigger said what comes of the task.
  jv items = jv_invalid();
  if (turn->run->sandbox) {
    if (jv_is_valid(turn->run->results)) items = jv_object_get(jv_copy(turn->run->results), jv_string(task->name));
    if (jv_is_valid(items) && jv_get_kind(items) != JV_KIND_ARRAY) items = jv_array_append(jv_array(), items);
    facts.items = items;
    facts.outcome = "rehearsed";
  }
  facts.last = turn->run->sandbox || (listen->to.kind == WF_STRATEGY_ALL && listen->to.count == 0);
  wf_turn_emit(turn, about(turn, step, WF_STEP_LISTENING), &facts);
  jv_free(items);
  if (facts.last) return;
  struct judge judge = {turn, wf_turn_view(turn, step)};
  wf_turn_effect(turn, (struct wf_effect){.kind = WF_EFFECT_SUBSCRIBE, .step_no = step->step_no, .subscription_no = turn->run->last_seq,
                                          .reference = task->reference, .arguments = outline(&judge, listen, all)});
}

void wf_turn_listen_again(struct wf_turn *turn, const struct wf_step *step) {
  const struct wf_task *task = wf_turn_task_of(turn, step);
  const struct wf_event_strategy *to = &task->listen->to;
  if (wf_listening_is_over(step)) return;
  jv all = wf_listening_get(step, "expects");
  if (jv_get_kind(all) != JV_KIND_ARRAY) { // nothing is expected of any
    jv_free(all);
    all = jv_array();
    for (int i = to->count + (to->until_events ? to->until_events->count : 0); i > 0; i--) all = jv_array_append(all, jv_object());
  }
  struct judge judge = {turn, wf_turn_view(turn, step)};
  wf_turn_effect(turn, (struct wf_effect){.kind = WF_EFFECT_SUBSCRIBE, .step_no = step->step_no, .subscription_no = wf_listening_no(step),
                                          .reference = task->reference, .arguments = outline(&judge, task->listen, all)});
  jv_free(all);
}

void wf_turn_listen(struct wf_turn *turn, const struct wf_task *task, struct wf_step *step) {
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_raised raised;
  jv all;
  if (!all_expects(turn, task->listen, step, &view, &all, &raised)) {
    wf_turn_raise(turn, step->step_no, raised);
    return;
  }
  subscribe(turn, task, step, all);
  jv_free(all);
}

// ---- judging what comes ---------------------------------------------------------

// What `schedule.on` has a run started with is an array of its events.
static bool started_the_run(const struct wf_run *run, const char *source, const char *id) {
  const struct wf_identity *identity = &run->identity;
  bool is_start = identity->event_id && id && strcmp(identity->event_id, id) == 0 && identity->source_name && source &&
                  strcmp(identity->source_name, source) == 0;
  if (is_start || jv_get_kind(identity->trigger_data) != JV_KIND_ARRAY) return is_start;
  jv_array_foreach(identity->trigger_data, i, event) {
    is_start = is_start || (id && source && wf_member_is(event, "id", id) && wf_member_is(event, "source", source));
    jv_free(event);
  }
  return is_start;
}

// A listener hears an event once, and not one that was heard before it began; a run does
// not hear those that started it.
static const char *heard_already(const struct wf_run *run, const struct wf_step *step, const char *source, const char *id) {
  if (started_the_run(run, source, id)) return "started_the_run";
  return wf_heard_already(run->heard, source, id, wf_listening_no(step)) ? "consumed_already" : NULL;
}

struct verdict {
  int filter; // from 1; 0 = none matches
  bool until; // one of `until`
  const char *why;
  jv keys; // of a match; owned
};

// Of several reasons the one of a filter whose type the event has says most.
static const char *better(const char *why, const char *other) {
  return !why || strcmp(why, "type") == 0 || strcmp(why, "had_already") == 0 ? other : why;
}

static void judge_part(struct judge *judge, const struct wf_step *step, const struct wf_event_strategy *strategy, int first,
                       jv event, struct verdict *verdict) {
  const struct wf_match rules = {evaluate, judge};
  const char *filled = verdict->until ? "ended" : "filled";
  jv all = wf_listening_get(step, "expects"), keys = wf_listening_get(step, "keys");
  if (jv_get_kind(keys) != JV_KIND_OBJECT) {
    jv_free(keys);
    keys = jv_object();
  }
  if (strategy->count == 0 && strategy->kind == WF_STRATEGY_ANY) {
    verdict->filter = 1;
    verdict->keys = jv_copy(keys);
  }
  for (int i = 0; i < strategy->count && !verdict->filter; i++) {
    if (strategy->kind == WF_STRATEGY_ALL && wf_listening_has(step, filled, i + 1)) {
      verdict->why = better(verdict->why, "had_already");
      continue;
    }
    jv expects = jv_get_kind(all) == JV_KIND_ARRAY ? jv_array_get(jv_copy(all), first + i) : jv_invalid();
    const char *why = wf_filter_mismatch(&strategy->filters[i], event, expects, keys, &rules, &verdict->keys);
    jv_free(expects);
    if (why)
      verdict->why = better(verdict->why, why);
    else
      verdict->filter = i + 1;
  }
  jv_free(all);
  jv_free(keys);
}

static struct verdict judge_event(struct judge *judge, const struct wf_step *step, jv event) {
  const struct wf_event_strategy *to = &judge->view.task->listen->to;
  struct verdict verdict = {.until = true, .keys = jv_invalid()};
  if (to->until_events) judge_part(judge, step, to->until_events, to->count, event, &verdict);
  if (verdict.filter) return verdict;
  verdict.until = false;
  judge_part(judge, step, to, 0, event, &verdict);
  return verdict;
}

static void reject(struct wf_turn *turn, const struct wf_step *step, const char *why, struct wf_facts facts) {
  if (wf_listening_count(step, "rejected") >= WF_REJECTED_MAX) return;
  struct wf_event event = about(turn, step, WF_EVENT_REJECTED);
  event.reason_code = why;
  wf_turn_emit(turn, event, &facts);
}

// ---- how long ------------------------------------------------------------------

// Whether the filter with what there is makes its strategy complete.
static bool completes(const struct wf_step *step, const struct wf_event_strategy *strategy, const char *filled, int filter) {
  if (strategy->kind != WF_STRATEGY_ALL) return true;
  for (int i = 1; i <= strategy->count; i++)
    if (i != filter && !wf_listening_has(step, filled, i)) return false;
  return true;
}

// Whether `until` holds with one item more; borrows it.
static bool until_holds(struct wf_turn *turn, const struct wf_step *step, const struct wf_view *view, jv item, bool *ret_holds,
                        struct wf_raised *ret_raised) {
  const struct wf_event_strategy *to = &view->task->listen->to;
  *ret_holds = false;
  if (!to->until || to->is_endless) return true;
  jv items = jv_array_append(wf_listening_get(step, "items"), jv_copy(item));
  bool is_good = wf_turn_holds(turn, to->until, items, view, ret_holds, ret_raised);
  jv_free(items);
  return is_good;
}

static bool is_last(struct wf_turn *turn, const struct wf_step *step, const struct wf_view *view, const struct verdict *verdict,
                    jv item, bool *ret_last, struct wf_raised *ret_raised) {
  const struct wf_listen *listen = view->task->listen;
  if (verdict->until) {
    *ret_last = completes(step, listen->to.until_events, "ended", verdict->filter);
    return true;
  }
  *ret_last = !listen->to.until && !listen->to.until_events && completes(step, &listen->to, "filled", verdict->filter);
  // With foreach the condition is asked when the event has been dealt with.
  return *ret_last || listen->has_foreach || until_holds(turn, step, view, item, ret_last, ret_raised);
}

// Events wait here for foreach, as many bytes as a value may have; of other listeners they are
// what the task gives. One that never ends takes no more until there is room again.
static bool has_room(const struct wf_turn *turn, const struct wf_step *step, const struct wf_listen *listen, size_t bytes) {
  size_t held = (size_t)wf_listening_count(step, "bytes");
  bool waits = held > 0 && listen->to.is_endless && listen->has_foreach;
  if (waits && held + bytes > turn->bounds->value_bytes_max) return false;
  return !wf_heard_is_full(turn->run->heard, wf_heard_renews(turn->run->heard, turn->input->now, turn->bounds->lookback));
}

static void take_match(struct wf_turn *turn, const struct wf_step *step, const struct wf_view *view, jv event,
                       const struct verdict *verdict, struct wf_facts facts) {
  struct wf_raised raised;
  bool last = false;
  jv item = verdict->until ? jv_invalid() : wf_event_read(event, view->task->listen->read);
  size_t max = turn->bounds->value_bytes_max;
  const struct wf_listen *listen = view->task->listen;
  bool is_kept = jv_is_valid(item) && (listen->has_foreach || !listen->to.is_endless);
  size_t bytes = is_kept ? wf_value_size(item, max) + 1 : 0;
  if (!has_room(turn, step, listen, bytes)) {
    turn->out->comes_again = true;
    jv_free(item);
    return;
  }
  bool is_good = (size_t)wf_listening_count(step, "bytes") + bytes <= max;
  if (!is_good)
    raised = wf_raised_make(WF_ERROR_RUNTIME, "The events that were listened for are too large", NULL, view->task->instance);
  else
    is_good = is_last(turn, step, view, verdict, item, &last, &raised);
  if (is_good) {
    jv keys = wf_listening_get(step, "keys");
    if (jv_object_length(jv_copy(verdict->keys)) > 0 && !wf_value_equal(keys, verdict->keys)) facts.keys = verdict->keys;
    facts.filter = verdict->filter;
    facts.until_event = verdict->until;
    facts.last = last;
    facts.item = item;
    facts.bytes = (int32_t)bytes;
    facts.renews = wf_heard_renews(turn->run->heard, turn->input->now, turn->bounds->lookback);
    wf_turn_emit(turn, about(turn, step, WF_EVENT_MATCHED), &facts);
    jv_free(keys);
  } else {
    wf_turn_raise(turn, step->step_no, raised);
  }
  jv_free(item);
}

void wf_turn_event(struct wf_turn *turn) {
  jv event = turn->input->event.event;
  const struct wf_step *step = wf_run_listener(turn->run, turn->input->event.subscription_no);
  if (wf_status_ended(turn->run->status) || !step || wf_listening_is_over(step) || jv_get_kind(event) != JV_KIND_OBJECT) return;
  struct judge judge = {turn, wf_turn_view(turn, step)};
  struct wf_facts facts = {.event_id = wf_member_kept(event, "id", turn->arena),
                           .event_source = wf_member_kept(event, "source", turn->arena),
                           .event_type = wf_member_kept(event, "type", turn->arena)};
  const char *heard = heard_already(turn->run, step, facts.event_source, facts.event_id);
  if (heard) {
    reject(turn, step, heard, facts);
    return;
  }
  struct verdict verdict = judge_event(&judge, step, event);
  if (verdict.filter)
    take_match(turn, step, &judge.view, event, &verdict, facts);
  else
    reject(turn, step, verdict.why ? verdict.why : "no_filter", facts);
  jv_free(verdict.keys);
}

// ---- going on ------------------------------------------------------------------

static void end_with(struct wf_turn *turn, const struct wf_step *step, const struct wf_flow *then) {
  jv items = wf_listening_get(step, "items");
  wf_turn_complete(turn, step->step_no, items, then, NULL);
  jv_free(items);
}

bool wf_turn_listen_on(struct wf_turn *turn, const struct wf_step *step) {
  jv queue = wf_listening_get(step, "queue");
  bool has_more = jv_get_kind(queue) == JV_KIND_ARRAY && jv_array_length(jv_copy(queue)) > 0;
  jv_free(queue);
  if (has_more) {
    wf_turn_emit(turn, about(turn, step, WF_EVENT_TAKEN), NULL);
    return true;
  }
  if (!wf_listening_is_over(step)) return false;
  end_with(turn, step, NULL);
  return true;
}

// foreach is through with an event: `until` is asked with what that has changed.
static void after_handling(struct wf_turn *turn, const struct wf_step *step, bool is_end) {
  static const struct wf_flow end = {.kind = WF_FLOW_END};
  struct wf_view view = wf_turn_view(turn, step);
  const struct wf_event_strategy *to = &view.task->listen->to;
  struct wf_raised raised;
  bool holds = false;
  if (is_end) {
    end_with(turn, step, &end);
    return;
  }
  if (!to->until || to->is_endless) return;
  jv items = wf_listening_get(step, "items");
  bool is_good = wf_turn_holds(turn, to->until, items, &view, &holds, &raised);
  jv_free(items);
  if (!is_good)
    wf_turn_raise(turn, step->step_no, raised);
  else if (holds)
    end_with(turn, step, NULL);
}

// What `output` and `export` of foreach make of one event; both owned, also after an error.
static bool handled_values(struct wf_turn *turn, const struct wf_listen *listen, struct wf_view *view, jv item, jv *output,
                           jv *context, struct wf_raised *ret_raised) {
  jv made = listen->list.count ? view->raw_output : item; // `do` made something, or there is only the event
  const struct wf_data_flow *data = &listen->data;
  if (!wf_turn_evaluate(turn, data->output_as, data->output_as ? made : item, view, output, ret_raised)) return false;
  if (!wf_turn_validate(turn, data->output_schema, *output, view, "output", ret_raised)) return false;
  view->output = data->output_as ? *output : made;
  if (!data->export_as) return true;
  return wf_turn_evaluate(turn, data->export_as, view->output, view, context, ret_raised) &&
         wf_turn_validate(turn, data->export_schema, *context, view, "export", ret_raised);
}

void wf_turn_listen_handled(struct wf_turn *turn, const struct wf_scope *scope) {
  const struct wf_step *step = wf_turn_step(turn, scope->step_no);
  const struct wf_listen *listen = wf_turn_task_of(turn, step)->listen;
  struct wf_view view = wf_turn_view(turn, step);
  struct wf_facts facts = WF_NO_FACTS;
  struct wf_raised raised;
  bool is_end = scope->index == WF_INDEX_END;
  jv item = jv_array_get(wf_listening_get(step, "item"), 0), made = jv_copy(scope->value);
  jv output = jv_invalid(), context = jv_invalid();
  view.scope = scope; // so that the names of foreach are known
  view.raw_output = made;
  if (handled_values(turn, listen, &view, item, &output, &context, &raised)) {
    if (!wf_value_equal(output, item)) facts.output = output;
    if (jv_is_valid(context) && !wf_value_equal(context, turn->run->context)) facts.context = context;
    wf_turn_emit(turn, about(turn, step, WF_EVENT_HANDLED), &facts);
    after_handling(turn, step, is_end);
  } else {
    wf_turn_raise(turn, step->step_no, raised);
  }
  jv_free(item);
  jv_free(made);
  jv_free(output);
  jv_free(context);
}
