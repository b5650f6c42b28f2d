// SPDX-License-Identifier: Apache-2.0
// The jq programs of a definition. Each takes [index, dot, vars] and gives what its
// expression of that index gives for `dot`. Private to the engine and to the
// evaluator, which compiles the same texts elsewhere.
#pragma once

#include <jq.h>
#include <jv.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "engine/definition.h"
#include "engine/problem.h"

// One `${ … }` of the document, where it stands, for jq's complaints.
struct wf_program_source {
  const char *code; // with its variables bound: an expression by itself
  int line, column;
};

// Expressions are compiled some together: libjq takes milliseconds for each program,
// however small, and more than its share for large ones.
enum { WF_PROGRAM_CHUNK = 32 };

struct wf_program_chunk {
  char *text;    // in the arena
  uint64_t hash; // of the text: FNV-1a
  jq_state *jq;
};

struct wf_program {
  struct arena *arena;
  struct wf_program_source *sources;
  size_t source_count, source_capacity;
  struct wf_program_source *parts; // by index
  size_t part_count, part_capacity;
  struct wf_program_chunk *chunks; // part i is number i % WF_PROGRAM_CHUNK of chunk i / WF_PROGRAM_CHUNK
  size_t chunk_count;
};

// Whether jq takes one expression, with its variables bound, by itself. It costs 14 ms.
bool wf_program_compiles(const char *code);

void wf_program_add_source(struct wf_program *program, const char *code, int line, int column);
// Returns the part's index.
int wf_program_add_part(struct wf_program *program, const char *code, int line, int column);

// Compiles all parts; when there are problems already, also each source by itself. What
// jq refuses becomes a problem at its source. Returns 0, or -WF_EINVAL.
int wf_program_compile(struct wf_program *program, struct wf_problem_list *problems);
void wf_program_clear(struct wf_program *program);

// FNV-1a of a text.
uint64_t wf_text_hash(const char *text);

// A program of that text, or NULL and an owned text that says why.
jq_state *wf_jq_compile(const char *text, char **ret_error);

// Runs the expression of an index. Takes dot and vars. Returns 0 and an owned value,
// or -WF_EEXPRESSION and an owned text.
int wf_jq_run(jq_state *jq, int index, jv dot, jv vars, jv *ret_value, char **ret_error);
