// SPDX-License-Identifier: Apache-2.0
#include "engine/program.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/xalloc.h"

enum { REPORTED_MAX = 20 };

// All of it is one function: libjq looks through the whole program for each
// instruction at the top.
static const char PRELUDE[] = "def __all: . as [$__index, $__dot, $__vars] | def now: $__vars.now;\n"
                              "def __one(f): [limit(2; f)] | if length == 1 then .[0] else "
                              "error(\"gave \\(if length == 0 then \"no result\" else \"more than one result\" end), "
                              "expected exactly one\") end;\n";

// What later versions of jq than 1.6 have besides, in its own words; a program has those
// that its text may call.
static const struct {
  const char *name, *code;
} LATER[] = {
    {"abs", "def abs: if type != \"number\" then error(\"\\(type) has no absolute value\") elif . < 0 then -. else . end;"},
    {"add", "def add(f): reduce f as $x (null; . + $x);"},
    {"pick", "def pick(f): . as $all | reduce path(f) as $path (null; setpath($path; $all | getpath($path)));"},
    {"scan", "def scan($re; $flags): match($re; \"g\" + $flags) | if .captures == [] then .string else [.captures[].string] end;"},
    {"toarray", "def toarray: if type == \"array\" then . else [.] end;"},
    {"trim", "def ltrim: if type == \"string\" then sub(\"^\\\\s+\"; \"\") else error(\"trim input must be a string\") end;\n"
             "def rtrim: if type == \"string\" then sub(\"\\\\s+$\"; \"\") else error(\"trim input must be a string\") end;\n"
             "def trim: ltrim | rtrim;"},
    {"trimstr", "def trimstr($text): ltrimstr($text) | rtrimstr($text);"},
};

static void write_later(struct buf *text, const struct wf_program_source *parts, size_t count) {
  for (size_t i = 0; i < sizeof LATER / sizeof *LATER; i++)
    for (size_t j = 0; j < count; j++) {
      if (!strstr(parts[j].code, LATER[i].name)) continue;
      buf_printf(text, "%s\n", LATER[i].code);
      break;
    }
}

static void add(struct arena *arena, struct wf_program_source **list, size_t *count, size_t *capacity,
                struct wf_program_source item) {
  if (*count == *capacity) {
    *capacity = *capacity ? *capacity * 2 : 16;
    struct wf_program_source *grown = arena_alloc(arena, *capacity * sizeof *grown);
    if (*count) memcpy(grown, *list, *count * sizeof *grown);
    *list = grown;
  }
  (*list)[(*count)++] = item;
}

void wf_program_add_source(struct wf_program *program, const char *code, int line, int column) {
  add(program->arena, &program->sources, &program->source_count, &program->source_capacity,
      (struct wf_program_source){code, line, column});
}

int wf_program_add_part(struct wf_program *program, const char *code, int line, int column) {
  add(program->arena, &program->parts, &program->part_count, &program->part_capacity,
      (struct wf_program_source){code, line, column});
  return (int)program->part_count - 1;
}

// `if $__index < middle then … else … end` down to single calls.
static void write_dispatch(struct buf *text, size_t first, size_t count) {
  if (count == 1) {
    buf_printf(text, "__part%zu", first);
    return;
  }
  size_t half = count / 2;
  buf_printf(text, "if $__index < %zu then ", first + half);
  write_dispatch(text, first, half);
  buf_puts(text, " else ");
  write_dispatch(text, first + half, count - half);
  buf_puts(text, " end");
}

// Each expression is a function of its own: jq numbers branches by 16 bits a function.
static char *write_program(struct arena *arena, const struct wf_program_source *parts, size_t count) {
  struct buf text = {0};
  buf_puts(&text, PRELUDE);
  write_later(&text, parts, count);
  for (size_t i = 0; i < count; i++) buf_printf(&text, "def __part%zu: %s;\n", i, parts[i].code);
  write_dispatch(&text, 0, count);
  buf_puts(&text, ";\n__all");
  char *program = arena_strndup(arena, text.data, text.size);
  buf_free(&text);
  return program;
}

// Keeps the first message: later ones are consequences, or "1 compile error".
static void keep_message(void *context, jv message) {
  char **error = context;
  message = jq_format_error(message);
  if (!*error && jv_get_kind(message) == JV_KIND_STRING) {
    const char *text = jv_string_value(message);
    if (strncmp(text, "jq: error: ", 11) == 0) text += 11;
    size_t size = strcspn(text, "\n");
    const char *end = strstr(text, " at <top-level>");
    if (end && (size_t)(end - text) < size) size = (size_t)(end - text);
    end = strstr(text, " (Unix shell quoting issues?)");
    if (end && (size_t)(end - text) < size) size = (size_t)(end - text);
    *error = xstrndup(text, size);
  }
  jv_free(message);
}

static void ignore_message(void *context, jv message) {
  (void)context;
  jv_free(message);
}

// libjq 1.6 takes the definitions of $HOME/.jq into every program. Whose home that
// is must not change what a workflow does.
static int compile_without_home(jq_state *jq, const char *text) {
  const char *home = getenv("HOME");
  char *kept = home ? xstrdup(home) : NULL;
  if (kept) unsetenv("HOME");
  int compiled = jq_compile(jq, text);
  if (kept) setenv("HOME", kept, 1);
  free(kept);
  return compiled;
}

