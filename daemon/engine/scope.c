// SPDX-License-Identifier: Apache-2.0
#include "engine/scope.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"

enum { FIRST_CAPACITY = 2 };

struct wf_scopes *wf_scopes_new(void) {
  struct wf_scopes *scopes = xcalloc(1, sizeof *scopes);
  scopes->items = xmalloc(FIRST_CAPACITY * sizeof *scopes->items);
  scopes->capacity = FIRST_CAPACITY;
  return scopes;
}

void wf_scope_clear(struct wf_scope *scope) {
  jv_free(scope->value);
  jv_free(scope->error);
  jv_free(scope->items);
}

void wf_scopes_free(struct wf_scopes *scopes) {
  if (!scopes) return;
  for (size_t i = 0; i < scopes->count; i++) wf_scope_clear(&scopes->items[i]);
  free(scopes->items);
  free(scopes);
}

// Room for one more at `at`.
static struct wf_scope *insert(struct wf_scopes *scopes, size_t at) {
  if (scopes->count == scopes->capacity) {
    scopes->capacity *= 2;
    scopes->items = xrealloc(scopes->items, scopes->capacity * sizeof *scopes->items);
  }
  struct wf_scope *scope = &scopes->items[at];
  memmove(scope + 1, scope, (scopes->count++ - at) * sizeof *scope);
  return scope;
}

// Behind the scope around, which has none below it yet.
struct wf_scope *wf_scopes_open(struct wf_scopes *scopes, int32_t step_no, const struct wf_scope *around,
                                enum wf_scope_part part, jv value) {
  WF_ASSERT(!wf_scopes_find(scopes, step_no) && (around ? wf_scope_is_leaf(scopes, around) : scopes->count == 0));
  struct wf_scope made = {.step_no = step_no, .parent_step_no = -1, .part = part, .value = value};
  if (part == WF_SCOPE_FOR) made.index = WF_INDEX_EXIT;
  if (around) {
    made.parent_step_no = around->step_no;
    made.parent_branch = around->branch;
    made.depth = around->depth + 1;
  }
  struct wf_scope *scope = insert(scopes, around ? (size_t)(around - scopes->items) + 1 : 0);
  *scope = made;
  return scope;
}

void wf_scopes_fork(struct wf_scopes *scopes, struct wf_scope *fork, int32_t count) {
  size_t at = (size_t)(fork - scopes->items);
  fork->open_count = count;
  for (int32_t i = 0; i < count; i++) {
    struct wf_scope *branch = insert(scopes, at + (size_t)i + 1);
    fork = &scopes->items[at]; // it may have moved
    *branch = (struct wf_scope){
        .step_no = fork->step_no,
        .branch = i + 1,
        .parent_step_no = fork->step_no,
        .part = WF_SCOPE_BRANCH,
        .index = i,
        .depth = fork->depth + 1,
        .value = jv_copy(fork->value),
    };
  }
}

// What it hangs below must be the last scope, or around that.
static const struct wf_scope *place_for(const struct wf_scopes *scopes, const struct wf_scope *scope) {
  const struct wf_scope *around = scopes->count ? &scopes->items[scopes->count - 1] : NULL;
  while (around && (around->step_no != scope->parent_step_no || around->branch != scope->parent_branch))
    around = wf_scopes_parent(scopes, around);
  return around;
}

// A fork has branches of its own step alone, and nothing else has any.
static bool is_of_kind(const struct wf_scope *around, const struct wf_scope *scope) {
  if (!around) return scope->step_no == 0 && scope->parent_step_no == -1;
  bool is_branch = scope->part == WF_SCOPE_BRANCH;
  if (is_branch != (around->part == WF_SCOPE_FORK) || is_branch != (scope->branch > 0)) return false;
  return is_branch ? scope->step_no == around->step_no : scope->step_no > around->step_no;
}

