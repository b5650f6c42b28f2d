// SPDX-License-Identifier: Apache-2.0
// A configuration file: one YAML document, read into a struct by a table of keys
// (config_schema.h). What a table does not express, such as a list, is read by the
// program's own functions.
#pragma once

#include "base/buf.h"
#include "base/error.h"
#include "config_problem.h"
#include "config_schema.h"
#include "engine/yaml.h"

enum { CONFIG_FILE_MAX = 1 << 20 };

// A member of a mapping or an element of a list, with its value.
typedef struct wf_yaml_entry config_node;

struct config_reader;

// A member of the document's top that is not read by rows alone.
struct config_special {
  const char *name;
  void (*load)(struct config_reader *reader, const config_node *node);
};

struct config_reader {
  const struct config_schema *schema;
  const struct config_special *specials; // ends with {NULL}; NULL = none
  void *base;                            // holds all defaults
  struct arena *arena;                   // for what is stored there
  struct config_problems *problems;
  struct arena *scratch; // of one reading
};

// Reads the document, then the overrides, texts of the form "section.key=value" that win
// over it. Returns 0, or -WF_EINVAL and all problems at once.
int config_file_parse(struct config_reader *reader, const char *document, size_t size, const char *const *overrides, size_t override_count)
    WF_MUST_CHECK;
// The whole file into `buf`. Returns 0, or -WF_EIO, -WF_EINVAL (too large) and a problem.
int config_file_read(const char *path, struct buf *buf, struct config_problems *problems) WF_MUST_CHECK;

// ---- for specials -------------------------------------------------------------

#define config_reader_problem(reader, node, ...) config_problem_add((reader)->problems, (node)->line, (node)->column, __VA_ARGS__)
// Stores the node's value at `base` + the row's offset, or adds what is wrong with it.
void config_reader_value(struct config_reader *reader, const struct config_row *row, const config_node *node, void *base);
// Adds that no such key is in the section.
void config_reader_unknown(struct config_reader *reader, const char *section, const config_node *node);

static inline bool config_node_is_null(const config_node *node) { return wf_yaml_is_null(node->value); }
static inline bool config_node_is_scalar(const config_node *node) { return node->value->kind == WF_YAML_SCALAR; }
static inline struct text config_node_text(const config_node *node) { return text_of(node->value->text); }
