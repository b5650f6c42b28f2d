// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_answers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/vec.h"
#include "engine/fault.h"
#include "engine/outline.h"

struct entry {
  const char *key;
  int line, column;
  struct rehearse_answer *answers;
  size_t count, taken;
};

struct rehearse_answers {
  VEC(struct entry) entries;
};

// ---- reading ----------------------------------------------------------------

static const char *text_at(struct rehearse_source *source, const struct wf_yaml *node, const char *key) {
  const struct wf_yaml *value = wf_yaml_get(node, key);
  if (!value) return NULL;
  if (value->kind == WF_YAML_SCALAR && wf_yaml_is_text(value)) return value->text;
  wf_problem_at(&source->problems, value, "`%s` is a text, but this is %s", key, wf_yaml_describe(value));
  return NULL;
}

static bool flag_at(struct rehearse_source *source, const struct wf_yaml *node, const char *key, bool otherwise) {
  const struct wf_yaml *value = wf_yaml_get(node, key);
  if (!value) return otherwise;
  bool is_true = value->plain && strcmp(value->text, "true") == 0;
  if (!is_true && !(value->plain && strcmp(value->text, "false") == 0))
    wf_problem_at(&source->problems, value, "`%s` is true or false", key);
  return is_true;
}

// A standard error may be named by its last word.
static const char *error_type(const char *type) {
  static const char *const words[] = {"configuration", "validation", "expression",    "authentication",
                                      "authorization", "timeout",    "communication", "runtime"};
  for (size_t i = 0; type && i < sizeof words / sizeof *words; i++)
    if (strcmp(type, words[i]) == 0) return wf_error_type((enum wf_error_kind)i);
  return type;
}

static void read_status(struct rehearse_source *source, const struct wf_yaml *value, struct wf_result *result) {
  if (!value) return;
  jv status = wf_yaml_to_json(value, &source->problems);
  double number = jv_get_kind(status) == JV_KIND_NUMBER ? jv_number_value(status) : 0;
  jv_free(status);
  if (number >= 1 && number <= 999 && floor(number) == number)
    result->error_status = (int32_t)number;
  else
    wf_problem_at(&source->problems, value, "`status` is a number from 1 to 999");
}

// `error: 503`, `error: timeout`, `error: Line busy`: a status, a type or a title alone.
static void read_short_error(struct rehearse_source *source, const struct wf_yaml *node, struct wf_result *result) {
  const char *type = wf_yaml_is_text(node) ? error_type(node->text) : NULL;
  if (!type)
    read_status(source, node, result);
  else if (strstr(type, "://"))
    result->error_type = type;
  else
    result->error_title = type;
}

static void read_error(struct rehearse_source *source, const struct wf_yaml *node, struct wf_result *result) {
  static const char *const names[] = {"type", "status", "title", "detail", "retryable", "retryAfter"};
  if (node->kind == WF_YAML_SCALAR && !wf_yaml_is_null(node)) {
    read_short_error(source, node, result);
    return;
  }
  if (!rehearse_source_keys(source, node, "an error", names, sizeof names / sizeof *names)) return;
  read_status(source, wf_yaml_get(node, "status"), result);
  result->error_type = error_type(text_at(source, node, "type"));
  result->error_title = text_at(source, node, "title");
  result->error_detail = text_at(source, node, "detail");
  result->retryable = flag_at(source, node, "retryable", true);
  const struct wf_yaml *after = wf_yaml_get(node, "retryAfter");
  if (after) rehearse_source_duration(source, after, &result->retry_after);
}

static void read_answer(struct rehearse_source *source, const struct wf_yaml *node, struct rehearse_answer *out) {
  static const char *const names[] = {"output", "error", "never", "delay", "outcome", "externalReference", "summary"};
  struct rehearse_answer answer = {.result = {.completed = true, .output = jv_invalid(), .retryable = true}};
  *out = answer;
  if (!rehearse_source_keys(source, node, "an answer (what the action gives is its `output`)", names, sizeof names / sizeof *names)) return;
  const struct wf_yaml *output = wf_yaml_get(node, "output"), *error = wf_yaml_get(node, "error");
  const struct wf_yaml *delay = wf_yaml_get(node, "delay");
  answer.never = flag_at(source, node, "never", false);
  if ((output != NULL) + (error != NULL) + answer.never != 1)
    wf_problem_at(&source->problems, node, "an answer has one of `output`, `error` and `never: true`");
  if (delay) rehearse_source_duration(source, delay, &answer.delay);
  answer.result.outcome = text_at(source, node, "outcome");
  answer.result.external_reference = text_at(source, node, "externalReference");
  answer.result.summary = text_at(source, node, "summary");
  if (output) answer.result.output = wf_yaml_to_json(output, &source->problems);
  if (error) {
    answer.result.completed = false;
    read_error(source, error, &answer.result);
  }
  *out = answer;
}

