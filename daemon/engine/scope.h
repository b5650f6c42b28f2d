// SPDX-License-Identifier: Apache-2.0
// Where a run is: a tree of scopes. A scope is an open list of tasks; it is named by
// the step that owns the list (0 = the workflow itself) and hangs below the scope in
// which that step is open. It has one open task at most. A fork has a scope of its own,
// and below it one for each branch, with the fork's step and the branch's number. A leaf
// is a scope with none below it: that is where the run goes on. Changed by wf_evolve()
// alone.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wf_scope_part {
  WF_SCOPE_LIST,
  WF_SCOPE_TRY,
  WF_SCOPE_CATCH,
  WF_SCOPE_FORK,   // no task of its own is open; `index`: the branch that ended first, from 1
  WF_SCOPE_BRANCH, // one task: that of the fork's list at `index`, until it has ended
  WF_SCOPE_FOR,    // through its list once for each item; WF_INDEX_EXIT before the first turn
  WF_SCOPE_LISTEN, // of foreach: through its list for one event; closed until the next is taken
  WF_SCOPE_PARTS
};

// Positions besides an index of the list.
enum { WF_INDEX_EXIT = -1, WF_INDEX_END = -2 };

struct wf_scope {
  int32_t step_no;
  int32_t branch;         // of a fork, from 1; 0 = it is none
  int32_t parent_step_no; // name of the scope around, with parent_branch; -1 = none
  int32_t parent_branch;
  enum wf_scope_part part;
  int32_t index;         // of the open task, or of the next one when none is open
  int32_t child_step_no; // the open task; 0 = none
  int32_t turn;          // WF_SCOPE_FOR: turns begun
  int32_t turn_after;    // WF_SCOPE_FOR: the last step entered before the turn at hand
  int32_t open_count;    // WF_SCOPE_FORK: branches that have not ended
  int32_t depth;         // of the tree, 0 = the root
  jv value;              // the next task's raw input; while one is open, that one's
  jv error;              // WF_SCOPE_CATCH: the error caught
  jv items;              // WF_SCOPE_FOR: what it goes through, an array
};

struct wf_scopes {
  struct wf_scope *items; // in order of the tree: a scope, then all below it, then the next beside it
  size_t count, capacity;
};

struct wf_scopes *wf_scopes_new(void);
void wf_scopes_free(struct wf_scopes *scopes); // takes NULL

// Opens a scope below that of `around` (NULL: the first one of all). Takes `value`. Pointers
// to scopes are valid until the next one is opened or closed, `around` too.
struct wf_scope *wf_scopes_open(struct wf_scopes *scopes, int32_t step_no, const struct wf_scope *around,
                                enum wf_scope_part part, jv value);
// Makes the scope just opened that of a fork of `count` branches, all with its value.
void wf_scopes_fork(struct wf_scopes *scopes, struct wf_scope *fork, int32_t count);

// Appends a scope as it was kept, taking its values; the names of where it hangs count, its depth does not. False
// when it cannot stand behind those before it; the values are the caller's then.
bool wf_scopes_append(struct wf_scopes *scopes, const struct wf_scope *scope);
void wf_scope_clear(struct wf_scope *scope); // frees its values

// NULL when it is not open. Of a fork, the scope of the whole.
struct wf_scope *wf_scopes_find(const struct wf_scopes *scopes, int32_t step_no);
struct wf_scope *wf_scopes_find_branch(const struct wf_scopes *scopes, int32_t step_no, int32_t branch);
// The scope around, or NULL.
struct wf_scope *wf_scopes_parent(const struct wf_scopes *scopes, const struct wf_scope *scope);
// The first leaf in order of the tree, behind `after` (NULL = from the beginning); NULL when
// there is none.
struct wf_scope *wf_scopes_leaf(const struct wf_scopes *scopes, const struct wf_scope *after);
bool wf_scope_is_leaf(const struct wf_scopes *scopes, const struct wf_scope *scope);
// The first scope that is not below this one, or the end of the array.
struct wf_scope *wf_scopes_behind(const struct wf_scopes *scopes, const struct wf_scope *scope);
// The branch that says what becomes of the fork before all have ended: the one that ended
// the workflow, else the one that ended first; NULL when none has.
const struct wf_scope *wf_scopes_winner(const struct wf_scopes *scopes, const struct wf_scope *fork);
// Their values in their order, owned.
jv wf_scopes_branch_values(const struct wf_scopes *scopes, const struct wf_scope *fork);

// Closes every scope inside that of `step_no`, but not that one.
void wf_scopes_close_inside(struct wf_scopes *scopes, int32_t step_no);
// Closes it too. Nothing happens when it is not open.
void wf_scopes_close(struct wf_scopes *scopes, int32_t step_no);
