// SPDX-License-Identifier: Apache-2.0
// One value of the config: from text to the struct and back. Knows types and
// bounds, neither keys nor YAML.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/text.h"
#include "config_schema.h"

// Durations are whole numbers with units, "500ms" "90s" "1h30m" "7d" ("us" too);
// sizes a whole number with B, KiB, MiB or GiB, or none for bytes. Both return 0, or
// -WF_EINVAL also when 64 bits do not hold the value.
int config_duration_parse(struct text text, int64_t *ret_usec);
int config_bytes_parse(struct text text, int64_t *ret_bytes);

// The shortest exact text, in the arena.
const char *config_duration_format(int64_t usec, struct arena *arena);
const char *config_bytes_format(int64_t bytes, struct arena *arena);

// Parses `text` as the row's type, checks its bounds and stores it at `base` +
// offset; texts are copied into the arena. Returns 0, or -WF_EINVAL with *ret_problem
// saying what was expected (in the arena) and nothing stored. Not for
// CONFIG_PROPERTY.
int config_value_parse(const struct config_row *row, struct text text, void *base, struct arena *arena,
                       const char **ret_problem);
// The value as it would stand in the file.
const char *config_value_format(const struct config_row *row, const void *base, struct arena *arena);
// "a duration from 1s to 1h", "one of: group, manual" …
const char *config_value_bounds(const struct config_row *row, struct arena *arena);
// The same, with examples where a notation has to be known.
const char *config_value_expected(const struct config_row *row, struct arena *arena);
