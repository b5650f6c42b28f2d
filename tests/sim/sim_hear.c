// SPDX-License-Identifier: Apache-2.0
// Events and who listens for them, as producers and workflows mean it: each listener hears
// what it wants of what came while it was open, or shortly before, each event once, and
// nothing else; what ended listens no more. Who wants what is read from the table
// sim_listens, not from what the daemon asked the database for.
#include <stdio.h>
#include <string.h>

#include "engine/facts.h"
#include "engine/listening.h"
#include "engine/member.h"
#include "sim/sim.h"
#include "sim/sim_workflow.h"

void sim_hear_free(struct sim *sim) {
  vec_foreach(listener, &sim->listeners) vec_free(&listener->heard);
  vec_free(&sim->listeners);
  vec_free(&sim->publications);
}

// ---- what there is ----------------------------------------------------------

static const struct sim_listen *wants_of(const struct sim_run *run, const char *reference) {
  for (int i = 0; i < sim_listen_count; i++)
    if (strcmp(sim_listens[i].workflow, run->trigger->workflow) == 0 && strcmp(strrchr(reference, '/') + 1, sim_listens[i].task) == 0) return &sim_listens[i];
  return NULL;
}

static int key_of(const struct sim_run *run) {
  int key;
  return sscanf(run->trigger->event_id, "trigger-%d", &key) == 1 ? key : -2;
}

static int publication_of(const struct sim *sim, const char *id) {
  int number;
  return id && sscanf(id, "event-%d", &number) == 1 && (size_t)number < sim->publications.count ? number : -1;
}

static const struct sim_arrival *arrival_of(const struct sim *sim, const char *id) {
  vec_foreach(arrival, &sim->db.arrivals) {
    if (strcmp(arrival->id, id) == 0) return arrival;
  }
  return NULL;
}

static struct sim_listener *find(const struct sim *sim, const struct uuid *run_id, int32_t no) {
  vec_foreach(listener, &sim->listeners) {
    if (listener->no == no && uuid_equal(&listener->run->run_id, run_id)) return listener;
  }
  return NULL;
}

// As it is committed.
static bool is_open(const struct sim_listener *listener) {
  const struct wf_step *step = wf_run_listener(listener->run->state, listener->no);
  return sim_db_is_open(listener->run) && step && !wf_listening_is_over(step);
}

static bool has_heard(const struct sim_listener *listener, int publication) {
  vec_foreach(heard, &listener->heard) {
    if ((int)heard->publication == publication) return true;
  }
  return false;
}

// One that began later does not hear it again.
static bool was_taken_before(const struct sim *sim, const struct sim_listener *listener, int publication) {
  vec_foreach(other, &sim->listeners) {
    if (other == listener || other->run != listener->run) continue;
    vec_foreach(heard, &other->heard) {
      if ((int)heard->publication == publication && heard->seq < listener->no) return true;
    }
  }
  return false;
}

static bool is_of_type(const struct sim *sim, const struct sim_listener *listener, int publication) {
  const char *const *types = listener->wants->types;
  while (*types && strcmp(*types, sim->publications.items[publication].type) != 0) types++;
  return *types != NULL;
}

static bool wants(const struct sim *sim, const struct sim_listener *listener, int publication) {
  return sim->publications.items[publication].key == key_of(listener->run) && is_of_type(sim, listener, publication);
}

// Of one that waits for all of several: it has one of that type.
static bool has_its_like(const struct sim *sim, const struct sim_listener *listener, int publication) {
  if (strcmp(listener->wants->workflow, "sim/hear-all") != 0) return false;
  vec_foreach(heard, &listener->heard) {
    if (strcmp(sim->publications.items[heard->publication].type, sim->publications.items[publication].type) == 0) return true;
  }
  return false;
}

// ---- an event of a run, before it is folded ---------------------------------

