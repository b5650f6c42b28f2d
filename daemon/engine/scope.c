// SPDX-License-Identifier: Apache-2.0
#include "engine/scope.h"

#include <stdbool.h>
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

static void scope_clear(struct wf_scope *scope) {
  jv_free(scope->value);
  jv_free(scope->error);
}

void wf_scopes_free(struct wf_scopes *scopes) {
  if (!scopes) return;
  for (size_t i = 0; i < scopes->count; i++) scope_clear(&scopes->items[i]);
  free(scopes->items);
  free(scopes);
}

struct wf_scope *wf_scopes_open(struct wf_scopes *scopes, int32_t step_no, int32_t parent_step_no,
                                enum wf_scope_part part, jv value) {
  WF_ASSERT(!wf_scopes_find(scopes, step_no));
  if (scopes->count == scopes->capacity) {
    scopes->capacity *= 2;
    scopes->items = xrealloc(scopes->items, scopes->capacity * sizeof *scopes->items);
  }
  struct wf_scope *scope = &scopes->items[scopes->count++];
  *scope = (struct wf_scope){.step_no = step_no, .parent_step_no = parent_step_no, .part = part, .value = value};
  return scope;
}

struct wf_scope *wf_scopes_find(const struct wf_scopes *scopes, int32_t step_no) {
  for (size_t i = scopes->count; i-- > 0;)
    if (scopes->items[i].step_no == step_no) return &scopes->items[i];
  return NULL;
}

struct wf_scope *wf_scopes_parent(const struct wf_scopes *scopes, const struct wf_scope *scope) {
  return scope->parent_step_no < 0 ? NULL : wf_scopes_find(scopes, scope->parent_step_no);
}

struct wf_scope *wf_scopes_leaf(const struct wf_scopes *scopes) {
  return scopes->count ? &scopes->items[scopes->count - 1] : NULL;
}

// Whether a scope hangs, at any depth, below that of `step_no`.
static bool scope_is_inside(const struct wf_scopes *scopes, const struct wf_scope *scope, int32_t step_no) {
  while ((scope = wf_scopes_parent(scopes, scope)))
    if (scope->step_no == step_no) return true;
  return false;
}

// From the end: what is inside stands behind what it is inside of.
void wf_scopes_close_inside(struct wf_scopes *scopes, int32_t step_no) {
  for (size_t i = scopes->count; i-- > 0;) {
    if (!scope_is_inside(scopes, &scopes->items[i], step_no)) continue;
    scope_clear(&scopes->items[i]);
    memmove(&scopes->items[i], &scopes->items[i + 1], (--scopes->count - i) * sizeof *scopes->items);
  }
}

void wf_scopes_close(struct wf_scopes *scopes, int32_t step_no) {
  struct wf_scope *scope = wf_scopes_find(scopes, step_no);
  if (!scope) return;
  wf_scopes_close_inside(scopes, step_no);
  scope = wf_scopes_find(scopes, step_no);
  size_t at = (size_t)(scope - scopes->items);
  scope_clear(scope);
  memmove(scope, scope + 1, (--scopes->count - at) * sizeof *scope);
}
