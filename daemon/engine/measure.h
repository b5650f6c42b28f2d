// SPDX-License-Identifier: Apache-2.0
// What the engine asks of JSON values beyond libjq. Everything is borrowed.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

// Levels of nesting. What libjq 1.6 prints it refuses to parse again beyond 256, where
// an object counts twice, and an event wraps a value in a few more.
enum { WF_VALUE_DEPTH_MAX = 100 };

// False and null are false, everything else is true.
bool wf_value_holds(jv value);
bool wf_value_equal(jv a, jv b);

// Returns 0, or -WF_ETOOBIG when the value takes more than `bytes_max` bytes as compact
// JSON, escapes included, or nests too deep. Stops as soon as it knows.
int wf_value_check(jv value, size_t bytes_max);
// The same, and when it fits how many bytes it takes; of a small one escapes apart.
int wf_value_measure(jv value, size_t bytes_max, size_t *ret_bytes);
// The bytes that it takes, escapes apart, at most `bytes_max` + 1.
size_t wf_value_size(jv value, size_t bytes_max);
