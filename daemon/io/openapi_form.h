// SPDX-License-Identifier: Apache-2.0
// Forms as OpenAPI describes them, as io/http_multipart.h and io/http_outgoing.h take them:
// what the document says is a file becomes the object of one (a text is its content, and its
// name is the field's), lists are joined where they do not repeat their name. Pure.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "io/openapi_body.h"

// Swagger 2, a formData parameter: borrows it and takes the value.
bool openapi_form_is_file(jv parameter);
jv openapi_form_field(jv parameter, jv value);

// OpenAPI 3, a body of the described media type, by its schema and `encoding`: borrows both and
// takes the body; what is no object stays as it is.
jv openapi_form_body(jv document, const struct openapi_body *described, jv body);