static void check_matched(struct sim *sim, struct sim_listener *listener, const struct wf_event *event, const char *id) {
  int publication = publication_of(sim, id);
  const struct sim_arrival *arrival = id ? arrival_of(sim, id) : NULL;
  if (!arrival || publication < 0 || !wants(sim, listener, publication)) {
    sim_fail(sim, "a run of %s has heard %s, which it does not want", listener->run->trigger->workflow, id ? id : "what is no event");
    return;
  }
  if (arrival->at < listener->begun - SIM_LOOKBACK) sim_fail(sim, "a run has heard an event from long before");
  if (has_heard(listener, publication)) sim_fail(sim, "a run has heard %s twice", id);
  if (was_taken_before(sim, listener, publication)) sim_fail(sim, "a run has heard %s again, in a later task", id);
  if (has_its_like(sim, listener, publication)) sim_fail(sim, "a run that waits for all has heard two of one kind");
  sim->sights.heard++;
  sim->sights.looked_back += arrival->at < listener->begun;
  sim->sights.heard_elsewhere += arrival->home != listener->run->home;
  vec_push(&listener->heard, (struct sim_heard){(size_t)publication, event->seq});
}

static void check_completed(struct sim *sim, const struct sim_listener *listener) {
  size_t exactly = (size_t)listener->wants->exactly;
  if (exactly && listener->heard.count != exactly)
    sim_fail(sim, "a listener of %s has ended with %zu events", listener->run->trigger->workflow, listener->heard.count);
}

void sim_hear_event(struct sim *sim, struct sim_run *run, const struct wf_event *event) {
  const struct wf_step *step = wf_run_step(run->state, event->step_no);
  struct sim_listener *listener = step ? find(sim, &run->run_id, wf_listening_no(step)) : NULL;
  if (!listener) return;
  struct wf_facts facts;
  const char *problem;
  sim->sights.passed_over += event->type == WF_EVENT_REJECTED;
  sim->sights.listeners_ended += event->type == WF_STEP_CANCELLED;
  if (event->type == WF_STEP_COMPLETED) check_completed(sim, listener);
  if (event->type == WF_EVENT_MATCHED && wf_facts_read(event->data, &facts, &problem) == 0) check_matched(sim, listener, event, facts.event_id);
}

// ---- a commit ---------------------------------------------------------------

static void note_listeners(struct sim *sim, const struct store_commit *commit, usec_t clock) {
  for (size_t i = 0; i < commit->event_count; i++) {
    const struct wf_event *event = commit->events[i].event;
    struct wf_facts facts = WF_NO_FACTS;
    const char *problem;
    if (event->type != WF_STEP_LISTENING || wf_facts_read(event->data, &facts, &problem) < 0 || facts.last) continue;
    struct sim_run *run = sim_db_run(&sim->db, &commit->events[i].run_id);
    const struct sim_listen *listen = wants_of(run, event->reference);
    if (listen) vec_push(&sim->listeners, (struct sim_listener){.run = run, .wants = listen, .no = event->seq, .begun = clock, .is_new = true});
    else sim_fail(sim, "nobody knows what %s of %s listens for", event->reference, run->trigger->workflow);
  }
}

static bool is_for(const struct sim_inbox *row, const struct sim_listener *listener) {
  return strcmp(row->kind, "event") == 0 && row->subscription_no == listener->no && uuid_equal(&row->run_id, &listener->run->run_id);
}

// How often this commit hands the event to the listener, or notes that it is to be handed.
static size_t handed(const struct sim *sim, const struct sim_listener *listener, size_t arrival) {
  size_t times = 0;
  for (size_t i = sim->inbox_seen; i < sim->db.inbox.count; i++) times += is_for(&sim->db.inbox.items[i], listener) && sim->db.inbox.items[i].arrival == arrival;
  vec_foreach(later, &sim->db.handovers) times += is_for(&later->row, listener) && later->row.arrival == arrival;
  return times;
}

