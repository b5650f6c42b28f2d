// SPDX-License-Identifier: Apache-2.0
#include "config_yaml.h"

#include <libfyaml.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct reader {
  struct arena *arena;
  struct config_problems *problems;
};

static struct fy_diag *diag_new(void) {
  struct fy_diag_cfg cfg;
  fy_diag_cfg_default(&cfg);
  cfg.fp = NULL;
  cfg.colorize = false;
  struct fy_diag *diag = fy_diag_create(&cfg);
  if (diag) fy_diag_set_collect_errors(diag, true);
  return diag;
}

// Where a node (of a collection, its first scalar) stands; an empty one has no token
// of its own and keeps what is known of its key.
static void node_position(struct fy_node *node, int *line, int *column) {
  const struct fy_mark *mark = NULL;
  if (fy_node_is_scalar(node)) {
    struct fy_token *token = fy_node_get_scalar_token(node);
    mark = token ? fy_token_start_mark(token) : NULL;
  } else if (fy_node_is_mapping(node)) {
    void *iterator = NULL;
    struct fy_node_pair *pair = fy_node_mapping_iterate(node, &iterator);
    if (pair) node_position(fy_node_pair_key(pair), line, column);
  } else if (fy_node_is_sequence(node)) {
    struct fy_node *first = fy_node_sequence_get_by_index(node, 0);
    if (first) node_position(first, line, column);
  }
  if (!mark || mark->line < 0) return;
  *line = mark->line + 1;
  *column = mark->column + 1;
}

static bool is_null(struct fy_node *node, struct text text) {
  if (fy_node_get_style(node) != FYNS_PLAIN) return false;
  return text.size == 0 || text_equal(text, TEXT("~")) || text_equal(text, TEXT("null"));
}

static void read_node(struct reader *reader, struct fy_node *from, struct config_node *to);

static void read_map(struct reader *reader, struct fy_node *from, struct config_node *to) {
  int count = fy_node_mapping_item_count(from);
  to->kind = CONFIG_NODE_MAP;
  to->children = arena_alloc0(reader->arena, (size_t)(count > 0 ? count : 0) * sizeof *to->children);
  void *iterator = NULL;
  for (struct fy_node_pair *pair; (pair = fy_node_mapping_iterate(from, &iterator));) {
    struct fy_node *key = fy_node_pair_key(pair);
    struct config_node *child = &to->children[to->count];
    child->line = to->line;
    child->column = to->column;
    if (key) node_position(key, &child->line, &child->column);
    size_t size = 0;
    const char *text = key && fy_node_is_scalar(key) && !fy_node_is_alias(key) ? fy_node_get_scalar(key, &size) : NULL;
    if (!text) {
      config_problem_add(reader->problems, child->line, child->column, "this key is no text, expected the name of a key");
      continue;
    }
    child->key = arena_strndup(reader->arena, text, size);
    to->count++;
    read_node(reader, fy_node_pair_value(pair), child);
  }
}

static void read_list(struct reader *reader, struct fy_node *from, struct config_node *to) {
  int count = fy_node_sequence_item_count(from);
  to->kind = CONFIG_NODE_LIST;
  to->children = arena_alloc0(reader->arena, (size_t)(count > 0 ? count : 0) * sizeof *to->children);
  void *iterator = NULL;
  for (struct fy_node *item; (item = fy_node_sequence_iterate(from, &iterator));) {
    struct config_node *child = &to->children[to->count++];
    child->line = to->line;
    child->column = to->column;
    node_position(item, &child->line, &child->column);
    read_node(reader, item, child);
  }
}

static void read_scalar(struct reader *reader, struct fy_node *from, struct config_node *to) {
  size_t size = 0;
  const char *text = from ? fy_node_get_scalar(from, &size) : NULL;
  if (!text) return; // stays null
  to->scalar = (struct text){arena_strndup(reader->arena, text, size), size};
  to->kind = is_null(from, to->scalar) ? CONFIG_NODE_NULL : CONFIG_NODE_SCALAR;
}

static void read_node(struct reader *reader, struct fy_node *from, struct config_node *to) {
  if (from && fy_node_is_alias(from)) {
    config_problem_add(reader->problems, to->line, to->column, "an alias (*name) is not supported, expected the value itself");
    return;
  }
  size_t tag_size;
  if (from && fy_node_get_tag(from, &tag_size)) {
    config_problem_add(reader->problems, to->line, to->column, "a tag (!name) is not supported, expected a plain value");
    return;
  }
  if (from && fy_node_is_mapping(from))
    read_map(reader, from, to);
  else if (from && fy_node_is_sequence(from))
    read_list(reader, from, to);
  else
    read_scalar(reader, from, to);
}

static void add_syntax_errors(struct fy_diag *diag, struct config_problems *problems) {
  void *iterator = NULL;
  size_t before = problems->count;
  for (struct fy_diag_error *error; (error = fy_diag_errors_iterate(diag, &iterator));)
    config_problem_add(problems, error->line, error->column, "%s, expected YAML", error->msg);
  if (problems->count == before) config_problem_add(problems, 0, 0, "this is no YAML document");
}

// The first document; a second one is a problem.
static int parse_document(struct fy_parser *parser, struct fy_diag *diag, struct reader *reader, struct config_node *root) {
  struct fy_document *document = fy_parse_load_document(parser);
  bool good = !fy_diag_got_error(diag);
  if (!good) add_syntax_errors(diag, reader->problems);
  if (good && document && fy_document_root(document)) read_node(reader, fy_document_root(document), root);
  struct fy_document *second = good ? fy_parse_load_document(parser) : NULL;
  if (good && fy_diag_got_error(diag)) {
    add_syntax_errors(diag, reader->problems);
    good = false;
  }
  if (second) config_problem_add(reader->problems, 0, 0, "the file has a second document (---), expected one");
  fy_parse_document_destroy(parser, second);
  fy_parse_document_destroy(parser, document);
  return good ? 0 : -WF_EINVAL;
}

int config_yaml_parse(const char *document, size_t size, struct arena *arena, struct config_node *ret_root,
                      struct config_problems *problems) {
  if (!text_is_clean_utf8(document, size)) {
    config_problem_add(problems, 0, 0, "the file is no UTF-8 text");
    return -WF_EINVAL;
  }
  struct fy_diag *diag = diag_new();
  WF_ASSERT(diag);
  const struct fy_parse_cfg cfg = {.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag};
  struct fy_parser *parser = fy_parser_create(&cfg);
  WF_ASSERT(parser);
  struct reader reader = {arena, problems};
  struct config_node root = {.line = 1, .column = 1};
  int result = fy_parser_set_string(parser, document, size) == 0 ? parse_document(parser, diag, &reader, &root) : -WF_EINVAL;
  fy_parser_destroy(parser);
  fy_diag_destroy(diag);
  if (result == 0) *ret_root = root;
  return result;
}