bool wf_scopes_append(struct wf_scopes *scopes, const struct wf_scope *scope) {
  const struct wf_scope *around = place_for(scopes, scope);
  if ((!around && scopes->count) || !is_of_kind(around, scope)) return false;
  if (around && around->part != WF_SCOPE_FORK && !wf_scope_is_leaf(scopes, around)) return false;
  if (wf_scopes_find_branch(scopes, scope->step_no, scope->branch)) return false;
  int32_t depth = around ? around->depth + 1 : 0;
  struct wf_scope *own = insert(scopes, scopes->count);
  *own = *scope;
  own->depth = depth;
  return true;
}

struct wf_scope *wf_scopes_find_branch(const struct wf_scopes *scopes, int32_t step_no, int32_t branch) {
  for (size_t i = 0; i < scopes->count; i++)
    if (scopes->items[i].step_no == step_no && scopes->items[i].branch == branch) return &scopes->items[i];
  return NULL;
}

struct wf_scope *wf_scopes_find(const struct wf_scopes *scopes, int32_t step_no) {
  return wf_scopes_find_branch(scopes, step_no, 0);
}

// The nearest one before it that is less deep.
struct wf_scope *wf_scopes_parent(const struct wf_scopes *scopes, const struct wf_scope *scope) {
  if (scope->depth == 0) return NULL;
  size_t at = (size_t)(scope - scopes->items);
  while (scopes->items[--at].depth >= scope->depth)
    ;
  return &scopes->items[at];
}

bool wf_scope_is_leaf(const struct wf_scopes *scopes, const struct wf_scope *scope) {
  const struct wf_scope *next = scope + 1;
  return next == scopes->items + scopes->count || next->depth <= scope->depth;
}

struct wf_scope *wf_scopes_leaf(const struct wf_scopes *scopes, const struct wf_scope *after) {
  for (size_t i = after ? (size_t)(after - scopes->items) + 1 : 0; i < scopes->count; i++)
    if (wf_scope_is_leaf(scopes, &scopes->items[i])) return &scopes->items[i];
  return NULL;
}

struct wf_scope *wf_scopes_behind(const struct wf_scopes *scopes, const struct wf_scope *scope) {
  size_t at = (size_t)(scope - scopes->items) + 1;
  while (at < scopes->count && scopes->items[at].depth > scope->depth) at++;
  return &scopes->items[at];
}

const struct wf_scope *wf_scopes_winner(const struct wf_scopes *scopes, const struct wf_scope *fork) {
  const struct wf_scope *end = wf_scopes_behind(scopes, fork), *winner = NULL;
  for (const struct wf_scope *scope = fork + 1; scope < end; scope++) {
    if (scope->step_no != fork->step_no) continue;
    if (scope->index == WF_INDEX_END) return scope;
    if (scope->branch == fork->index) winner = scope;
  }
  return winner;
}

jv wf_scopes_branch_values(const struct wf_scopes *scopes, const struct wf_scope *fork) {
  const struct wf_scope *end = wf_scopes_behind(scopes, fork);
  jv values = jv_array();
  for (const struct wf_scope *scope = fork + 1; scope < end; scope++)
    if (scope->step_no == fork->step_no) values = jv_array_append(values, jv_copy(scope->value));
  return values;
}

static void close_range(struct wf_scopes *scopes, struct wf_scope *first, struct wf_scope *behind) {
  for (struct wf_scope *scope = first; scope < behind; scope++) wf_scope_clear(scope);
  size_t kept = (size_t)(scopes->items + scopes->count - behind);
  memmove(first, behind, kept * sizeof *first);
  scopes->count = (size_t)(first - scopes->items) + kept;
}

void wf_scopes_close_inside(struct wf_scopes *scopes, int32_t step_no) {
  struct wf_scope *scope = wf_scopes_find(scopes, step_no);
  if (scope) close_range(scopes, scope + 1, wf_scopes_behind(scopes, scope));
}

void wf_scopes_close(struct wf_scopes *scopes, int32_t step_no) {
  struct wf_scope *scope = wf_scopes_find(scopes, step_no);
  if (scope) close_range(scopes, scope, wf_scopes_behind(scopes, scope));
}