static struct entry read_entry(struct rehearse_source *source, const struct wf_yaml_entry *from, struct arena *arena) {
  const struct wf_yaml *value = from->value;
  bool is_list = value->kind == WF_YAML_SEQUENCE;
  struct entry entry = {.key = from->key, .line = from->line, .column = from->column, .count = is_list ? value->count : 1};
  if (entry.count == 0) wf_problem_at(&source->problems, value, "expected an answer, or a list of them that is not empty");
  entry.answers = arena_alloc0(arena, (entry.count + 1) * sizeof *entry.answers);
  for (size_t i = 0; i < entry.count; i++)
    read_answer(source, is_list ? value->entries[i].value : value, &entry.answers[i]);
  return entry;
}

struct rehearse_answers *rehearse_answers_read(struct rehearse_source *source, struct arena *arena) {
  struct rehearse_answers *answers = xcalloc(1, sizeof *answers);
  const struct wf_yaml *root = source->root;
  if (root->kind != WF_YAML_MAPPING) {
    if (!wf_yaml_is_null(root))
      wf_problem_at(&source->problems, root, "answers are an object by function, task or reference, but this is %s",
                    wf_yaml_describe(root));
    return answers;
  }
  for (size_t i = 0; i < root->count; i++) vec_push(&answers->entries, read_entry(source, &root->entries[i], arena));
  return answers;
}

void rehearse_answers_free(struct rehearse_answers *answers) {
  if (!answers) return;
  vec_foreach(entry, &answers->entries) {
    for (size_t i = 0; i < entry->count; i++) jv_free(entry->answers[i].result.output);
  }
  vec_free(&answers->entries);
  free(answers);
}

size_t rehearse_answers_count(const struct rehearse_answers *answers) { return answers->entries.count; }

const char *rehearse_answers_key(const struct rehearse_answers *answers, size_t index) {
  return answers->entries.items[index].key;
}

// ---- what they name ---------------------------------------------------------

// The references, names and functions of all tasks.
static size_t collect_names(const struct wf_definition *const *definitions, size_t count, struct arena *arena,
                            const char ***ret_names) {
  struct wf_outline *outlines = arena_alloc0(arena, (count + 1) * sizeof *outlines);
  size_t tasks = 0, used = 0;
  for (size_t i = 0; i < count; i++) {
    outlines[i] = wf_outline_make(definitions[i], arena);
    tasks += outlines[i].count;
  }
  const char **names = arena_alloc0(arena, (3 * tasks + 1) * sizeof *names);
  for (size_t i = 0; i < count; i++) {
    for (size_t t = 0; t < outlines[i].count; t++) {
      const struct wf_outline_task *task = &outlines[i].tasks[t];
      names[used++] = task->reference;
      names[used++] = task->name;
      if (task->function) names[used++] = task->function;
    }
  }
  *ret_names = names;
  return used;
}

static bool is_among(const char *key, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(key, names[i]) == 0) return true;
  return false;
}

void rehearse_answers_check(const struct rehearse_answers *answers, struct rehearse_source *source,
                            const struct wf_definition *const *definitions, size_t count,
                            const struct argument_list *called) {
  const char **names;
  size_t name_count = collect_names(definitions, count, source->problems.arena, &names);
  vec_foreach(entry, &answers->entries) {
    if (is_among(entry->key, names, name_count) || is_among(entry->key, called->items, called->count)) continue;
    const char *near = text_near_miss(entry->key, names, name_count);
    wf_problem_warn(&source->problems, entry->line, entry->column,
                    "`%s` is no reference, name or function of any task%s%s%s", entry->key,
                    near ? ", did you mean `" : "", near ? near : "", near ? "`?" : "");
  }
}

// ---- giving -----------------------------------------------------------------

static struct entry *find(struct rehearse_answers *answers, const char *key) {
  vec_foreach(entry, &answers->entries) {
    if (key && strcmp(entry->key, key) == 0) return entry;
  }
  return NULL;
}

const struct rehearse_answer *rehearse_answers_take(struct rehearse_answers *answers, const char *reference,
                                                    const char *name, const char *function) {
  if (!answers) return NULL;
  struct entry *entry = find(answers, reference);
  if (!entry) entry = find(answers, name);
  if (!entry) entry = find(answers, function);
  if (!entry || entry->count == 0) return NULL;
  size_t at = entry->taken < entry->count ? entry->taken++ : entry->count - 1;
  return &entry->answers[at];
}
