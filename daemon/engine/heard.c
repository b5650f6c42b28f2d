// SPDX-License-Identifier: Apache-2.0
// {since, new, news, old, olds}: instant at which the newer generation began; of each, by source
// and id, [the first seq at which it was taken, listeners that took it …], and how many.
#include "engine/heard.h"

#include "engine/member.h"

// Instants of matches are estimates that are never ahead; look-back goes by the database's clock.
#define MARGIN (10 * USEC_PER_SEC)

static jv key_of(const char *source, const char *id) { return jv_string_fmt("%s\n%s", source ? source : "", id ? id : ""); }

// Taken out, so that it is not copied when it grows.
static jv take_out(jv *heard, const char *name) {
  jv value = jv_object_get(jv_copy(*heard), jv_string(name));
  *heard = jv_object_set(*heard, jv_string(name), jv_null());
  if (jv_get_kind(value) == JV_KIND_OBJECT) return value;
  jv_free(value);
  return jv_object();
}

static jv set_number(jv heard, const char *name, double number) { return jv_object_set(heard, jv_string(name), jv_number(number)); }

static jv renew(jv heard, usec_t at) {
  jv fresh = take_out(&heard, "new");
  heard = set_number(heard, "olds", wf_member_number(heard, "news", 0));
  heard = jv_object_set(heard, jv_string("old"), fresh);
  heard = set_number(heard, "news", 0);
  return set_number(heard, "since", (double)at);
}

jv wf_heard_add(jv heard, const char *source, const char *id, int32_t seq, int32_t subscription_no, usec_t at, bool renews) {
  if (jv_get_kind(heard) != JV_KIND_OBJECT) {
    jv_free(heard);
    heard = jv_object();
    renews = true;
  }
  if (renews) heard = renew(heard, at);
  jv fresh = take_out(&heard, "new"), key = key_of(source, id), entry = jv_object_get(jv_copy(fresh), jv_copy(key));
  if (jv_get_kind(entry) != JV_KIND_ARRAY) {
    jv_free(entry);
    entry = jv_array_append(jv_array(), jv_number(seq));
    heard = set_number(heard, "news", wf_member_number(heard, "news", 0) + 1);
  }
  fresh = jv_object_set(fresh, key, jv_array_append(entry, jv_number(subscription_no)));
  return jv_object_set(heard, jv_string("new"), fresh);
}

static bool entry_forbids(jv entry, int32_t subscription_no) {
  bool forbids = false;
  if (jv_get_kind(entry) != JV_KIND_ARRAY) return false;
  jv_array_foreach(entry, i, value) {
    double number = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value) : 0;
    forbids = forbids || (i == 0 ? number < subscription_no : number == subscription_no);
    jv_free(value);
  }
  return forbids;
}

bool wf_heard_already(jv heard, const char *source, const char *id, int32_t subscription_no) {
  static const char *const generations[] = {"new", "old"};
  bool is_heard = false;
  if (jv_get_kind(heard) != JV_KIND_OBJECT) return false;
  jv key = key_of(source, id);
  for (int i = 0; i < 2 && !is_heard; i++) {
    jv all = jv_object_get(jv_copy(heard), jv_string(generations[i]));
    jv entry = jv_get_kind(all) == JV_KIND_OBJECT ? jv_object_get(jv_copy(all), jv_copy(key)) : jv_invalid();
    is_heard = entry_forbids(entry, subscription_no);
    jv_free(entry);
    jv_free(all);
  }
  jv_free(key);
  return is_heard;
}

bool wf_heard_renews(jv heard, usec_t now, usec_t lookback) {
  return jv_get_kind(heard) == JV_KIND_OBJECT && wf_member_number(heard, "since", 0) + (double)lookback + (double)MARGIN <= (double)now;
}

bool wf_heard_is_full(jv heard, bool renews) {
  return wf_member_number(heard, "news", 0) + (renews ? 0 : wf_member_number(heard, "olds", 0)) >= WF_HEARD_MAX;
}
