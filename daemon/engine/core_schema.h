// SPDX-License-Identifier: Apache-2.0
// What a plain (unquoted) YAML scalar means: the core schema of YAML 1.2.2, section
// 10.3.2. `no`, `on` and `012` are what they look like: two texts and twelve.
#pragma once

#include <jv.h>

enum wf_core_kind { WF_CORE_NULL, WF_CORE_BOOLEAN, WF_CORE_NUMBER, WF_CORE_TEXT };

enum wf_core_kind wf_core_schema_kind(const char *text);

// The value, owned. Invalid for a number that a double does not hold: an integer
// beyond 2^53, an infinite one, or .nan.
jv wf_core_schema_value(const char *text);
