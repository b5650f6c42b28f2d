// SPDX-License-Identifier: Apache-2.0
// Reads the text of one jq expression by jq 1.6's lexical rules, before libjq sees
// it. What passes is balanced, so that it stays inside the parentheses it is put
// in, and calls nothing that reads from outside the expression's input.
#pragma once

#include <stddef.h>

#include "base/arena.h"

enum { WF_EXPRESSION_MAX = 4096, WF_EXPRESSION_DEPTH_MAX = 64 };

// A text of the form `${ expr }`: its inner part, in the arena; NULL for any other, such
// as "${ .a } and ${ .b }". One whose brackets do not match counts as the form.
const char *wf_jq_source_unwrap(const char *text, struct arena *arena);

// The first `${ … }` inside a text.
struct wf_jq_hole {
  size_t before;      // bytes before it
  const char *source; // its inner part, in the arena
  const char *rest;   // behind it
};

// 1 when there is one, 0 when the text holds no `${`, -WF_EINVAL when it has no end.
int wf_jq_source_hole(const char *text, struct arena *arena, struct wf_jq_hole *ret_hole);

struct wf_jq_source {
  const char **variables; // names after `$`, and "now" when it is called; each once
  size_t variable_count;
  // The text to compile: jq refuses `1/0` where it stands, and a division by zero is an error
  // of whoever evaluates it; an `if` without `else`, which later versions take, gets one. The
  // source itself without either.
  const char *code;
};

// Returns 0, or -WF_EINVAL and what is wrong, in the arena. Refused: more than
// WF_EXPRESSION_MAX bytes or WF_EXPRESSION_DEPTH_MAX brackets, unbalanced brackets,
// unfinished strings, escapes and numbers that jq reads as nothing, `$ENV`, names
// that begin with `__`, import, include, module, and each function that reads the
// environment, the program's input, files or the terminal.
int wf_jq_source_read(const char *source, struct arena *arena, struct wf_jq_source *ret_source,
                      const char **ret_problem);
