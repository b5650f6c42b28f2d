// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "engine/member.h"
#include "io/http_content.h"
#include "io/http_multipart.h"
#include "io/openapi_body.h"
#include "io/openapi_document.h"
#include "io/openapi_form.h"
#include "io/openapi_server.h"
#include "io/openapi_style.h"

// What is put together.
struct draft {
  jv document;    // borrowed
  jv given, left; // `parameters`, and what nobody took of them yet
  struct openapi_operation *operation;
  struct buf path, query, cookie; // the path's {names} are replaced one by one
  jv headers, form, body;         // null until there is one
  enum openapi_fields fields;     // of the form, declared
  jv body_parameter;              // Swagger 2, or null
  struct http_fault fault;        // detail NULL = none
};

static bool is_there(jv value) { return jv_get_kind(value) != JV_KIND_NULL && jv_is_valid(value); }
static bool text_is(jv value, const char *text) {
  return jv_get_kind(value) == JV_KIND_STRING && strcmp(jv_string_value(value), text) == 0;
}

static void refuse(struct draft *draft, struct http_fault fault) {
  if (draft->fault.detail)
    http_fault_clear(&fault);
  else
    draft->fault = fault;
}

// Takes the member out of what is left; null when it was not given. Two parameters of one
// name, in different places, have one value.
static jv take(struct draft *draft, const char *name) {
  jv value = wf_member(draft->given, name);
  draft->left = jv_object_delete(draft->left, jv_string(name));
  return value;
}

// The value of a header's parameter: if not as it is, its name is given in any case.
static jv take_header(struct draft *draft, const char *name) {
  jv names = jv_keys(jv_copy(draft->given)), value = take(draft, name);
  jv_array_foreach(names, i, given) {
    if (!is_there(value) && strcasecmp(jv_string_value(given), name) == 0) value = take(draft, jv_string_value(given));
    jv_free(given);
  }
  jv_free(names);
  return value;
}

// Takes the value.
static void put_in_path(struct draft *draft, jv parameter, const char *name, jv value) {
  struct buf text = {0}, path = {0};
  openapi_style_path(parameter, value, &text);
  struct text written = {text.data, text.size};
  if (text_equal(written, TEXT(".")) || text_equal(written, TEXT("..")))
    refuse(draft, http_fault_make(WF_ERROR_VALIDATION, true, "parameter `%.200s` leads to another path", name));
  char *place = xasprintf("{%s}", name);
  const char *at = draft->path.size ? draft->path.data : "", *end = at + draft->path.size, *found;
  while ((found = memmem(at, (size_t)(end - at), place, strlen(place)))) {
    buf_put(&path, at, (size_t)(found - at));
    buf_put(&path, text.data, text.size);
    at = found + strlen(place);
  }
  buf_put(&path, at, (size_t)(end - at));
  free(place);
  buf_free(&draft->path);
  buf_free(&text);
  draft->path = path;
}

static void put_header(struct draft *draft, const char *name, const struct buf *value) {
  draft->headers = jv_object_set(draft->headers, jv_string(name), jv_string_sized(value->data ? value->data : "", (int)value->size));
}

// Takes the value.
static void put_parameter(struct draft *draft, jv parameter, const char *name, const char *in, jv value) {
  struct buf text = {0};
  if (strcmp(in, "path") == 0) {
    put_in_path(draft, parameter, name, value);
  } else if (strcmp(in, "query") == 0) {
    openapi_style_query(parameter, value, &draft->query);
  } else if (strcmp(in, "header") == 0) {
    openapi_style_header(parameter, value, &text);
    put_header(draft, name, &text);
  } else if (strcmp(in, "cookie") == 0) {
    if (draft->cookie.size) buf_puts(&draft->cookie, "; ");
    openapi_style_cookie(parameter, value, &draft->cookie);
  } else if (strcmp(in, "formData") == 0) {
    value = openapi_form_field(parameter, value);
    draft->form = jv_object_set(is_there(draft->form) ? draft->form : jv_object(), jv_string(name), value);
    if (openapi_form_is_file(parameter))
      draft->fields = OPENAPI_FIELDS_WITH_FILES;
    else if (!draft->fields)
      draft->fields = OPENAPI_FIELDS_PLAIN;
  } else {
    jv_free(value);
  }
  buf_free(&text);
}

// The parameter's default: a required one that has one is sent with it.
static jv default_of(struct draft *draft, jv parameter) {
  jv schema = openapi_document_resolve(draft->document, wf_member(parameter, "schema"));
  jv value = wf_member(schema, "default");
  jv_free(schema);
  if (is_there(value)) return value;
  jv_free(value);
  return wf_member(parameter, "default");
}

