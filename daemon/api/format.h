// SPDX-License-Identifier: Apache-2.0
// Formats of values that come as text, and the text of an array for PostgreSQL.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

bool format_is_uuid(const char *text);
// RFC 3339 with an offset or Z.
bool format_is_instant(const char *text);
// Decimal digits alone, within bounds.
bool format_is_integer(const char *text, long min, long max);
// "true" or "false"; also 1 and 0.
bool format_is_bool(const char *text);
bool format_is_one_of(const char *text, const char *const *words);

// PostgreSQL's text form of an array, each element quoted; the arena's.
const char *format_array(const char *const *values, size_t count, struct arena *arena);
// Cuts a,b,c at its commas into at most `max` texts of the arena; empty ones are left out.
// Returns how many there are.
size_t format_split(const char *text, const char **ret_values, size_t max, struct arena *arena);
