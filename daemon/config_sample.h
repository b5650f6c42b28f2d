// SPDX-License-Identifier: Apache-2.0
// Writes the file that would give a configuration: every key with its help, type, bounds,
// default and whether a reload changes it; keys at their default are commented out. Never
// prints a secret: a reference shows as <set>, which cannot be read back.
#pragma once

#include <stdio.h>

#include "config_schema.h"

struct config_sample {
  FILE *out;
  const struct config_schema *schema;
  const void *config, *defaults;
  struct arena *arena; // of one printing
};

// A section that is not printed by rows alone, behind its help.
struct config_sample_special {
  const char *section;
  void (*print)(struct config_sample *sample);
};

// `specials` ends with {NULL}; NULL = none.
void config_sample_print(struct config_sample *sample, const struct config_sample_special *specials);

// ---- for specials -------------------------------------------------------------

// Text as a comment, broken between words.
void config_sample_comment(FILE *out, int indent, const char *text);
// A key with what is to be known of it.
void config_sample_row(struct config_sample *sample, int indent, const struct config_row *row, const char *value, bool is_default);
// Plain where YAML reads it back as the same text, else in double quotes.
const char *config_sample_quote(const char *text, struct arena *arena);
// "changed by a reload" or "needs a restart".
const char *config_sample_reload(const struct config_row *row);
