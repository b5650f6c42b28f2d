// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_body.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "engine/member.h"
#include "io/http_content.h"
#include "io/openapi_document.h"

// A range such as */* says nothing; what comes first in this order is chosen.
static int rank(const char *type) {
  if (strchr(type, '*')) return 9;
  switch (http_content_kind(type)) {
  case HTTP_CONTENT_JSON: return strncmp(type, "application/json", 16) == 0 ? 0 : 1;
  case HTTP_CONTENT_FORM: return 2;
  case HTTP_CONTENT_TEXT:
  case HTTP_CONTENT_YAML: return 3;
  default: return strncmp(type, "multipart/", 10) == 0 ? 5 : 4;
  }
}

// Takes a list of media types; the best, to be freed, or NULL.
static char *choose(jv types) {
  char *best = NULL;
  if (jv_get_kind(types) == JV_KIND_ARRAY)
    jv_array_foreach(types, i, type) {
      const char *text = jv_get_kind(type) == JV_KIND_STRING ? jv_string_value(type) : "*/*";
      if (rank(text) < 9 && (!best || rank(text) < rank(best))) {
        free(best);
        best = xstrdup(text);
      }
      jv_free(type);
    }
  jv_free(types);
  return best;
}

// Takes the map of media types.
static char *choose_key(jv content) {
  if (jv_get_kind(content) == JV_KIND_OBJECT) return choose(jv_keys(content));
  jv_free(content);
  return NULL;
}

static struct openapi_body describe(jv document, jv request_body) {
  jv content = wf_member(request_body, "content"), required = wf_member(request_body, "required");
  struct openapi_body body = {.is_there = jv_get_kind(request_body) == JV_KIND_OBJECT,
                              .is_required = jv_get_kind(required) == JV_KIND_TRUE,
                              .type = choose_key(jv_copy(content)),
                              .schema = jv_null(),
                              .encoding = jv_null()};
  if (body.type) {
    jv media = wf_member(content, body.type);
    body.encoding = wf_member(media, "encoding");
    body.schema = openapi_document_resolve(document, wf_member(media, "schema"));
    jv_free(media);
  }
  jv_free(content);
  jv_free(required);
  return body;
}

// A list of the operation's, or else of the document's.
static jv inherited(jv document, jv operation, const char *name) {
  jv own = wf_member(operation, name);
  if (jv_get_kind(own) == JV_KIND_ARRAY) return own;
  jv_free(own);
  return wf_member(document, name);
}

static struct openapi_body describe_swagger(jv document, jv operation, jv parameter, enum openapi_fields fields) {
  jv required = wf_member(parameter, "required"), schema = wf_member(parameter, "schema");
  struct openapi_body body = {.is_there = fields || jv_get_kind(parameter) == JV_KIND_OBJECT,
                              .is_required = jv_get_kind(required) == JV_KIND_TRUE,
                              .type = choose(inherited(document, operation, "consumes")),
                              .schema = openapi_document_resolve(document, schema),
                              .encoding = jv_null()};
  jv_free(required);
  bool is_form = body.type && http_content_kind(body.type) == HTTP_CONTENT_FORM;
  bool is_multipart = body.type && strncmp(body.type, "multipart/", 10) == 0;
  bool has_files = fields == OPENAPI_FIELDS_WITH_FILES;
  if (fields && (has_files || !is_form) && !is_multipart) {
    free(body.type);
    body.type = xstrdup(has_files ? "multipart/form-data" : "application/x-www-form-urlencoded");
  }
  if (!body.type) body.type = xstrdup("application/json");
  return body;
}

struct openapi_body openapi_body_describe(jv document, jv operation, jv body_parameter, enum openapi_fields fields) {
  if (openapi_document_is_swagger(document)) return describe_swagger(document, operation, body_parameter, fields);
  jv request_body = openapi_document_resolve(document, wf_member(operation, "requestBody"));
  struct openapi_body body = describe(document, request_body);
  jv_free(request_body);
  return body;
}

void openapi_body_clear(struct openapi_body *body) {
  free(body->type);
  jv_free(body->schema);
  jv_free(body->encoding);
}

// Whether the key of a response stands for a success.
static bool is_success(const char *status) { return status[0] == '2' || strcmp(status, "default") == 0; }

char *openapi_body_accepts(jv document, jv operation) {
  if (openapi_document_is_swagger(document)) return choose(inherited(document, operation, "produces"));
  jv responses = wf_member(operation, "responses");
  char *best = NULL;
  if (jv_get_kind(responses) == JV_KIND_OBJECT)
    jv_object_foreach(responses, status, response) {
      response = openapi_document_resolve(document, response);
      char *type = is_success(jv_string_value(status)) ? choose_key(wf_member(response, "content")) : NULL;
      if (type && (!best || rank(type) < rank(best))) {
        free(best);
        best = type;
      } else {
        free(type);
      }
      jv_free(status);
      jv_free(response);
    }
  jv_free(responses);
  return best;
}