// Takes the parameter, resolved.
static void apply(struct draft *draft, jv parameter) {
  jv name = wf_member(parameter, "name"), in = wf_member(parameter, "in");
  if (jv_get_kind(name) == JV_KIND_STRING && text_is(in, "body")) {
    jv_free(draft->body_parameter);
    draft->body_parameter = jv_copy(parameter);
  } else if (jv_get_kind(name) == JV_KIND_STRING && jv_get_kind(in) == JV_KIND_STRING) {
    jv value = text_is(in, "header") ? take_header(draft, jv_string_value(name)) : take(draft, jv_string_value(name));
    jv required = wf_member(parameter, "required");
    bool is_required = jv_get_kind(required) == JV_KIND_TRUE || text_is(in, "path");
    jv_free(required);
    if (!is_there(value) && is_required) value = default_of(draft, parameter);
    if (is_there(value))
      put_parameter(draft, parameter, jv_string_value(name), jv_string_value(in), value);
    else if (is_required)
      refuse(draft, http_fault_make(WF_ERROR_VALIDATION, true, "operation `%.200s` needs the parameter `%.200s` (in %.20s)",
                                    draft->operation->path, jv_string_value(name), jv_string_value(in)));
  }
  jv_free(name);
  jv_free(in);
  jv_free(parameter);
}

// Takes both lists; `more` where it has one of the same name and place, else `base`.
static jv merge(struct draft *draft, jv base, jv more) {
  jv all = jv_object(); // by "in name"
  jv lists[] = {base, more};
  for (int i = 0; i < 2; i++) {
    if (jv_get_kind(lists[i]) == JV_KIND_ARRAY)
      jv_array_foreach(lists[i], j, parameter) {
        parameter = openapi_document_resolve(draft->document, parameter);
        jv in = wf_member(parameter, "in"), name = wf_member(parameter, "name");
        if (jv_get_kind(in) == JV_KIND_STRING && jv_get_kind(name) == JV_KIND_STRING) {
          jv key = jv_string_concat(jv_string_concat(jv_copy(in), jv_string(" ")), jv_copy(name));
          all = jv_object_set(all, key, jv_copy(parameter));
        } else if (!jv_is_valid(parameter)) {
          refuse(draft, http_fault_make(WF_ERROR_CONFIGURATION, true, "a parameter of `%.200s` refers to what is not in the OpenAPI document",
                                        draft->operation->path));
        }
        jv_free(in);
        jv_free(name);
        jv_free(parameter);
      }
    jv_free(lists[i]);
  }
  return all;
}

// What stands in the path and is declared nowhere.
static void fill_path(struct draft *draft) {
  const char *from, *to;
  while (!draft->fault.detail && draft->path.size > 0 && (from = memchr(draft->path.data, '{', draft->path.size)) &&
         (to = memchr(from, '}', (size_t)(draft->path.data + draft->path.size - from)))) {
    char *name = xstrndup(from + 1, (size_t)(to - from - 1));
    jv declared = jv_object_set(jv_object(), jv_string("name"), jv_string(name));
    apply(draft, jv_object_set(declared, jv_string("in"), jv_string("path")));
    free(name);
  }
}

static void apply_parameters(struct draft *draft) {
  jv all = merge(draft, wf_member(draft->operation->path_item, "parameters"), wf_member(draft->operation->operation, "parameters"));
  jv_object_foreach(all, key, parameter) {
    jv_free(key);
    apply(draft, parameter);
  }
  jv_free(all);
  fill_path(draft);
  if (draft->cookie.size) put_header(draft, "Cookie", &draft->cookie);
}

// The object of what is left, or the one value of `body`; null when nothing is.
static jv take_rest(struct draft *draft, jv schema) {
  int count = jv_object_length(jv_copy(draft->left));
  if (count == 0) return jv_null();
  bool has_body = jv_object_has(jv_copy(draft->left), jv_string("body"));
  jv properties = wf_member(schema, "properties");
  bool is_member = jv_get_kind(properties) == JV_KIND_OBJECT && jv_object_has(jv_copy(properties), jv_string("body"));
  jv_free(properties);
  if (count == 1 && has_body && !is_member) return take(draft, "body");
  jv rest = draft->left;
  draft->left = jv_object();
  return rest;
}

static void refuse_rest(struct draft *draft) {
  jv keys = jv_keys(jv_copy(draft->left));
  if (jv_array_length(jv_copy(keys)) > 0) {
    jv first = jv_array_get(jv_copy(keys), 0);
    refuse(draft, http_fault_make(WF_ERROR_VALIDATION, true, "operation `%.200s` has no parameter `%.200s`, and no body",
                                  draft->operation->path, jv_string_value(first)));
    jv_free(first);
  }
  jv_free(keys);
}

