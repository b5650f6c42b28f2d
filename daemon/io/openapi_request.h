// SPDX-License-Identifier: Apache-2.0
// The `with` of a `call: http` that does what a `call: openapi` asks for. Pure.
//
// `parameters` are the operation's by name, wherever they go (path, query, header, cookie;
// formData in Swagger 2, openapi_form.h). What is left of them is the request's body: the value of `body` if
// that alone is left and the body's schema has no property of that name, else the object of
// all that is left. In Swagger 2 the body parameter's own name counts first. What is left of
// an operation without a body is refused, as is a required parameter that is not there.
//
// The server is the first of the operation's, the path's or the document's `servers`, with its
// variables' defaults, as seen from the document's URL; in Swagger 2 `schemes` (the document's
// own scheme if it is among them, else https), `host` and `basePath`.
#pragma once

#include <jv.h>

#include "io/http_fault.h"

// Borrows `with` of the call and the document, fetched from `url`. Returns 0 and the other
// `with`, owned; or -WF_EINVAL and a fault: validation for parameters, else configuration.
int openapi_request_make(jv with, jv document, const char *url, jv *ret_with, struct http_fault *ret_fault);
