// SPDX-License-Identifier: Apache-2.0
#include "engine/yaml.h"

#include <libfyaml.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/core_schema.h"

// A collection being read. `key` waits for its value.
struct frame {
  struct wf_yaml *node;
  size_t capacity;
  const char *key;
  int key_line, key_column;
};

struct reader {
  struct arena *arena;
  struct wf_problem_list *problems;
  struct wf_yaml *root;
  struct frame *frames;
  int depth, depth_max;
  int documents;
  int line, column; // of the last event that had a position
  bool failed;
};

__attribute__((format(printf, 2, 3))) static void refuse(struct reader *reader, const char *format, ...) {
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  wf_problem_add(reader->problems, reader->line, reader->column, "%s", text);
  reader->failed = true;
}

static struct wf_yaml *new_node(struct reader *reader, enum wf_yaml_kind kind) {
  struct wf_yaml *node = arena_alloc0(reader->arena, sizeof *node);
  node->kind = kind;
  node->line = reader->line;
  node->column = reader->column;
  return node;
}

static void append(struct reader *reader, struct frame *frame, struct wf_yaml_entry entry) {
  struct wf_yaml *node = frame->node;
  if (node->count == frame->capacity) {
    size_t capacity = frame->capacity ? frame->capacity * 2 : 4;
    struct wf_yaml_entry *entries = arena_alloc(reader->arena, capacity * sizeof *entries);
    if (node->count) memcpy(entries, node->entries, node->count * sizeof *entries);
    node->entries = entries;
    frame->capacity = capacity;
  }
  node->entries[node->count++] = entry;
}

// Puts a finished or just opened node where it belongs.
static void attach(struct reader *reader, struct wf_yaml *node) {
  if (reader->depth == 0) {
    reader->root = node;
    return;
  }
  struct frame *frame = &reader->frames[reader->depth - 1];
  if (frame->node->kind == WF_YAML_SEQUENCE) {
    append(reader, frame, (struct wf_yaml_entry){NULL, node->line, node->column, node});
  } else if (frame->key) {
    append(reader, frame, (struct wf_yaml_entry){frame->key, frame->key_line, frame->key_column, node});
    frame->key = NULL;
  } else if (node->kind == WF_YAML_SCALAR) {
    frame->key = node->text;
    frame->key_line = node->line;
    frame->key_column = node->column;
  } else {
    refuse(reader, "a key must be a text, this is %s", wf_yaml_describe(node));
  }
}

static void open_collection(struct reader *reader, enum wf_yaml_kind kind) {
  struct wf_yaml *node = new_node(reader, kind);
  attach(reader, node);
  if (reader->failed) return;
  if (reader->depth == reader->depth_max) {
    refuse(reader, "nests deeper than %d levels", reader->depth_max);
    return;
  }
  reader->frames[reader->depth++] = (struct frame){.node = node};
}

static int compare_keys(const void *left, const void *right) {
  const struct wf_yaml_entry *a = *(const struct wf_yaml_entry *const *)left,
                             *b = *(const struct wf_yaml_entry *const *)right;
  int order = strcmp(a->key, b->key);
  return order ? order : (a < b ? -1 : a > b);
}

static void check_repeated_keys(struct reader *reader, const struct wf_yaml *node) {
  const struct wf_yaml_entry **sorted = arena_alloc(reader->arena, (node->count + 1) * sizeof(void *));
  for (size_t i = 0; i < node->count; i++) sorted[i] = &node->entries[i];
  qsort(sorted, node->count, sizeof *sorted, compare_keys);
  for (size_t i = 1; i < node->count; i++)
    if (strcmp(sorted[i - 1]->key, sorted[i]->key) == 0)
      wf_problem_add(reader->problems, sorted[i]->line, sorted[i]->column,
                     "key `%s` stands twice (first on line %d): expected once", sorted[i]->key, sorted[i - 1]->line);
}

static void close_collection(struct reader *reader) {
  struct frame *frame = &reader->frames[--reader->depth];
  if (frame->node->kind == WF_YAML_MAPPING) check_repeated_keys(reader, frame->node);
}

