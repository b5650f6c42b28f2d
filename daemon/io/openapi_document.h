// SPDX-License-Identifier: Apache-2.0
// OpenAPI 3.0 and 3.1 and Swagger 2 documents, in JSON or YAML, and the operations in them. Pure.
// References are followed within the document ("#/…"), a bounded number in a row; one to
// another document leads nowhere.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "io/http_fault.h"

// Returns 0 and the document, owned; or -WF_EINVAL and a communication fault: what came is
// no such document.
int openapi_document_read(const char *data, size_t size, jv *ret_document, struct http_fault *ret_fault);

// About how many bytes of memory it takes as a value: a few times its text.
size_t openapi_document_bytes(jv document); // borrows

bool openapi_document_is_swagger(jv document); // version 2; borrows

// Takes the node; what it refers to, owned, or itself; invalid when that leads nowhere.
jv openapi_document_resolve(jv document, jv node);

struct openapi_operation {
  jv operation, path_item; // owned
  char *path;              // "/pets/{petId}"
  const char *method;      // "get"; static
};

// Returns 0; or -WF_EUNKNOWN and a configuration fault that names a near miss.
int openapi_document_find(jv document, const char *operation_id, struct openapi_operation *ret_operation,
                          struct http_fault *ret_fault);
void openapi_operation_clear(struct openapi_operation *operation);
