// SPDX-License-Identifier: Apache-2.0
// Any bytes are an OpenAPI document or refused; what is made of an operation of it is a
// request that can be sent, or refused.
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "io/http_outgoing.h"
#include "io/openapi_document.h"
#include "io/openapi_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void make(jv document, const char *with_text) {
  jv with = jv_parse(with_text), made;
  struct http_fault fault = {0};
  struct http_message message;
  char *problem;
  if (openapi_request_make(with, document, "http://h/docs/api.json", &made, &fault) < 0) {
    WF_ASSERT(fault.detail);
  } else {
    if (http_outgoing_make(made, &message, &problem) < 0)
      free(problem);
    else
      http_message_clear(&message);
    jv_free(made);
  }
  http_fault_clear(&fault);
  jv_free(with);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  jv document;
  struct http_fault fault;
  if (openapi_document_read((const char *)data, size, &document, &fault) < 0) {
    WF_ASSERT(fault.detail);
    http_fault_clear(&fault);
    return 0;
  }
  make(document, "{\"operationId\":\"op\",\"parameters\":{\"id\":\"a/b\",\"list\":[1,null,\"x\"],\"map\":{\"k\":[2]},\"body\":{\"y\":1}}}");
  make(document, "{\"operationId\":\"op\",\"parameters\":{\"id\":\"..\"}}");
  make(document, "{\"operationId\":\"other\"}");
  jv_free(document);
  return 0;
}
