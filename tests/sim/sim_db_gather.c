// SPDX-License-Identifier: Apache-2.0
// The part of the model about workflows that start on several events: workflow.gather() and
// judge().
#include <stdlib.h>
#include <string.h>

#include "sim/sim_db.h"

enum { FEW = 5 }; // events that are judged at once; PostgreSQL has 1000

void sim_gather_free(struct sim_db *db) {
  vec_foreach(gathering, &db->gatherings) {
    free(gathering->keys);
    free(gathering->events);
    vec_foreach(event, &gathering->held) free(*event);
    vec_free(&gathering->held);
  }
  vec_free(&db->gatherings);
}

// None for 0, which is one more.
static unsigned bit_of(const struct store_gathering *row) { return row->filter_no ? 1u << abs(row->filter_no) : 0; }

// Expiry is PostgreSQL's. A workflow here has one correlation, so equal texts are equal values.
static bool may_join(const struct sim_gathering *gathering, const struct store_gathering *row) {
  return gathering->definition_id == row->definition_id && !(gathering->filled & bit_of(row)) &&
         (!*gathering->keys || text_equal(text_of(gathering->keys), row->keys));
}

// NULL: what ends a set begins none.
static struct sim_gathering *find(struct sim_db *db, const struct store_gathering *row) {
  vec_foreach(other, &db->gatherings) {
    if (may_join(other, row)) return other;
  }
  if (row->filter_no < 0) return NULL;
  vec_push(&db->gatherings, (struct sim_gathering){.definition_id = row->definition_id, .keys = sim_db_copy(row->keys), .events = xstrdup(""), .first = 1});
  return &db->gatherings.items[db->gatherings.count - 1];
}

static void put(struct sim_db *db, int home, const char *kind, char *payload) {
  sim_events_put(db, (struct sim_inbox){.dst_home = home, .src_home = STORE_MATCH_SOURCE + home, .kind = kind, .payload = payload, .size = strlen(payload)});
}

static int64_t number_of(const struct sim_db *db, const struct sim_gathering *own) { return own - db->gatherings.items + 1; }

static void ask(struct sim_db *db, struct sim_gathering *own, int home) {
  own->asked = true;
  put(db, home, "judge", xasprintf("{\"gathering\":%lld}", (long long)number_of(db, own)));
}

static void gather(struct sim_db *db, const struct store_gathering *row) {
  struct sim_gathering *own = find(db, row);
  if (!own) return;
  if (row->asks) {
    vec_push(&own->held, sim_db_copy(row->event));
    if (!own->asked) ask(db, own, row->home);
    return;
  }
  own->filled |= bit_of(row);
  own->count += row->filter_no != 0;
  if (row->filter_no >= 0) {
    char *events = xasprintf("%s%s%.*s", own->events, *own->events ? "," : "", (int)row->event.size, row->event.data);
    free(own->events);
    own->events = events;
  }
  if (row->filter_no == 0 || own->count < row->filter_count) return; // a thousand come never
  put(db, row->home, "start", xasprintf("{\"definition\":%d,\"id\":\"gathering-%lld\",\"events\":[%s]}", (int)own->definition_id, (long long)db->matches + 1, own->events));
  own->definition_id = 0; // done
}

// ---- what is judged ---------------------------------------------------------

static char *first_events(const struct sim_gathering *own, size_t count) {
  char *all = xstrdup("");
  for (size_t i = 0; i < count && i < own->held.count; i++) {
    char *longer = xasprintf("%s%s%s", all, i ? "," : "", own->held.items[i]);
    free(all);
    all = longer;
  }
  return all;
}

struct text sim_gather_read(struct sim_db *db, struct text payload) {
  long long number;
  if (sscanf(payload.data, "{\"gathering\":%lld}", &number) != 1) return payload;
  const struct sim_gathering *own = &db->gatherings.items[number - 1];
  if (!own->held.count) return payload;
  char *events = first_events(own, db->judged_at_once ? db->judged_at_once : FEW);
  const char *whole = arena_printf(db->reply_arena, "{\"gathering\":%lld,\"definition\":%d,\"lock\":0,\"judged\":%d,\"first\":%lld,\"events\":[%s]}", number,
                                   (int)own->definition_id, (int)own->judged, (long long)own->first, events);
  free(events);
  return text_of(whole);
}

static void take(struct sim_gathering *own, size_t count) {
  for (size_t i = 0; i < count; i++) free(own->held.items[i]);
  memmove(own->held.items, own->held.items + count, (own->held.count - count) * sizeof *own->held.items);
  own->held.count -= count;
  own->first += (int64_t)count;
}

static void judge(struct sim_db *db, const struct store_verdict *verdict) {
  struct sim_gathering *own = &db->gatherings.items[verdict->gathering_no - 1];
  if (!own->asked || own->judged != verdict->judged || own->first != verdict->first || own->held.count < (size_t)verdict->seen) return;
  int ended = 0, size = 0, cut;
  for (const char *at = verdict->cuts.data + 1; sscanf(at, "%d%n", &cut, &size) == 1; at += size + (at[size] == ',')) {
    char *events = first_events(own, (size_t)(cut - ended));
    put(db, verdict->home, "start", xasprintf("{\"definition\":%d,\"id\":\"gathering-%lld-%lld\",\"events\":[%s]}", (int)own->definition_id,
                                              (long long)verdict->gathering_no, (long long)own->first, events));
    free(events);
    take(own, (size_t)(cut - ended));
    ended = cut;
  }
  own->judged = verdict->seen - ended;
  own->asked = false;
  if (own->held.count > (size_t)own->judged) ask(db, own, verdict->home);
}

// ---- a commit ---------------------------------------------------------------

// Its event was noted by this commit, and is not there a second time.
static bool is_news(const struct sim_db *db, const struct store_commit *commit, size_t known, size_t index) {
  const struct store_gathering *row = &commit->gatherings[index];
  for (size_t i = 0; i < index; i++) {
    const struct store_gathering *other = &commit->gatherings[i];
    if (other->definition_id == row->definition_id && other->filter_no == row->filter_no && text_equal(other->id, row->id)) return false;
  }
  for (size_t i = known; i < db->arrivals.count; i++)
    if (text_equal(text_of(db->arrivals.items[i].id), row->id)) return true;
  return false;
}

void sim_gather_write(struct sim_db *db, const struct store_commit *commit, size_t known) {
  for (size_t i = 0; i < commit->verdict_count; i++) judge(db, &commit->verdicts[i]);
  for (size_t i = 0; i < commit->gathering_count; i++)
    if (is_news(db, commit, known, i)) gather(db, &commit->gatherings[i]);
}
