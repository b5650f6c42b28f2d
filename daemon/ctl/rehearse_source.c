// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_source.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "config_value.h"
#include "engine/duration.h"
#include "engine/jsonb.h"

// One byte more than the bound, so that what is longer is seen to be.
static int read_bytes(const char *path, struct buf *out) {
  bool is_stdin = strcmp(path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(path, "re");
  if (!file) return -errno;
  char chunk[65536];
  errno = 0;
  for (size_t n; out->size <= REHEARSE_SOURCE_MAX && (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
    buf_put(out, chunk, n);
  int code = ferror(file) ? -(errno ? errno : EIO) : 0;
  if (!is_stdin) fclose(file);
  return code;
}

int rehearse_source_read(const char *path, struct arena *arena, struct rehearse_source *ret_source) {
  struct wf_problem_list *warnings = arena_memdup(arena, &(struct wf_problem_list){.arena = arena}, sizeof *warnings);
  *ret_source = (struct rehearse_source){.path = path, .problems = {.arena = arena, .warnings = warnings}};
  struct buf bytes = {0};
  int code = read_bytes(path, &bytes);
  if (code < 0) {
    wf_problem_add(&ret_source->problems, 0, 0, "cannot be read: %s", strerror(-code));
    code = -WF_EINVAL;
  } else {
    const char *text = arena_memdup(arena, bytes.size ? bytes.data : "", bytes.size);
    code = wf_yaml_read(text, bytes.size, REHEARSE_SOURCE_MAX, REHEARSE_SOURCE_DEPTH, arena, &ret_source->problems,
                        &ret_source->root);
  }
  buf_free(&bytes);
  return code;
}

int rehearse_source_finish(struct rehearse_source *source) {
  struct wf_problems problems = wf_problem_list_finish(&source->problems);
  const char *name = strcmp(source->path, "-") == 0 ? "standard input" : source->path;
  bool is_good = true;
  for (size_t i = 0; i < problems.count; i++) {
    const struct wf_problem *problem = &problems.items[i];
    const char *kind = problem->is_warning ? "warning: " : "";
    is_good = is_good && problem->is_warning;
    if (problem->line)
      fprintf(stderr, "%s:%d:%d: %s%s\n", name, problem->line, problem->column, kind, problem->text);
    else
      fprintf(stderr, "%s: %s%s\n", name, kind, problem->text);
  }
  return is_good ? 0 : -WF_EINVAL;
}

static int checked(const char *option, jv value, jv *ret_value) {
  const char *objection = wf_jsonb_objection(value);
  if (!objection) {
    *ret_value = value;
    return 0;
  }
  fprintf(stderr, "workflowctl rehearse: --%s: %s\n", option, objection);
  jv_free(value);
  return -WF_EINVAL;
}

static int value_of_file(const char *option, const char *path, struct arena *arena, jv *ret_value) {
  struct rehearse_source source;
  jv value = jv_invalid();
  if (rehearse_source_read(path, arena, &source) == 0) value = wf_yaml_to_json(source.root, &source.problems);
  if (rehearse_source_finish(&source) == 0) return checked(option, value, ret_value);
  jv_free(value);
  return -WF_EINVAL;
}

// What begins like a JSON object, array or text is meant as one; nothing is no name.
static bool looks_like_json(const char *text) {
  const char *first = text + strspn(text, " \t\r\n");
  return !*first || *first == '{' || *first == '[' || *first == '"';
}

int rehearse_source_value(const char *option, const char *text, struct arena *arena, jv *ret_value) {
  if (*text == '@') return value_of_file(option, text + 1, arena, ret_value);
  jv value = jv_parse(text);
  if (jv_is_valid(value)) return checked(option, value, ret_value);
  if (!looks_like_json(text)) {
    jv_free(value);
    return value_of_file(option, text, arena, ret_value);
  }
  jv why = jv_invalid_get_msg(value);
  bool is_said = jv_get_kind(why) == JV_KIND_STRING;
  fprintf(stderr, "workflowctl rehearse: --%s: is no JSON: %s\n", option, is_said ? jv_string_value(why) : "it is empty");
  jv_free(why);
  return -WF_EINVAL;
}

bool rehearse_source_duration(struct rehearse_source *source, const struct wf_yaml *node, usec_t *ret_duration) {
  jv value = wf_yaml_to_json(node, &source->problems);
  struct wf_span calendar;
  bool is_good = wf_duration_from_value(value, &calendar) == 0;
  if (is_good) *ret_duration = wf_span_length(calendar, 0);
  int64_t span;
  if (!is_good && jv_get_kind(value) == JV_KIND_STRING &&
      config_duration_parse(text_of(jv_string_value(value)), &span) == 0 && span <= WF_DURATION_MAX) {
    *ret_duration = span;
    is_good = true;
  }
  jv_free(value);
  if (!is_good)
    wf_problem_at(&source->problems, node, "expected a duration such as 90s, PT1M30S or {minutes: 1, seconds: 30}");
  return is_good;
}

bool rehearse_source_keys(struct rehearse_source *source, const struct wf_yaml *node, const char *what,
                          const char *const *names, size_t count) {
  if (node->kind != WF_YAML_MAPPING) {
    wf_problem_at(&source->problems, node, "%s is an object, but this is %s", what, wf_yaml_describe(node));
    return false;
  }
  bool is_good = true;
  for (size_t i = 0; i < node->count; i++) {
    const struct wf_yaml_entry *entry = &node->entries[i];
    size_t known = 0;
    while (known < count && strcmp(names[known], entry->key) != 0) known++;
    if (known < count) continue;
    const char *near = text_near_miss(entry->key, names, count);
    wf_problem_add(&source->problems, entry->line, entry->column, "unknown key `%s` of %s%s%s%s", entry->key, what,
                   near ? ", did you mean `" : "", near ? near : "", near ? "`?" : "");
    is_good = false;
  }
  return is_good;
}
