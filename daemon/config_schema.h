// SPDX-License-Identifier: Apache-2.0
// What a configuration file may hold, as a table: the parser (config_file.h), the printed
// sample (config_sample.h) and what a reload may change all come from it. Each program has
// a table of its own: workflowd config_table.h, workflowd-api api/api_config.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "config_check.h"

enum config_type {
  CONFIG_TEXT,     // const char *; min and max are bytes
  CONFIG_PATH,     // const char *; an absolute path
  CONFIG_SECRET,   // const char *; a reference to a secret, see config_secret.h
  CONFIG_INTEGER,  // int64_t
  CONFIG_DURATION, // int64_t, microseconds
  CONFIG_BYTES,    // int64_t
  CONFIG_ENUM,     // int; one of the words
  CONFIG_PROPERTY, // const char *; an entry of a list, not in the struct: config.kafka
};

struct config_word {
  const char *name;
  int value;
};

// A key of the file, or with a name like "functions[].name" of a list's items.
struct config_row {
  const char *name; // "section.key", or "key" at the top
  enum config_type type;
  size_t offset;            // of the value in the struct, or in the list's item
  const char *default_text; // as it would stand in the file; NULL = must be given
  int64_t min, max;         // of the value, for texts of their length
  const struct config_word *words; // CONFIG_ENUM; ends with {NULL, 0}
  bool reloadable;
  const char *help; // one or more sentences
  config_check *check; // NULL = none beyond type and bounds
};

// A section, or a list, as it is introduced in the sample.
struct config_section {
  const char *name, *help;
};
struct config_schema {
  const char *title; // what the sample begins with
  const char *usage; // what it says next: how to check and how to reload
  const struct config_section *sections; // in the order of the sample
  size_t section_count;
  const struct config_row *rows;
  size_t row_count;
};

// The row of a full name ("postgres.connections", "functions[].topic"), or NULL.
const struct config_row *config_row_find(const struct config_schema *schema, const char *name);
// The part behind the section: "connections", "topic".
const char *config_row_key(const struct config_row *row);
// Whether the row is in that section ("postgres", "functions[]", "" for the top).
bool config_row_in(const struct config_row *row, const char *section);
// Whether its value stands in the struct itself: neither a property nor in a list's item.
bool config_row_is_plain(const struct config_row *row);

// All of these are about plain rows alone. `base` is the struct, `arena` its own.
void config_schema_defaults(const struct config_schema *schema, void *base, struct arena *arena);
// The keys that differ and that a reload may not change, at most `max` names (static
// text). Returns how many there are.
size_t config_schema_diff(const struct config_schema *schema, const void *old, const void *new, const char **ret_names, size_t max);
// Gives `new` the values of `old` for them.
void config_schema_keep(const struct config_schema *schema, void *new, const void *old, struct arena *arena);