// Who listens is handed what comes; who begins, what came shortly before as well.
static void check_handed(struct sim *sim, const struct sim_listener *listener, usec_t clock) {
  for (size_t i = listener->is_new ? 0 : sim->arrivals_seen; i < sim->db.arrivals.count; i++) {
    const struct sim_arrival *arrival = &sim->db.arrivals.items[i];
    int publication = publication_of(sim, arrival->id);
    if (publication < 0 || !wants(sim, listener, publication) || arrival->at < clock - SIM_LOOKBACK) continue;
    size_t times = handed(sim, listener, i);
    bool again = listener->is_over && times > 1; // it had not come to that before the run faulted
    if (times != 1 && !again) sim_fail(sim, "%s was handed %zu times to a run of %s that listens for it", arrival->id, times, listener->run->trigger->workflow);
  }
}

// What was taken out of an inbox was heard, by whom it still matters to.
static void check_taken(struct sim *sim, const struct sim_inbox *row) {
  const struct sim_listener *listener = find(sim, &row->run_id, row->subscription_no);
  int publication = publication_of(sim, sim->db.arrivals.items[row->arrival].id);
  if (!listener || publication < 0 || !is_open(listener)) return;
  bool must = wants(sim, listener, publication) && !was_taken_before(sim, listener, publication) && !has_its_like(sim, listener, publication);
  if (must && !has_heard(listener, publication)) sim_fail(sim, "event-%d was taken for a run of %s and not heard", publication, listener->run->trigger->workflow);
}

static int64_t position_of(const struct sim_batch *batch, int64_t source) {
  for (size_t i = 0; i < batch->ack_count; i++)
    if (batch->acks[2 * i] == source) return batch->acks[2 * i + 1];
  return -1;
}

// An input that instances died of may be among what is set aside.
static void check_acks(struct sim *sim, const struct store_commit *commit, const struct store_fence *fence) {
  const struct sim_home *home = sim_db_home(&sim->db, fence->home);
  const struct sim_batch *last = sim_db_last(home), *before = last - 1;
  for (size_t i = 0; i < last->ack_count && !commit->quarantine_count; i++) {
    int64_t source = last->acks[2 * i], now = last->acks[2 * i + 1], was = position_of(before, source);
    if (source <= STORE_MATCH_SOURCE || now == was) continue;
    vec_foreach(row, &sim->db.inbox) {
      if (row->dst_home == fence->home && row->src_home == source && row->src_pos > was && row->src_pos <= now && strcmp(row->kind, "event") == 0) check_taken(sim, row);
    }
  }
}

static size_t subscriptions_of(const struct sim *sim, const struct uuid *run_id, int32_t no) {
  size_t count = 0;
  vec_foreach(row, &sim->db.subscriptions) count += uuid_equal(&row->run_id, run_id) && (!no || row->subscription_no == no);
  return count;
}

// A run's subscriptions are those of its open listeners.
static void check_subscriptions(struct sim *sim, const struct sim_run *run) {
  size_t total = 0;
  vec_foreach(listener, &sim->listeners) {
    if (listener->run != run || !is_open(listener)) continue;
    size_t filters = 0, own = subscriptions_of(sim, &run->run_id, listener->no);
    while (listener->wants->types[filters]) filters++;
    if (own != filters) sim_fail(sim, "a listener of %s has %zu subscriptions for %zu filters", run->trigger->workflow, own, filters);
    total += own;
  }
  size_t all = subscriptions_of(sim, &run->run_id, 0);
  if (all != total) sim_fail(sim, "%zu subscriptions of a run of %s whose listeners have %zu", all, run->trigger->workflow, total);
}

void sim_hear_commit(struct sim *sim, const struct store_commit *commit, usec_t clock) {
  sim->sights.handed_later += commit->handing_count;
  note_listeners(sim, commit, clock);
  vec_foreach(listener, &sim->listeners) {
    if (!is_open(listener)) continue;
    listener->is_new |= listener->is_over; // its run was retried
    check_handed(sim, listener, clock);
  }
  for (size_t i = 0; i < commit->fence_count; i++) check_acks(sim, commit, &commit->fences[i]);
  for (size_t i = 0; i < commit->run_count; i++) {
    const struct sim_run *run = sim_db_run(&sim->db, &commit->runs[i]->identity.run_id);
    if (run) check_subscriptions(sim, run);
  }
  vec_foreach(listener, &sim->listeners) {
    listener->is_new = false;
    listener->is_over = !is_open(listener);
  }
  sim->arrivals_seen = sim->db.arrivals.count;
  sim->inbox_seen = sim->db.inbox.count;
}