// A declared body: `described` says of what type, and whether it must be there.
static void apply_body(struct draft *draft, const struct openapi_body *described) {
  jv body = jv_null();
  if (is_there(draft->body_parameter)) {
    jv name = wf_member(draft->body_parameter, "name");
    body = take(draft, jv_string_value(name));
    jv_free(name);
  }
  if (is_there(draft->form)) {
    jv_free(body);
    body = jv_copy(draft->form);
    refuse_rest(draft);
  } else if (!is_there(body)) {
    jv_free(body);
    body = take_rest(draft, described->schema);
  } else {
    refuse_rest(draft);
  }
  if (!is_there(body) && described->is_required)
    refuse(draft, http_fault_make(WF_ERROR_VALIDATION, true, "operation `%.200s` needs a body", draft->operation->path));
  bool is_form = http_multipart_is(described->type) ||
                 (described->type && http_content_kind(described->type) == HTTP_CONTENT_FORM);
  if (is_form && !openapi_document_is_swagger(draft->document)) body = openapi_form_body(draft->document, described, body);
  if (is_there(body) && described->type && !jv_object_has(jv_copy(draft->headers), jv_string("Content-Type")))
    draft->headers = jv_object_set(draft->headers, jv_string("Content-Type"), jv_string(described->type));
  draft->body = body;
}

static void apply_rest(struct draft *draft) {
  struct openapi_body described = openapi_body_describe(draft->document, draft->operation->operation, draft->body_parameter,
                                                        draft->fields);
  if (described.is_there)
    apply_body(draft, &described);
  else
    refuse_rest(draft);
  char *accept = openapi_body_accepts(draft->document, draft->operation->operation);
  if (accept && !jv_object_has(jv_copy(draft->headers), jv_string("Accept")))
    draft->headers = jv_object_set(draft->headers, jv_string("Accept"), jv_string(accept));
  free(accept);
  openapi_body_clear(&described);
}

static jv copy_member(jv to, jv from, const char *name) {
  jv value = wf_member(from, name);
  if (is_there(value)) return jv_object_set(to, jv_string(name), value);
  jv_free(value);
  return to;
}

static jv write_with(struct draft *draft, jv with, const char *server) {
  struct buf url = {0};
  size_t size = strlen(server);
  while (size > 0 && server[size - 1] == '/') size--;
  buf_put(&url, server, size);
  buf_put(&url, draft->path.data, draft->path.size);
  if (draft->query.size) buf_puts(&url, memchr(url.data, '?', url.size) ? "&" : "?");
  buf_put(&url, draft->query.data, draft->query.size);
  jv endpoint = jv_object_set(jv_object(), jv_string("uri"), jv_string_sized(url.data, (int)url.size));
  buf_free(&url);
  jv made = jv_object_set(jv_object(), jv_string("method"), jv_string(draft->operation->method));
  made = jv_object_set(made, jv_string("endpoint"), copy_member(endpoint, with, "authentication"));
  made = jv_object_set(made, jv_string("headers"), jv_copy(draft->headers));
  if (is_there(draft->body)) made = jv_object_set(made, jv_string("body"), jv_copy(draft->body));
  return copy_member(copy_member(made, with, "output"), with, "redirect");
}

static void draft_free(struct draft *draft) {
  jv_free(draft->given);
  jv_free(draft->left);
  jv_free(draft->headers);
  jv_free(draft->form);
  jv_free(draft->body);
  jv_free(draft->body_parameter);
  buf_free(&draft->path);
  buf_free(&draft->query);
  buf_free(&draft->cookie);
  openapi_operation_clear(draft->operation);
}

int openapi_request_make(jv with, jv document, const char *url, jv *ret_with, struct http_fault *ret_fault) {
  struct openapi_operation operation;
  jv id = wf_member(with, "operationId");
  int status = openapi_document_find(document, jv_get_kind(id) == JV_KIND_STRING ? jv_string_value(id) : "", &operation, ret_fault);
  jv_free(id);
  if (status < 0) return -WF_EINVAL;
  struct draft draft = {.document = document, .given = wf_member(with, "parameters"), .operation = &operation, .headers = jv_object(),
                        .form = jv_null(), .body = jv_null(), .body_parameter = jv_null()};
  if (jv_get_kind(draft.given) != JV_KIND_OBJECT) {
    jv_free(draft.given);
    draft.given = jv_object();
  }
  draft.left = jv_copy(draft.given);
  buf_puts(&draft.path, operation.path);
  apply_parameters(&draft);
  apply_rest(&draft);
  char *server = openapi_server_find(document, &operation, url);
  if (!server) refuse(&draft, http_fault_make(WF_ERROR_CONFIGURATION, true, "the OpenAPI document names no server that can be reached by http or https"));
  if (draft.fault.detail) {
    *ret_fault = draft.fault;
    status = -WF_EINVAL;
  } else {
    *ret_with = write_with(&draft, with, server);
  }
  free(server);
  draft_free(&draft);
  return status;
}
