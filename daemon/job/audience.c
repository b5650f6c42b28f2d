// SPDX-License-Identifier: Apache-2.0
#include "job/audience.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/vec.h"
#include "base/xalloc.h"
#include "job/registry.h"

struct interest {
  char *type; // "" = any
  bool is_heard;
  VEC(const struct registry_entry *) starts; // by id
  UT_hash_handle hh;
};

struct audience {
  struct interest *interests;
};

struct audience *audience_new(void) { return xcalloc(1, sizeof(struct audience)); }

void audience_free(struct audience *audience) {
  if (!audience) return;
  struct interest *interest, *next;
  HASH_ITER(hh, audience->interests, interest, next) {
    HASH_DEL(audience->interests, interest);
    vec_free(&interest->starts);
    free(interest->type);
    free(interest);
  }
  free(audience);
}

static struct interest *find(const struct audience *audience, const char *type, size_t size) {
  struct interest *interest;
  HASH_FIND(hh, audience->interests, type, size, interest);
  return interest;
}

static struct interest *of_type(struct audience *audience, const char *type) {
  const char *name = type ? type : "";
  struct interest *interest = find(audience, name, strlen(name));
  if (interest) return interest;
  interest = xcalloc(1, sizeof *interest);
  interest->type = xstrdup(name);
  HASH_ADD_KEYPTR(hh, audience->interests, interest->type, strlen(name), interest);
  return interest;
}

void audience_hears(struct audience *audience, const char *type) { of_type(audience, type)->is_heard = true; }

void audience_starts(struct audience *audience, const char *type, const struct registry_entry *entry) {
  struct interest *interest = of_type(audience, type);
  size_t count = interest->starts.count;
  if (count && interest->starts.items[count - 1] == entry) return;
  vec_push(&interest->starts, entry);
}

void audience_forget_starts(struct audience *audience) {
  for (struct interest *interest = audience->interests; interest; interest = interest->hh.next) vec_reset(&interest->starts);
}

bool audience_may_hear(const struct audience *audience, struct text type) {
  const struct interest *any = find(audience, "", 0), *own = type.size ? find(audience, type.data, type.size) : NULL;
  return (any && any->is_heard) || (own && own->is_heard);
}

// Both lists are by id: so is what they make together, each entry once.
size_t audience_started(const struct audience *audience, struct text type, struct arena *arena, const struct registry_entry ***ret_entries) {
  static const struct interest NOBODY;
  const struct interest *any = find(audience, "", 0), *own = type.size ? find(audience, type.data, type.size) : NULL;
  if (!any) any = &NOBODY;
  if (!own) own = &NOBODY;
  const struct registry_entry **entries = arena_alloc(arena, (any->starts.count + own->starts.count + 1) * sizeof(struct registry_entry *));
  size_t count = 0, i = 0, j = 0;
  while (i < any->starts.count || j < own->starts.count) {
    const struct registry_entry *a = i < any->starts.count ? any->starts.items[i] : NULL, *b = j < own->starts.count ? own->starts.items[j] : NULL;
    bool takes_a = a && (!b || a->definition_id <= b->definition_id), takes_b = b && (!a || b->definition_id <= a->definition_id);
    entries[count++] = takes_a ? a : b;
    i += takes_a;
    j += takes_b;
  }
  *ret_entries = entries;
  return count;
}