static void read_scalar(struct reader *reader, struct fy_token *value) {
  enum fy_scalar_style style = value ? fy_token_scalar_style(value) : FYSS_PLAIN;
  if (style == FYSS_SINGLE_QUOTED || style == FYSS_DOUBLE_QUOTED) reader->column--; // to the quote
  struct wf_yaml *node = new_node(reader, WF_YAML_SCALAR);
  size_t size = 0;
  const char *text = value ? fy_token_get_text(value, &size) : "";
  node->plain = style == FYSS_PLAIN;
  if (!text || !text_is_clean_utf8(text, size)) {
    refuse(reader, "a text holds a character that is not allowed (NUL or half a surrogate pair)");
    return;
  }
  node->text = arena_strndup(reader->arena, text, size);
  attach(reader, node);
}

// libfyaml marks where the content begins; people look at the sign before it.
static void move_to(struct reader *reader, const struct fy_mark *mark, int signs) {
  if (!mark || mark->line < 0) return;
  reader->line = mark->line + 1;
  reader->column = mark->column + 1 - signs;
}

// Refuses what could make a small document a large one, or give a value a meaning
// that is not written down.
static bool has_property(struct reader *reader, struct fy_token *anchor, struct fy_token *tag) {
  if (anchor || tag) move_to(reader, fy_token_start_mark(anchor ? anchor : tag), anchor != NULL);
  if (anchor)
    refuse(reader, "anchors (&) are not allowed: expected the value itself");
  else if (tag)
    refuse(reader, "tags (!) are not allowed: expected a plain value, in quotes when it is a text");
  return anchor || tag;
}

static void read_event(struct reader *reader, const struct fy_event *event) {
  switch (event->type) {
  case FYET_DOCUMENT_START:
    if (++reader->documents > 1) refuse(reader, "a second document starts here: expected one per file");
    break;
  case FYET_ALIAS:
    move_to(reader, fy_token_start_mark(event->alias.anchor), 1);
    refuse(reader, "aliases (*) are not allowed: expected the value itself");
    break;
  case FYET_MAPPING_START:
    if (!has_property(reader, event->mapping_start.anchor, event->mapping_start.tag))
      open_collection(reader, WF_YAML_MAPPING);
    break;
  case FYET_SEQUENCE_START:
    if (!has_property(reader, event->sequence_start.anchor, event->sequence_start.tag))
      open_collection(reader, WF_YAML_SEQUENCE);
    break;
  case FYET_MAPPING_END:
  case FYET_SEQUENCE_END: close_collection(reader); break;
  case FYET_SCALAR:
    if (!has_property(reader, event->scalar.anchor, event->scalar.tag)) read_scalar(reader, event->scalar.value);
    break;
  default: break;
  }
}

static void discard_output(struct fy_diag *diag, void *user, const char *text, size_t size) {
  (void)diag, (void)user, (void)text, (void)size;
}

static void report_syntax(struct reader *reader, struct fy_diag *diag) {
  void *iterator = NULL;
  const struct fy_diag_error *error = fy_diag_errors_iterate(diag, &iterator);
  if (error)
    wf_problem_add(reader->problems, error->line, error->column, "not valid YAML: %s", error->msg);
  else
    wf_problem_add(reader->problems, reader->line, reader->column, "not valid YAML");
  reader->failed = true;
}

static void read_events(struct reader *reader, struct fy_parser *parser, struct fy_diag *diag) {
  struct fy_event *event;
  while (!reader->failed && (event = fy_parser_parse(parser))) {
    const struct fy_mark *mark = fy_event_start_mark(event);
    move_to(reader, mark, 0);
    read_event(reader, event);
    fy_parser_event_free(parser, event);
  }
  if (!reader->failed && fy_parser_get_stream_error(parser)) report_syntax(reader, diag);
  if (!reader->failed && !reader->root) wf_problem_add(reader->problems, 0, 0, "the document is empty");
}

