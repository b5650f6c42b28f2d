// SPDX-License-Identifier: Apache-2.0
// A YAML 1.2 document as a small tree with positions. Refuses aliases, tags,
// a second document, keys that are not scalars, and what is not clean UTF-8.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "base/text.h"
#include "config.h"

enum config_node_kind { CONFIG_NODE_NULL, CONFIG_NODE_SCALAR, CONFIG_NODE_MAP, CONFIG_NODE_LIST };

struct config_node {
  enum config_node_kind kind;
  const char *key; // in a map; NULL elsewhere
  int line, column; // of the key, in a list of the item; from 1
  struct text scalar;
  struct config_node *children; // of a map or list
  size_t count;
};

// Returns 0 and the root in the arena (CONFIG_NODE_NULL for an empty document); what
// is refused was added to the problems, and stands there as CONFIG_NODE_NULL. Or
// -WF_EINVAL when it is no YAML at all, with the problems added.
int config_yaml_parse(const char *document, size_t size, struct arena *arena, struct config_node *ret_root,
                      struct config_problems *problems);
