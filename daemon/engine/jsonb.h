// SPDX-License-Identifier: Apache-2.0
// What a value must be to become a fact: something that JSON and PostgreSQL's jsonb
// hold, and that can be written and read again.
#pragma once

#include <jv.h>

// Levels of arrays and objects; bytes, roughly, as JSON. libjq parses 256 levels, and
// events and messages wrap a value in some more.
enum { WF_JSONB_DEPTH_MAX = 200, WF_JSONB_SIZE_MAX = 32 << 20 };

// Borrows `value`. Returns NULL, or static text that says what it holds that it must
// not: NUL in a text, a number that is not finite, too deep or too large. Walks no
// more than WF_JSONB_SIZE_MAX, however often parts are shared.
const char *wf_jsonb_objection(jv value);
