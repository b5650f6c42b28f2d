// SPDX-License-Identifier: Apache-2.0
#include "engine/program.h"

#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/xalloc.h"

// jq numbers branches and inner functions by 16 and 12 bits per function, so each
// expression is a function of its own, in groups.
enum { GROUP_SIZE = 32, REPORTED_MAX = 20 };

static const char PRELUDE[] = ". as [$__index, $__dot, $__vars] | def now: $__vars.now;\n"
                              "def __one(f): [limit(2; f)] | if length == 1 then .[0] else "
                              "error(\"gave \\(if length == 0 then \"no result\" else \"more than one result\" end), "
                              "expected exactly one\") end;\n";

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

// `if $__index < middle then … else … end` down to single calls of `prefix` N.
static void write_dispatch(struct buf *text, const char *prefix, size_t first, size_t count, size_t step) {
  if (count == 1) {
    buf_printf(text, "%s%zu", prefix, first);
    return;
  }
  size_t half = count / 2;
  buf_printf(text, "if $__index < %zu then ", (first + half) * step);
  write_dispatch(text, prefix, first, half, step);
  buf_puts(text, " else ");
  write_dispatch(text, prefix, first + half, count - half, step);
  buf_puts(text, " end");
}

static void write_group(struct buf *text, const struct wf_program_source *parts, size_t group, size_t count) {
  size_t first = group * GROUP_SIZE;
  size_t size = count - first < GROUP_SIZE ? count - first : GROUP_SIZE;
  buf_printf(text, "def __group%zu:\n", group);
  for (size_t i = first; i < first + size; i++) buf_printf(text, "def __part%zu: %s;\n", i, parts[i].code);
  write_dispatch(text, "__part", first, size, 1);
  buf_puts(text, ";\n");
}

static char *write_program(struct arena *arena, const struct wf_program_source *parts, size_t count) {
  struct buf text = {0};
  buf_puts(&text, PRELUDE);
  size_t groups = (count + GROUP_SIZE - 1) / GROUP_SIZE;
  for (size_t group = 0; group < groups; group++) write_group(&text, parts, group, count);
  if (groups)
    write_dispatch(&text, "__group", 0, groups, GROUP_SIZE);
  else
    buf_puts(&text, "null");
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

jq_state *wf_jq_compile(const char *text, char **ret_error) {
  jq_state *jq = jq_init();
  WF_ASSERT(jq);
  char *error = NULL;
  jq_set_error_cb(jq, keep_message, &error);
  jq_set_debug_cb(jq, ignore_message, NULL);
  int compiled = jq_compile(jq, text);
  jq_set_error_cb(jq, ignore_message, NULL);
  if (compiled) {
    free(error);
    return jq;
  }
  jq_teardown(&jq);
  *ret_error = error ? error : xstrdup("does not compile");
  return NULL;
}

// Reports each of the sources that jq refuses, by halving: compiling costs
// milliseconds however little there is to compile.
static int report(struct wf_program *program, const struct wf_program_source *sources, size_t count, int left,
                  struct wf_problem_list *problems) {
  if (count == 0 || left <= 0) return 0;
  char *error = NULL;
  struct arena *arena = arena_new();
  jq_state *jq = wf_jq_compile(write_program(arena, sources, count), &error);
  arena_free(arena);
  int reported = 0;
  if (jq) {
    jq_teardown(&jq);
  } else if (count == 1) {
    wf_problem_add(problems, sources->line, sources->column, "jq refuses the expression: %s", error);
    reported = 1;
  } else {
    reported = report(program, sources, count / 2, left, problems);
    reported += report(program, sources + count / 2, count - count / 2, left - reported, problems);
  }
  free(error);
  return reported;
}

static uint64_t hash_text(const char *text) {
  uint64_t hash = UINT64_C(14695981039346656037);
  for (; *text; text++) hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
  return hash;
}

int wf_program_compile(struct wf_program *program, struct wf_problem_list *problems) {
  char *error = NULL;
  program->text = write_program(program->arena, program->parts, program->part_count);
  program->hash = hash_text(program->text);
  if (program->part_count == 0 && program->source_count == 0) return 0;
  program->jq = wf_jq_compile(program->text, &error);
  if (program->jq) return 0;
  int reported = report(program, program->sources, program->source_count, REPORTED_MAX, problems);
  if (!reported) reported = report(program, program->parts, program->part_count, REPORTED_MAX, problems);
  if (!reported) wf_problem_add(problems, 0, 0, "jq refuses the expressions together: %s", error);
  free(error);
  return -WF_EINVAL;
}

void wf_program_clear(struct wf_program *program) {
  if (program->jq) jq_teardown(&program->jq);
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
  jv_free(next);
  jq_start(jq, jv_null(), 0); // drops what the machine still holds
  if (!error) {
    *ret_value = value;
    return 0;
  }
  jv_free(value);
  *ret_error = error;
  return -WF_EEXPRESSION;
}
