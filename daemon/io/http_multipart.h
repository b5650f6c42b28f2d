// SPDX-License-Identifier: Apache-2.0
// A body of multipart/form-data (RFC 7578), made of an object. Pure: the boundary is the first
// of a series that stands in none of the parts, so that the same form is the same bytes.
//
// A member is a part of its name: a text, number or truth value as a text, a list as a part for
// each element, an object as JSON, null as none. An object with `content` or `base64`, and
// beside it `filename` and `contentType` at most, is a file: its content as a text (or JSON for
// another value), or as base64.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"

// Whether a Content-Type, or NULL, is this one.
bool http_multipart_is(const char *type);
// Whether the value is the object of a file.
bool http_multipart_is_file(jv value);

// Borrows the object; appends the body. Returns 0 and the Content-Type with its boundary; or
// -WF_EINVAL and what is wrong, without quoting a value. Both are to be freed.
int http_multipart_make(jv form, struct buf *body, char **ret_type, char **ret_problem);
