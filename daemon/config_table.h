// SPDX-License-Identifier: Apache-2.0
// The table of keys: the one place that knows them. Nothing else may name a key's
// default, bounds or help.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config_check.h"

enum config_type {
  CONFIG_TEXT,     // const char *; min and max are bytes
  CONFIG_PATH,     // const char *; an absolute path
  CONFIG_SECRET,   // const char *; a reference to a secret, see config_secret.h
  CONFIG_INTEGER,  // int64_t
  CONFIG_DURATION, // int64_t, microseconds
  CONFIG_BYTES,    // int64_t
  CONFIG_ENUM,     // int; one of the words
  CONFIG_PROPERTY, // an entry of config.kafka
};

struct config_word {
  const char *name;
  int value;
};

// A key of the file, or with a name like "functions[].name" of a list's items.
struct config_row {
  const char *name; // "section.key", or "key" at the top
  enum config_type type;
  size_t offset;            // of the value in struct config, or in the list's item
  const char *default_text; // as it would stand in the file; NULL = must be given
  int64_t min, max;         // of the value, for texts of their length
  const struct config_word *words; // CONFIG_ENUM; ends with {NULL, 0}
  bool reloadable;
  const char *help; // one or more sentences
  config_check *check; // NULL = none beyond type and bounds
};

extern const struct config_row config_rows[];
extern const size_t config_row_count;

// A section, or a list, as it is introduced in the sample.
struct config_section {
  const char *name, *help;
};
extern const struct config_section config_sections[];
extern const size_t config_section_count;

// The row of a full name ("postgres.connections", "functions[].topic"), or NULL.
const struct config_row *config_row_find(const char *name);
// The part behind the section: "connections", "topic".
const char *config_row_key(const struct config_row *row);
// Whether the row is in that section ("postgres", "functions[]", "" for the top).
bool config_row_in(const struct config_row *row, const char *section);

// Kafka properties that the protocol depends on: setting one is refused with this
// reason. NULL = may be set.
const char *config_property_reserved(const char *name);
// Properties whose value is a secret, to be given as `<name>_file`.
bool config_property_secret(const char *name);
