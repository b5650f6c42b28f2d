// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_form.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "engine/member.h"
#include "io/http_multipart.h"
#include "io/http_outgoing.h"
#include "io/openapi_document.h"

enum { DEPTH_MAX = 8 };
static const char any_type[] = "application/octet-stream";

// Takes the object; a member that is not there.
static jv put_default(jv object, const char *name, const char *text) {
  if (jv_object_has(jv_copy(object), jv_string(name))) return object;
  return jv_object_set(object, jv_string(name), jv_string(text));
}

// Takes the value; a list's elements are files each.
static jv file_of(jv value, const char *name, const char *type) {
  if (jv_get_kind(value) == JV_KIND_ARRAY) {
    for (int i = 0; i < jv_array_length(jv_copy(value)); i++)
      value = jv_array_set(value, i, file_of(jv_array_get(jv_copy(value), i), name, type));
    return value;
  }
  if (jv_get_kind(value) == JV_KIND_NULL) return value;
  if (!http_multipart_is_file(value)) value = jv_object_set(jv_object(), jv_string("content"), value);
  return put_default(put_default(value, "filename", name), "contentType", type);
}

// Takes the value; a list as one text.
static jv join(jv value, const char *separator) {
  if (jv_get_kind(value) != JV_KIND_ARRAY) return value;
  struct buf out = {0};
  jv_array_foreach(value, i, element) {
    if (i) buf_puts(&out, separator);
    char *text = http_outgoing_text(element);
    buf_puts(&out, text);
    free(text);
  }
  jv_free(value);
  jv joined = jv_string_sized(out.size ? out.data : "", (int)out.size);
  buf_free(&out);
  return joined;
}

// ---- Swagger 2 ----------------------------------------------------------------------

bool openapi_form_is_file(jv parameter) { return wf_member_is(parameter, "type", "file"); }

jv openapi_form_field(jv parameter, jv value) {
  if (openapi_form_is_file(parameter)) {
    char *name = wf_member_text(parameter, "name");
    value = file_of(value, name ? name : "file", any_type);
    free(name);
    return value;
  }
  if (wf_member_is(parameter, "collectionFormat", "multi")) return value;
  return join(value, wf_member_is(parameter, "collectionFormat", "ssv")     ? " "
                     : wf_member_is(parameter, "collectionFormat", "tsv")   ? "\t"
                     : wf_member_is(parameter, "collectionFormat", "pipes") ? "|"
                                                                       : ",");
}

// ---- OpenAPI 3 ----------------------------------------------------------------------

// Takes the schema; that of a property, also through allOf; null when there is none.
static jv property_of(jv document, jv schema, const char *name, int depth) {
  schema = openapi_document_resolve(document, schema);
  jv properties = wf_member(schema, "properties"), all = wf_member(schema, "allOf");
  jv found = openapi_document_resolve(document, wf_member(properties, name));
  jv_free(properties);
  if (depth < DEPTH_MAX && jv_get_kind(all) == JV_KIND_ARRAY)
    jv_array_foreach(all, i, part) {
      if (jv_get_kind(found) == JV_KIND_OBJECT) {
        jv_free(part);
        continue;
      }
      jv_free(found);
      found = property_of(document, part, name, depth + 1);
    }
  jv_free(all);
  jv_free(schema);
  return found;
}

// Borrows the schema, of a list that of its elements. In 3.1 binary content is what has a media
// type and no encoding.
static bool is_file(jv document, jv schema) {
  if (wf_member_is(schema, "type", "array")) {
    jv items = openapi_document_resolve(document, wf_member(schema, "items"));
    bool are_files = !wf_member_is(items, "type", "array") && is_file(document, items);
    jv_free(items);
    return are_files;
  }
  char *media = wf_member_text(schema, "contentMediaType"), *encoding = wf_member_text(schema, "contentEncoding");
  bool is = wf_member_is(schema, "format", "binary") || (media && !encoding);
  free(media);
  free(encoding);
  return is;
}

// The first of `contentType`, which may be several; to be freed, or NULL.
static char *type_of(jv encoding, jv schema) {
  char *type = wf_member_text(encoding, "contentType");
  if (!type) return wf_member_text(schema, "contentMediaType");
  type[strcspn(type, ", ")] = '\0';
  return type;
}

// Takes the value of a field.
static jv field_of(jv document, jv schema, jv encoding, const char *name, bool is_multipart, jv value) {
  char *type = type_of(encoding, schema);
  jv explode = wf_member(encoding, "explode");
  if (jv_get_kind(explode) == JV_KIND_FALSE)
    value = join(value, wf_member_is(encoding, "style", "spaceDelimited") ? " " : wf_member_is(encoding, "style", "pipeDelimited") ? "|" : ",");
  jv_free(explode);
  if (is_multipart && is_file(document, schema)) {
    value = file_of(value, name, type ? type : any_type);
  } else if (is_multipart && type && jv_get_kind(value) != JV_KIND_ARRAY && jv_get_kind(value) != JV_KIND_NULL && !http_multipart_is_file(value)) {
    value = jv_object_set(jv_object(), jv_string("content"), value);
    value = jv_object_set(value, jv_string("contentType"), jv_string(type));
  }
  free(type);
  return value;
}

jv openapi_form_body(jv document, const struct openapi_body *described, jv body) {
  if (jv_get_kind(body) != JV_KIND_OBJECT) return body;
  bool is_multipart = http_multipart_is(described->type);
  jv made = jv_object();
  jv_object_foreach(body, key, value) {
    const char *name = jv_string_value(key);
    jv schema = property_of(document, jv_copy(described->schema), name, 0), encoding = wf_member(described->encoding, name);
    made = jv_object_set(made, jv_copy(key), field_of(document, schema, encoding, name, is_multipart, value));
    jv_free(encoding);
    jv_free(schema);
    jv_free(key);
  }
  jv_free(body);
  return made;
}
