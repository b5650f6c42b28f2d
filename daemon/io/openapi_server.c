// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_server.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "engine/member.h"
#include "io/http_outgoing.h"
#include "io/http_url.h"

// Takes the list; its first element, or null.
static jv first_of(jv list) {
  jv first = jv_get_kind(list) == JV_KIND_ARRAY && jv_array_length(jv_copy(list)) > 0 ? jv_array_get(jv_copy(list), 0) : jv_null();
  jv_free(list);
  return first;
}

static jv choose(jv document, const struct openapi_operation *operation) {
  jv nodes[] = {operation->operation, operation->path_item, document};
  for (int i = 0; i < 3; i++) {
    jv server = first_of(wf_member(nodes[i], "servers"));
    if (jv_get_kind(server) == JV_KIND_OBJECT) return server;
    jv_free(server);
  }
  return jv_null();
}

// {names} by the defaults of the server's variables.
static char *fill(const char *url, jv variables) {
  struct buf out = {0};
  for (const char *at = url; *at;) {
    size_t plain = strcspn(at, "{"), name = at[plain] ? strcspn(at + plain, "}") : 0;
    buf_put(&out, at, plain);
    at += plain;
    if (!*at) break;
    char *key = xstrndup(at + 1, name > 0 ? name - 1 : 0);
    jv variable = wf_member(variables, key), value = wf_member(variable, "default");
    char *text = jv_get_kind(value) == JV_KIND_NULL ? xstrdup("") : http_outgoing_text(jv_copy(value));
    buf_puts(&out, text);
    free(text);
    free(key);
    jv_free(value);
    jv_free(variable);
    at += at[name] ? name + 1 : name;
  }
  buf_put_u8(&out, 0);
  return out.data;
}

static char *find_server(jv document, const struct openapi_operation *operation, const char *url) {
  jv server = choose(document, operation), variables = wf_member(server, "variables");
  char *template = wf_member_text(server, "url");
  char *filled = fill(template ? template : "/", variables);
  char *absolute = http_url_resolve(url, filled);
  free(filled);
  free(template);
  jv_free(variables);
  jv_free(server);
  return absolute;
}

// Takes the list. Whether it has the scheme.
static bool has(jv list, const char *scheme) {
  bool found = false;
  if (jv_get_kind(list) == JV_KIND_ARRAY)
    jv_array_foreach(list, i, element) {
      found = found || (jv_get_kind(element) == JV_KIND_STRING && strcmp(jv_string_value(element), scheme) == 0);
      jv_free(element);
    }
  jv_free(list);
  return found;
}

static const char *scheme_of(jv document, const struct openapi_operation *operation, const char *url) {
  const char *own = strncmp(url, "https:", 6) == 0 ? "https" : "http";
  jv schemes = wf_member(operation->operation, "schemes");
  if (jv_get_kind(schemes) != JV_KIND_ARRAY) {
    jv_free(schemes);
    schemes = wf_member(document, "schemes");
  }
  const char *scheme = jv_get_kind(schemes) != JV_KIND_ARRAY || has(jv_copy(schemes), own) ? own
                       : has(jv_copy(schemes), "https")                                    ? "https"
                       : has(jv_copy(schemes), "http")                                     ? "http"
                                                                                           : NULL;
  jv_free(schemes);
  return scheme;
}

static char *find_host(jv document, const struct openapi_operation *operation, const char *url) {
  const char *scheme = scheme_of(document, operation, url);
  char *host = wf_member_text(document, "host"), *path = wf_member_text(document, "basePath");
  if (!host) host = http_url_authority(url);
  char *text = scheme && host ? xasprintf("%s://%s%s%s", scheme, host, path && *path != '/' ? "/" : "", path ? path : "") : NULL;
  char *absolute = text ? http_url_resolve(text, "") : NULL;
  free(text);
  free(host);
  free(path);
  return absolute;
}

char *openapi_server_find(jv document, const struct openapi_operation *operation, const char *url) {
  return openapi_document_is_swagger(document) ? find_host(document, operation, url) : find_server(document, operation, url);
}
