// SPDX-License-Identifier: Apache-2.0
// Where a run is: a tree of scopes. A scope is an open list of tasks; it is named by
// the step that owns the list (0 = the workflow itself) and hangs below the scope in
// which that step is open. Today a scope has at most one open task, so the tree is one
// branch and its leaf the scope opened last. Changed by wf_evolve() alone.
#pragma once

#include <jv.h>
#include <stddef.h>
#include <stdint.h>

enum wf_scope_part { WF_SCOPE_LIST, WF_SCOPE_TRY, WF_SCOPE_CATCH, WF_SCOPE_PARTS };

// Positions besides an index of the list.
enum { WF_INDEX_EXIT = -1, WF_INDEX_END = -2 };

struct wf_scope {
  int32_t step_no;
  int32_t parent_step_no; // name of the scope around; -1 = none
  enum wf_scope_part part;
  int32_t index;         // of the open task, or of the next one when none is open
  int32_t child_step_no; // the open task; 0 = none
  jv value;              // the next task's raw input; while one is open, that one's
  jv error;              // WF_SCOPE_CATCH: the error caught
};

struct wf_scopes {
  struct wf_scope *items; // a scope stands behind the one around it
  size_t count, capacity;
};

struct wf_scopes *wf_scopes_new(void);
void wf_scopes_free(struct wf_scopes *scopes); // takes NULL

// Opens a scope below that of `parent_step_no`. Takes `value`. Pointers to scopes are
// valid until the next one is opened or closed.
struct wf_scope *wf_scopes_open(struct wf_scopes *scopes, int32_t step_no, int32_t parent_step_no,
                                enum wf_scope_part part, jv value);
// NULL when it is not open.
struct wf_scope *wf_scopes_find(const struct wf_scopes *scopes, int32_t step_no);
// The scope around, or NULL.
struct wf_scope *wf_scopes_parent(const struct wf_scopes *scopes, const struct wf_scope *scope);
// The scope opened last, or NULL when none is open.
struct wf_scope *wf_scopes_leaf(const struct wf_scopes *scopes);
// Closes every scope inside that of `step_no`, but not that one.
void wf_scopes_close_inside(struct wf_scopes *scopes, int32_t step_no);
// Closes it too. Nothing happens when it is not open.
void wf_scopes_close(struct wf_scopes *scopes, int32_t step_no);
