// SPDX-License-Identifier: Apache-2.0
// The query of a URL as form data: pairs in their order, percent-encoding undone, '+' a
// space. Lists are given as a=x&a=y, a[]=x&a[]=y or a[0]=x&a[1]=y, members of an object as
// a[key]=x. An empty value counts as absent. What a parameter means is the caller's.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"

enum { QUERY_PAIRS_MAX = 200 };

struct query_pair {
  const char *name, *value;
};

struct query {
  const struct query_pair *pairs;
  size_t count;
};

// Texts are the arena's. Returns 0; or -WF_EINVAL: a bad escape, or what is no UTF-8 or
// holds a NUL; -WF_ETOOBIG: more than QUERY_PAIRS_MAX pairs.
int query_parse(struct text text, struct arena *arena, struct query *ret_query) WF_MUST_CHECK;
// One part of a path, the same but that '+' is a plus sign. Returns 0 and a text, or -WF_EINVAL.
int query_decode(struct text text, struct arena *arena, const char **ret_value) WF_MUST_CHECK;

// The last value of that very name, NULL = absent.
const char *query_value(const struct query *query, const char *name);
// Of `name[key]`.
const char *query_member(const struct query *query, const char *name, const char *key);
// All values of the name, in order, at most `max`. Returns how many there are.
size_t query_list(const struct query *query, const char *name, const char **ret_values, size_t max);
