// SPDX-License-Identifier: Apache-2.0
// How OpenAPI writes a parameter's value into a path, a query, a header or a cookie: by
// `style` and `explode` (by RFC 6570 where they are its forms), `collectionFormat` in
// Swagger 2, or as JSON where the parameter has a `content`. With `allowReserved` reserved
// characters of a query stay, but for those that would end the value ('&' and '#'). Pure.
#pragma once

#include <jv.h>

#include "base/buf.h"

// All borrow the parameter and take the value, which is not null.

// In the place of {name} in the path.
void openapi_style_path(jv parameter, jv value, struct buf *out);
// More of a query, "a=b" or "&a=b" behind others.
void openapi_style_query(jv parameter, jv value, struct buf *query);
// A header's value, or the pair of a cookie, "a=b".
void openapi_style_header(jv parameter, jv value, struct buf *out);
void openapi_style_cookie(jv parameter, jv value, struct buf *out);
