// SPDX-License-Identifier: Apache-2.0
// Where an operation of an OpenAPI document is served. Pure.
#pragma once

#include "io/openapi_document.h"

// The server's absolute URL, to be freed; NULL when it is none of http or https. `url` is the
// document's. Borrows all.
char *openapi_server_find(jv document, const struct openapi_operation *operation, const char *url);