static void read_document(struct reader *reader, const char *document, size_t size) {
  struct fy_diag_cfg diag_config;
  fy_diag_cfg_default(&diag_config);
  diag_config.fp = NULL;
  diag_config.output_fn = discard_output;
  struct fy_diag *diag = fy_diag_create(&diag_config);
  WF_ASSERT(diag);
  fy_diag_set_collect_errors(diag, true);
  struct fy_parse_cfg config = {.flags = FYPCF_QUIET | FYPCF_DEFAULT_VERSION_1_2 | FYPCF_JSON_NONE, .diag = diag};
  struct fy_parser *parser = fy_parser_create(&config);
  WF_ASSERT(parser);
  if (fy_parser_set_string(parser, document, size) == 0)
    read_events(reader, parser, diag);
  else
    report_syntax(reader, diag);
  fy_parser_destroy(parser);
  fy_diag_destroy(diag);
}

int wf_yaml_read(const char *document, size_t size, size_t size_max, int depth_max, struct arena *arena,
                 struct wf_problem_list *problems, const struct wf_yaml **ret_root) {
  if (size > size_max) {
    wf_problem_add(problems, 0, 0, "the document has %zu bytes: expected at most %zu", size, size_max);
    return -WF_EINVAL;
  }
  if (size == 0 || !text_is_clean_utf8(document, size)) {
    wf_problem_add(problems, 0, 0, size ? "the document is not UTF-8 text without NUL" : "the document is empty");
    return -WF_EINVAL;
  }
  struct reader reader = {.arena = arena, .problems = problems, .depth_max = depth_max, .line = 1, .column = 1};
  reader.frames = arena_alloc0(arena, (size_t)depth_max * sizeof *reader.frames);
  read_document(&reader, document, size);
  if (reader.failed || !reader.root) return -WF_EINVAL;
  *ret_root = reader.root;
  return 0;
}

const struct wf_yaml *wf_yaml_get(const struct wf_yaml *mapping, const char *key) {
  if (mapping->kind != WF_YAML_MAPPING) return NULL;
  for (size_t i = 0; i < mapping->count; i++)
    if (strcmp(mapping->entries[i].key, key) == 0) return mapping->entries[i].value;
  return NULL;
}

bool wf_yaml_is_text(const struct wf_yaml *node) {
  return node->kind == WF_YAML_SCALAR && (!node->plain || wf_core_schema_kind(node->text) == WF_CORE_TEXT);
}

bool wf_yaml_is_null(const struct wf_yaml *node) {
  return node->kind == WF_YAML_SCALAR && node->plain && wf_core_schema_kind(node->text) == WF_CORE_NULL;
}

static jv scalar_to_json(const struct wf_yaml *node, struct wf_problem_list *problems) {
  jv value = node->plain ? wf_core_schema_value(node->text) : jv_string(node->text);
  if (jv_is_valid(value)) return value;
  jv_free(value);
  wf_problem_at(problems, node, "the number %s cannot be kept exactly: expected it in quotes, or within ±2^53",
                node->text);
  return jv_null();
}

jv wf_yaml_to_json(const struct wf_yaml *node, struct wf_problem_list *problems) {
  if (node->kind == WF_YAML_SCALAR) return scalar_to_json(node, problems);
  jv value = node->kind == WF_YAML_MAPPING ? jv_object() : jv_array();
  for (size_t i = 0; i < node->count; i++) {
    jv member = wf_yaml_to_json(node->entries[i].value, problems);
    value = node->kind == WF_YAML_MAPPING ? jv_object_set(value, jv_string(node->entries[i].key), member)
                                          : jv_array_append(value, member);
  }
  return value;
}

const char *wf_yaml_describe(const struct wf_yaml *node) {
  if (node->kind == WF_YAML_MAPPING) return "an object";
  if (node->kind == WF_YAML_SEQUENCE) return "a list";
  switch (node->plain ? wf_core_schema_kind(node->text) : WF_CORE_TEXT) {
  case WF_CORE_NULL: return "null";
  case WF_CORE_BOOLEAN: return "true or false";
  case WF_CORE_NUMBER: return "a number";
  case WF_CORE_TEXT: break;
  }
  return "a text";
}
