// SPDX-License-Identifier: Apache-2.0
// One YAML 1.2 document (JSON is YAML) as a tree that knows where each node stands.
// Anchors, aliases, tags, a second document, keys that are not plain texts, repeated
// keys, bytes that are not UTF-8 and NUL are refused while reading, before a tree
// that they could blow up is built.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "engine/problem.h"

enum wf_yaml_kind { WF_YAML_SCALAR, WF_YAML_SEQUENCE, WF_YAML_MAPPING };

struct wf_yaml {
  enum wf_yaml_kind kind;
  int line, column; // from 1
  const char *text; // scalar: terminated, without NUL inside
  bool plain;       // scalar written without quotes
  struct wf_yaml_entry *entries;
  size_t count;
};

// A member of a mapping, or, with key NULL, an element of a sequence.
struct wf_yaml_entry {
  const char *key;
  int line, column; // of the key; of the element
  const struct wf_yaml *value;
};

// Reads the whole document, which must be at most `size_max` bytes and nest at most
// `depth_max` collections. Returns 0 and the tree, in the arena; otherwise -WF_EINVAL
// and at least one problem more. A key that stands twice is a problem in a tree that can
// be read on: 0.
int wf_yaml_read(const char *document, size_t size, size_t size_max, int depth_max, struct arena *arena,
                 struct wf_problem_list *problems, const struct wf_yaml **ret_root);

// The value at a key of a mapping, NULL when there is none.
const struct wf_yaml *wf_yaml_get(const struct wf_yaml *mapping, const char *key);

// Whether a scalar is a text: quoted, or plain and nothing else by the core schema.
bool wf_yaml_is_text(const struct wf_yaml *node);
// Whether it is the null of the core schema.
bool wf_yaml_is_null(const struct wf_yaml *node);

// The JSON value by the YAML 1.2 core schema, owned. A number that a double cannot
// hold (beyond 2^53 when an integer, infinite, not a number) is a problem, and null.
jv wf_yaml_to_json(const struct wf_yaml *node, struct wf_problem_list *problems);

// "an object", "a list", "a text", "a number", "true or false", "null": for problems.
const char *wf_yaml_describe(const struct wf_yaml *node);
