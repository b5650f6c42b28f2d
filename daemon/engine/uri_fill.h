// SPDX-License-Identifier: Apache-2.0
// URI templates as the DSL has them (dsl-reference.md, "URI Template"): `{name}` stands for
// the member `name` of a value, written by RFC 6570's simple string expansion. Names are
// taken as they are, operators are part of the name. One that has no value is empty.
#pragma once

#include <jv.h>

#include "base/arena.h"
#include "base/error.h"

// Borrows `values`. Returns 0 and an owned text; or -WF_EINVAL and what is wrong, in the
// arena: a member that is neither text, number, boolean nor null, or a `{` without end.
// Placeholders of secrets stay whole: they are no text to be encoded yet.
int wf_uri_fill(const char *text, jv values, struct arena *arena, jv *ret_text, const char **ret_problem) WF_MUST_CHECK;
