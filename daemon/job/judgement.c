// SPDX-License-Identifier: Apache-2.0
#include "job/judgement.h"

#include "base/buf.h"
#include "base/log.h"
#include "engine/measure.h"
#include "engine/member.h"
#include "engine/strategy.h"
#include "job/job_internal.h"
#include "job/put_off.h"
#include "job/start_event.h"

static int64_t number_of(jv object, const char *name) { return (int64_t)wf_member_number(object, name, 0); }

// As text, in an array.
static size_t bytes_of(jv event) {
  jv text = jv_dump_string(jv_copy(event), 0);
  size_t size = (size_t)jv_string_length_bytes(jv_copy(text));
  jv_free(text);
  return size + 1;
}

struct walk {
  struct start_event_judge judge;
  const struct wf_expr *until;
  jv set;       // the events of it so far
  size_t bytes; // of the set
  size_t shown; // to the condition, in all
  usec_t began;
  int32_t seen;
  struct buf cuts;
};

static void cut(struct walk *walk) {
  buf_printf(&walk->cuts, "%s%d", walk->cuts.size > 1 ? "," : "", (int)walk->seen);
  jv_free(walk->set);
  walk->set = jv_array();
  walk->bytes = 0;
}

static bool holds(struct walk *walk) {
  jv value;
  walk->shown += walk->bytes;
  if (!start_event_evaluate(&walk->judge, walk->until, walk->set, &value)) return false;
  bool is_true = wf_value_holds(value);
  jv_free(value);
  return is_true;
}

// Borrows the event. `is_new`: the condition was not asked with it yet.
static void add(struct walk *walk, jv event, bool is_new) {
  size_t size = bytes_of(event), brackets = 2;
  if (walk->bytes && walk->bytes + size + brackets > walk->judge.lane->job->config.bounds.run.value_bytes_max) cut(walk);
  walk->set = jv_array_append(walk->set, jv_copy(event));
  walk->bytes += size;
  walk->seen++;
  if (jv_array_length(jv_copy(walk->set)) >= JUDGEMENT_SET_MAX || (is_new && holds(walk))) cut(walk);
}

// Never before the condition was asked once: each verdict gets on.
static bool is_enough(const struct walk *walk) {
  return walk->shown && (walk->shown > JUDGEMENT_BYTES_MAX || job_boottime(walk->judge.lane->job) - walk->began > JUDGEMENT_TIME_MAX);
}

static struct text cuts_of(struct lane *lane, struct walk *walk, jv events, int32_t judged) {
  jv_array_foreach(events, i, event) {
    if (!is_enough(walk)) add(walk, event, i >= judged);
    jv_free(event);
  }
  buf_puts(&walk->cuts, "}");
  struct text text = {arena_strndup(lane->batch.arena, walk->cuts.data, walk->cuts.size), walk->cuts.size};
  return text;
}

static void judge(struct lane *lane, const struct work *work, const struct wf_definition *definition, jv payload, jv events) {
  const struct wf_event_strategy *strategy = wf_definition_trigger(definition);
  if (!strategy || !strategy->until) return;
  struct walk walk = {.judge = {lane, definition}, .until = strategy->until, .set = jv_array(), .began = job_boottime(lane->job)};
  buf_puts(&walk.cuts, "{");
  struct store_verdict verdict = {.home = work->item->source->number,
                                  .lock = (int)number_of(payload, "lock"),
                                  .gathering_no = number_of(payload, "gathering"),
                                  .first = number_of(payload, "first"),
                                  .judged = (int32_t)number_of(payload, "judged")};
  verdict.cuts = cuts_of(lane, &walk, events, verdict.judged);
  verdict.seen = walk.seen;
  vec_push(&lane->batch.verdicts, verdict);
  lane->batch.bytes += work->item->record.value_size;
  jv_free(walk.set);
  buf_free(&walk.cuts);
}

// Which gathering it is, is enough: it is read anew.
static void put_off(struct lane *lane, const struct work *work, jv payload) {
  if (!work->item->put_off) log_warning("a workflow that starts on events until a condition holds does not load here; they are judged later");
  put_off_input(lane, work);
  struct store_inbox *row = &lane->batch.inbox.items[lane->batch.inbox.count - 1];
  row->payload = text_of(arena_printf(lane->batch.arena, "{\"gathering\":%lld}", (long long)number_of(payload, "gathering")));
}

void judgement_give(struct lane *lane, const struct work *work) {
  const struct item *item = work->item;
  jv payload = jv_parse_sized(item->record.value, (int)item->record.value_size);
  jv events = wf_member(payload, "events");
  if (jv_get_kind(events) == JV_KIND_ARRAY) { // else it is gone
    const struct registry_entry *entry = registry_by_id(lane->job->registry, (int32_t)number_of(payload, "definition"));
    if (entry && entry->definition) judge(lane, work, entry->definition, payload, events);
    else put_off(lane, work, payload);
  }
  jv_free(events);
  jv_free(payload);
}
