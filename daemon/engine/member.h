// SPDX-License-Identifier: Apache-2.0
// Members of a JSON object by name. What is no object has none. Nothing is taken: the object
// stays the caller's.
#pragma once

#include <stdbool.h>

#include <jv.h>

#include "base/arena.h"

// Owned by the caller; null when there is none.
jv wf_member(jv object, const char *name);

// Whether it is this text.
bool wf_member_is(jv object, const char *name, const char *text);

// A text, to be freed, or as long as the arena; NULL when it is none.
char *wf_member_text(jv object, const char *name);
const char *wf_member_kept(jv object, const char *name, struct arena *arena);

// A number, or what is said to stand for it when it is none.
double wf_member_number(jv object, const char *name, double otherwise);