// ---- so that all end --------------------------------------------------------

static bool is_on_its_way(const struct sim *sim, const struct sim_listener *listener) {
  vec_foreach(later, &sim->db.handovers) {
    if (is_for(&later->row, listener)) return true;
  }
  vec_foreach(row, &sim->db.inbox) {
    if (is_for(row, listener) && position_of(sim_db_last(&sim->db.homes.items[row->dst_home - 1]), row->src_home) < row->src_pos) return true;
  }
  return false;
}

static bool is_fed(const struct sim *sim, size_t from, int key, const char *type) {
  for (size_t i = from; i < sim->publications.count; i++)
    if (sim->publications.items[i].key == key && strcmp(sim->publications.items[i].type, type) == 0) return true;
  return false;
}

void sim_hear_feed(struct sim *sim) {
  size_t from = sim->publications.count;
  vec_foreach(listener, &sim->listeners) {
    if (listener->is_over || is_on_its_way(sim, listener)) continue;
    int key = key_of(listener->run);
    for (const char *const *type = listener->wants->types; *type; type++)
      if (!is_fed(sim, from, key, *type)) sim_publish_event(sim, *type, key, 0);
  }
}

// ---- the end ----------------------------------------------------------------

static bool is_pair(const char *workflow) { return strcmp(workflow, "sim/opened-all") == 0; }

static bool is_judged(const char *workflow) { return strcmp(workflow, "sim/opened-until") == 0; }

static bool is_until_closed(const char *workflow) { return strcmp(workflow, "sim/opened-closed") == 0; }

bool sim_hear_is_gathered(const char *workflow) { return is_pair(workflow) || is_judged(workflow) || is_until_closed(workflow); }

size_t sim_hear_gathered(const struct sim *sim) {
  size_t count = 0;
  vec_foreach(trigger, &sim->db.triggers) count += sim_hear_is_gathered((*trigger)->workflow);
  return count;
}

// What a run was started with: as often as an event is in it.
static size_t starts_with(const struct sim *sim, const char *id) {
  char quoted[48];
  size_t count = 0;
  snprintf(quoted, sizeof quoted, "\"id\":\"%s\"", id);
  vec_foreach(run, &sim->db.runs) count += is_pair((*run)->trigger->workflow) && strstr((*run)->trigger->data, quoted);
  return count;
}

// Of each key as many runs as there are pairs, and each event in one of them at most.
static void check_pairs(struct sim *sim, int key) {
  size_t opened = 0, closed = 0, used = 0;
  vec_foreach(arrival, &sim->db.arrivals) {
    int publication = publication_of(sim, arrival->id);
    if (publication < 0 || sim->publications.items[publication].key != key) continue;
    bool is_opened = strcmp(arrival->type, "sim.opened") == 0, is_closed = strcmp(arrival->type, "sim.closed") == 0;
    if (!is_opened && !is_closed) continue;
    opened += is_opened;
    closed += is_closed;
    size_t times = starts_with(sim, arrival->id);
    if (times > 1) sim_fail(sim, "%s started %zu runs", arrival->id, times);
    used += times;
  }
  size_t pairs = opened < closed ? opened : closed;
  if (used != 2 * pairs) sim_fail(sim, "%zu and %zu events started runs with %zu of them", opened, closed, used);
  sim->sights.gathered += pairs;
}

// The events of one set, by their ids.
struct set {
  VEC(const char *) ids;
  bool was_opened; // the last of them
};

// Which events a workflow gathers, and with which its sets end.
struct rule {
  bool (*is_its)(const char *workflow);
  bool takes_closed;
  bool (*ends)(const struct set *set, bool is_opened);
};

