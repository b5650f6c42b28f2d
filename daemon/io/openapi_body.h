// SPDX-License-Identifier: Apache-2.0
// What an operation of an OpenAPI document takes as body, and what it answers with: media types.
// JSON is chosen where there is a choice, then a form, then the first. Pure.
#pragma once

#include <jv.h>
#include <stdbool.h>

struct openapi_body {
  bool is_there, is_required;
  char *type; // its media type, or NULL
  jv schema;  // resolved, or null
  jv encoding; // of the media type in OpenAPI 3, or null
};

// Of fields in Swagger 2.
enum openapi_fields { OPENAPI_FIELDS_NONE, OPENAPI_FIELDS_PLAIN, OPENAPI_FIELDS_WITH_FILES };

// Of the operation; in Swagger 2 by its body parameter (null = none), or a form. Borrows all.
struct openapi_body openapi_body_describe(jv document, jv operation, jv body_parameter, enum openapi_fields fields);
void openapi_body_clear(struct openapi_body *body);

// The media type to ask for, to be freed; NULL when none is declared.
char *openapi_body_accepts(jv document, jv operation);