jq_state *wf_jq_compile(const char *text, char **ret_error) {
  jq_state *jq = jq_init();
  WF_ASSERT(jq);
  char *error = NULL;
  jq_set_error_cb(jq, keep_message, &error);
  jq_set_debug_cb(jq, ignore_message, NULL);
  int compiled = compile_without_home(jq, text);
  jq_set_error_cb(jq, ignore_message, NULL);
  if (compiled) {
    free(error);
    return jq;
  }
  jq_teardown(&jq);
  *ret_error = error ? error : xstrdup("does not compile");
  return NULL;
}

bool wf_program_compiles(const char *code) {
  struct arena *arena = arena_new();
  char *error = NULL;
  jq_state *jq = wf_jq_compile(write_program(arena, &(struct wf_program_source){.code = code}, 1), &error);
  bool compiles = jq;
  if (jq) jq_teardown(&jq);
  free(error);
  arena_free(arena);
  return compiles;
}

// Reports each of the sources that jq refuses, by halving.
static int halve(const struct wf_program_source *sources, size_t count, int left, struct wf_problem_list *problems) {
  if (left <= 0) return 0;
  char *error = NULL;
  struct arena *arena = arena_new();
  jq_state *jq = wf_jq_compile(write_program(arena, sources, count), &error);
  arena_free(arena);
  int reported = 0;
  if (jq) {
    jq_teardown(&jq);
  } else if (count == 1) {
    // The bracket may be ours, behind an expression that just stops.
    const char *more = strstr(error, "unexpected ')'") ? " or end of the expression" : "";
    wf_problem_add(problems, sources->line, sources->column, "jq refuses the expression: %s%s", error, more);
    reported = 1;
  } else {
    reported = halve(sources, count / 2, left, problems);
    reported += halve(sources + count / 2, count - count / 2, left - reported, problems);
  }
  free(error);
  return reported;
}

static int report(const struct wf_program_source *sources, size_t count, struct wf_problem_list *problems) {
  int reported = 0;
  for (size_t i = 0; i < count; i += WF_PROGRAM_CHUNK) {
    size_t size = count - i < WF_PROGRAM_CHUNK ? count - i : WF_PROGRAM_CHUNK;
    reported += halve(sources + i, size, REPORTED_MAX - reported, problems);
  }
  return reported;
}

uint64_t wf_text_hash(const char *text) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
  return hash;
}

// Returns NULL, or an owned text of jq's first complaint.
static char *compile_chunks(struct wf_program *program) {
  size_t count = (program->part_count + WF_PROGRAM_CHUNK - 1) / WF_PROGRAM_CHUNK;
  char *error = NULL;
  program->chunks = arena_alloc0(program->arena, (count + 1) * sizeof *program->chunks);
  for (size_t i = 0; i < count && !error; i++) {
    struct wf_program_chunk *chunk = &program->chunks[i];
    size_t first = i * WF_PROGRAM_CHUNK, left = program->part_count - first;
    chunk->text =
        write_program(program->arena, program->parts + first, left < WF_PROGRAM_CHUNK ? left : WF_PROGRAM_CHUNK);
    chunk->hash = wf_text_hash(chunk->text);
    chunk->jq = wf_jq_compile(chunk->text, &error);
    program->chunk_count = i + 1;
  }
  return error;
}

int wf_program_compile(struct wf_program *program, struct wf_problem_list *problems) {
  bool complete = problems->count == 0; // an expression beside one that was refused before is in no part
  char *error = compile_chunks(program);
  if (!error && complete) return 0;
  int reported = report(program->sources, program->source_count, problems);
  if (!error) return reported ? -WF_EINVAL : 0;
  if (!reported) reported = report(program->parts, program->part_count, problems);
  if (!reported) wf_problem_add(problems, 0, 0, "jq refuses the expressions together: %s", error);
  free(error);
  return -WF_EINVAL;
}

void wf_program_clear(struct wf_program *program) {
  for (size_t i = 0; i < program->chunk_count; i++)
    if (program->chunks[i].jq) jq_teardown(&program->chunks[i].jq);
}

static char *describe_failure(jv failure) {
  jv message = jv_invalid_get_msg(failure);
  if (jv_get_kind(message) != JV_KIND_STRING) message = jv_dump_string(message, 0);
  char *text = xstrndup(jv_string_value(message), (size_t)jv_string_length_bytes(jv_copy(message)));
  jv_free(message);
  return text;
}

int wf_jq_run(jq_state *jq, int index, jv dot, jv vars, jv *ret_value, char **ret_error) {
  jv value, next = jv_invalid();
  jq_start(jq, JV_ARRAY(jv_number(index), dot, vars), 0);
  value = jq_next(jq);
  if (jv_is_valid(value)) next = jq_next(jq);
  char *error = NULL;
  if (jv_is_valid(next))
    error = xstrdup("gave more than one result, expected exactly one");
  else if (jv_is_valid(value) && jv_invalid_has_msg(jv_copy(next)))
    error = describe_failure(jv_copy(next));
  else if (!jv_is_valid(value))
    error = jv_invalid_has_msg(jv_copy(value)) ? describe_failure(jv_copy(value))
                                               : xstrdup("gave no result, expected exactly one");
  if (jv_is_valid(next)) jq_start(jq, jv_null(), 0); // drops what the machine still holds
  jv_free(next);
  if (!error) {
    *ret_value = value;
    return 0;
  }
  jv_free(value);
  *ret_error = error;
  return -WF_EEXPRESSION;
}
