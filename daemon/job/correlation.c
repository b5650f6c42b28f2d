// SPDX-License-Identifier: Apache-2.0
#include "job/correlation.h"

#include "base/log.h"
#include "engine/member.h"
#include "engine/strategy.h"
#include "job/decision.h"
#include "job/job_internal.h"
#include "job/put_off.h"
#include "job/start_event.h"
#include "job/tell.h"

// ---- who listens ------------------------------------------------------------

// Terminated, in the batch's arena; absent when there is no such member.
static struct text member_text(struct lane *lane, jv object, const char *name) {
  jv value = wf_member(object, name);
  struct text text = {NULL, 0};
  if (jv_get_kind(value) == JV_KIND_ARRAY) value = jv_dump_string(value, 0);
  if (jv_get_kind(value) == JV_KIND_STRING) {
    text.size = (size_t)jv_string_length_bytes(jv_copy(value));
    text.data = arena_strndup(lane->batch.arena, jv_string_value(value), text.size);
  }
  jv_free(value);
  return text;
}

void correlation_subscribe(struct lane *lane, const struct wf_run *run, const struct wf_effect *effect) {
  jv_array_foreach(effect->arguments, i, filter) {
    vec_push(&lane->batch.subscriptions, (struct store_subscription){.run_id = run->identity.run_id,
                                                                     .subscription_no = effect->subscription_no,
                                                                     .filter_no = i + 1,
                                                                     .tenant = text_of(run->identity.tenant),
                                                                     .type = member_text(lane, filter, "type"),
                                                                     .source = member_text(lane, filter, "source"),
                                                                     .subject = member_text(lane, filter, "subject"),
                                                                     .conditions = member_text(lane, filter, "where")});
    jv_free(filter);
  }
}

void correlation_unsubscribe(struct lane *lane, const struct wf_run *run, const struct wf_effect *effect) {
  vec_push(&lane->batch.unsubscriptions, (struct store_unsubscription){run->identity.run_id, effect->subscription_no});
}

// ---- what comes -------------------------------------------------------------

// The event is the arrival noted last.
static void gather(struct lane *lane, const struct work *work) {
  const struct store_arrival *arrival = &lane->batch.arrivals.items[lane->batch.arrivals.count - 1];
  for (size_t i = 0; i < work->gather_count; i++) {
    const struct work_gather *from = &work->gathers[i];
    vec_push(&lane->batch.gatherings, (struct store_gathering){.home = arrival->home,
                                                               .definition_id = from->entry->definition_id,
                                                               .workflow = from->entry->workflow,
                                                               .filter_no = from->filter_no,
                                                               .filter_count = from->filter_count,
                                                               .asks = from->asks,
                                                               .tenant = arrival->tenant,
                                                               .source = arrival->source,
                                                               .id = arrival->id,
                                                               .shared = from->shared,
                                                               .keys = from->keys,
                                                               .event = arrival->event});
  }
}

bool correlation_arrived(struct lane *lane, const struct work *work) {
  const struct trigger_event *event = &work->trigger;
  if (event->workflow.data || !event->type.data) return false;
  if (!work->gather_count && !registry_hears(lane->job->registry, event->type)) return false;
  struct trigger_event own = *event;
  own.data = work->event_data;
  jv whole = jv_dump_string(start_event_whole(&own), 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(whole));
  vec_push(&lane->batch.arrivals, (struct store_arrival){.home = work->item->source->number,
                                                         .tenant = event->tenant,
                                                         .type = event->type,
                                                         .source = event->source_name,
                                                         .id = event->id,
                                                         .subject = event->subject,
                                                         .event = {arena_strndup(lane->batch.arena, jv_string_value(whole), size), size}});
  lane->batch.bytes += size;
  jv_free(whole);
  gather(lane, work);
  return true;
}

void correlation_event(struct lane *lane, const struct work *work) {
  const struct item *item = work->item;
  struct home *home = lane_home(lane, (int)uuid_home(&item->run_id));
  struct wf_run *run = home ? run_cache_find(lane->runs, &item->run_id) : NULL;
  struct refusal refusal = {.text = work->damage};
  if (!work->damage && (!run || wf_status_ended(run->status))) return;
  const struct wf_definition *definition = run ? decision_definition(lane, run, &refusal) : NULL;
  if (!definition) {
    if (!item->put_off) tell_run(&item->run_id, run ? run->identity.tenant : NULL, "cannot hear an event, which comes again: %s", refusal.text);
    put_off_input(lane, work);
    return;
  }
  jv payload = jv_parse_sized(item->record.value, (int)item->record.value_size);
  double number = wf_member_number(payload, "subscription", 0);
  if (number > 0) {
    struct wf_input input = {.kind = WF_INPUT_EVENT, .event = {.subscription_no = (int32_t)number}};
    input.event.event = wf_member(payload, "event");
    if (!decision_make(lane, home, run, definition, &input)) put_off_crowded(lane, work);
    jv_free(input.event.event);
  }
  jv_free(payload);
}

void correlation_refused(struct lane *lane, int64_t count) {
  usec_t now = job_boottime(lane->job);
  if (!count) return;
  job_observe(lane->job, WORLD_EVENT_REFUSED, "gatherings_full", (double)count);
  if (lane->refused_told && now - lane->refused_told < USEC_PER_MIN) return;
  lane->refused_told = now;
  log_warning("lane %d: events are refused, a workflow that starts on several has events.gatherings sets that lack some (see workflow.event_refusal)", lane->number);
}