static bool is_set(const struct sim_run *run, const struct set *set) {
  jv events = jv_parse(run->trigger->data);
  bool is_same = jv_array_length(jv_copy(events)) == (int)set->ids.count;
  for (size_t i = 0; i < set->ids.count && is_same; i++) {
    jv event = jv_array_get(jv_copy(events), (int)i);
    is_same = wf_member_is(event, "id", set->ids.items[i]);
    jv_free(event);
  }
  jv_free(events);
  return is_same;
}

static void check_started(struct sim *sim, const struct rule *rule, const struct set *set) {
  size_t runs = 0;
  vec_foreach(run, &sim->db.runs) runs += rule->is_its((*run)->trigger->workflow) && is_set(*run, set);
  if (runs != 1) sim_fail(sim, "%zu events from %s on started %zu runs", set->ids.count, set->ids.items[0], runs);
}

// In the order in which they came, each event is in one run, or waits in the set that has not
// ended. Returns how many sets have.
static size_t check_key(struct sim *sim, const struct rule *rule, int key, size_t *waiting) {
  struct set set = {.was_opened = false};
  size_t sets = 0;
  vec_foreach(arrival, &sim->db.arrivals) {
    int publication = publication_of(sim, arrival->id);
    bool is_opened = strcmp(arrival->type, "sim.opened") == 0;
    bool is_its = publication >= 0 && sim->publications.items[publication].key == key && (is_opened || strcmp(arrival->type, "sim.closed") == 0);
    if (!is_its) continue;
    bool is_end = rule->ends(&set, is_opened);
    if (is_opened || rule->takes_closed) vec_push(&set.ids, arrival->id);
    set.was_opened = is_opened;
    if (!is_end) continue;
    check_started(sim, rule, &set);
    sets++;
    vec_reset(&set.ids);
  }
  *waiting += set.ids.count;
  vec_free(&set.ids);
  return sets;
}

static size_t check_sets(struct sim *sim, const struct rule *rule, size_t *waiting) {
  size_t sets = 0, runs = 0;
  for (int key = 0; key < 2; key++) sets += check_key(sim, rule, key, waiting);
  vec_foreach(run, &sim->db.runs) runs += rule->is_its((*run)->trigger->workflow);
  if (runs != sets) sim_fail(sim, "%zu runs of %zu sets of events", runs, sets);
  return sets;
}

// With the third of its events, or one that closes behind one that opens.
static bool ends_by_condition(const struct set *set, bool is_opened) {
  return set->ids.count == 2 || (set->ids.count && set->was_opened && !is_opened);
}

static bool ends_when_closed(const struct set *set, bool is_opened) { return set->ids.count && !is_opened; }

static void check_until(struct sim *sim) {
  static const struct rule by_condition = {is_judged, true, ends_by_condition}, by_event = {is_until_closed, false, ends_when_closed};
  size_t waiting = 0, waiting_too = 0, held = 0;
  sim->sights.judged += check_sets(sim, &by_condition, &waiting);
  sim->sights.closed += check_sets(sim, &by_event, &waiting_too);
  vec_foreach(gathering, &sim->db.gatherings) {
    held += gathering->held.count;
    if (gathering->asked) sim_fail(sim, "%zu events wait to be judged", gathering->held.count);
  }
  if (held != waiting) sim_fail(sim, "%zu events wait of %zu whose condition does not hold", held, waiting);
}

void sim_hear_check(struct sim *sim) {
  if (sim->db.arrivals.count != sim->publications.count) sim_fail(sim, "%zu events were noted of %zu", sim->db.arrivals.count, sim->publications.count);
  for (int key = 0; key < 2; key++) check_pairs(sim, key);
  check_until(sim);
  vec_foreach(listener, &sim->listeners) {
    if (!listener->is_over) sim_fail(sim, "a run of %s listens still", listener->run->trigger->workflow);
  }
  if (sim->db.subscriptions.count) sim_fail(sim, "%zu subscriptions are left", sim->db.subscriptions.count);
}
