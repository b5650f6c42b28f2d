// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_style.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uri_template.h"
#include "base/vec.h"
#include "engine/member.h"
#include "io/http_outgoing.h"

// The texts of a value: one, of a list's elements, or of an object's members.
struct parts {
  enum uri_template_kind kind;
  VEC(struct text) keys, items; // texts owned
};

static struct text text_from(jv value) {
  if (jv_get_kind(value) == JV_KIND_NULL) value = jv_string("");
  return text_of(http_outgoing_text(value));
}

static struct parts read_parts(jv value) {
  struct parts parts = {.kind = URI_TEMPLATE_TEXT};
  if (jv_get_kind(value) == JV_KIND_ARRAY) {
    parts.kind = URI_TEMPLATE_LIST;
    jv_array_foreach(value, i, element) vec_push(&parts.items, text_from(element));
  } else if (jv_get_kind(value) == JV_KIND_OBJECT) {
    parts.kind = URI_TEMPLATE_MAP;
    jv_object_foreach(value, key, member) {
      vec_push(&parts.keys, text_of(xstrdup(jv_string_value(key))));
      vec_push(&parts.items, text_from(member));
      jv_free(key);
    }
  } else {
    vec_push(&parts.items, text_from(jv_copy(value)));
  }
  jv_free(value);
  return parts;
}

static void parts_free(struct parts *parts) {
  vec_foreach(key, &parts->keys) free((char *)(uintptr_t)key->data);
  vec_foreach(item, &parts->items) free((char *)(uintptr_t)item->data);
  vec_free(&parts->keys);
  vec_free(&parts->items);
}

static void lookup(void *context, struct text name, struct uri_template_value *out) {
  (void)name;
  const struct parts *parts = context;
  out->kind = parts->kind;
  if (parts->kind == URI_TEMPLATE_TEXT) out->text = parts->items.items[0];
  out->items = parts->items.items;
  out->keys = parts->keys.items;
  out->count = parts->items.count;
}

// Expands {<sign><name>} or {<sign><name>*}.
static void expand(const struct parts *parts, const char *sign, const char *name, bool explodes, struct buf *out) {
  char *template = xasprintf("{%s%s%s}", sign, name, explodes ? "*" : "");
  int status = uri_template_expand(text_of(template), lookup, (void *)(uintptr_t)parts, out);
  if (status < 0) { // a name that no template can have: only a plain pair is left
    buf_printf(out, "%c", *sign ? *sign : '&');
    uri_template_encode(out, name, strlen(name), false);
    buf_puts(out, "=");
    for (size_t i = 0; i < parts->items.count; i++)
      uri_template_encode(out, parts->items.items[i].data, parts->items.items[i].size, false);
  }
  free(template);
}

static char *member(jv parameter, const char *name, const char *otherwise) {
  char *text = wf_member_text(parameter, name);
  return text ? text : xstrdup(otherwise);
}

static bool is_true(jv parameter, const char *name, bool otherwise) {
  jv value = wf_member(parameter, name);
  jv_kind kind = jv_get_kind(value);
  jv_free(value);
  return kind == JV_KIND_TRUE || (kind != JV_KIND_FALSE && otherwise);
}

// A parameter described by `content` is sent as JSON, unless it is a text.
static jv by_content(jv parameter, jv value) {
  jv content = wf_member(parameter, "content");
  bool is_json = jv_get_kind(content) == JV_KIND_OBJECT;
  jv_free(content);
  return is_json && jv_get_kind(value) != JV_KIND_STRING ? jv_dump_string(value, 0) : value;
}

void openapi_style_path(jv parameter, jv value, struct buf *out) {
  char *style = member(parameter, "style", "simple"), *name = member(parameter, "name", "v");
  const char *sign = strcmp(style, "label") == 0 ? "." : strcmp(style, "matrix") == 0 ? ";" : "";
  struct parts parts = read_parts(by_content(parameter, value));
  expand(&parts, sign, *sign == ';' ? name : "v", is_true(parameter, "explode", false), out);
  parts_free(&parts);
  free(style);
  free(name);
}

static void put_joined(const struct parts *parts, const char *name, const char *separator, struct buf *out) {
  buf_puts(out, "&");
  uri_template_encode(out, name, strlen(name), true);
  buf_puts(out, "=");
  for (size_t i = 0; i < parts->items.count; i++) {
    if (i) buf_puts(out, separator);
    if (parts->kind == URI_TEMPLATE_MAP) {
      uri_template_encode(out, parts->keys.items[i].data, parts->keys.items[i].size, false);
      buf_puts(out, separator);
    }
    uri_template_encode(out, parts->items.items[i].data, parts->items.items[i].size, false);
  }
}

// Whether it means something else in a template, or nothing.
static bool is_no_template_name(const char *name) {
  if (!*name) return true;
  for (; *name; name++)
    if ((unsigned char)*name <= ' ' || *name == 0x7f || strchr("{}\",:*", *name)) return true;
  return false;
}

// A parameter of such a name, as a template would write it.
static void put_named(const struct parts *parts, const char *name, bool explodes, struct buf *out) {
  if (parts->kind != URI_TEMPLATE_TEXT && !explodes && parts->items.count) put_joined(parts, name, ",", out);
  for (size_t i = 0; i < parts->items.count && (explodes || parts->kind == URI_TEMPLATE_TEXT); i++) {
    struct text own = parts->kind == URI_TEMPLATE_MAP ? parts->keys.items[i] : text_of(name);
    buf_puts(out, "&");
    uri_template_encode(out, own.data, own.size, false);
    buf_puts(out, "=");
    uri_template_encode(out, parts->items.items[i].data, parts->items.items[i].size, false);
  }
}

// Texts, name by name, with reserved characters.
static void put_reserved(const struct parts *parts, const char *name, struct buf *out) {
  vec_foreach(item, &parts->items) {
    buf_puts(out, "&");
    uri_template_encode(out, name, strlen(name), true);
    buf_puts(out, "=");
    for (size_t i = 0; i < item->size; i++) {
      size_t run = i;
      while (run < item->size && item->data[run] != '&' && item->data[run] != '#') run++;
      uri_template_encode(out, item->data + i, run - i, true);
      if (run < item->size) uri_template_encode(out, item->data + run, 1, false);
      i = run;
    }
  }
}

static void put_deep(const struct parts *parts, const char *name, struct buf *out) {
  for (size_t i = 0; i < parts->items.count; i++) {
    buf_puts(out, "&");
    uri_template_encode(out, name, strlen(name), true);
    buf_puts(out, "[");
    uri_template_encode(out, parts->keys.items[i].data, parts->keys.items[i].size, false);
    buf_puts(out, "]=");
    uri_template_encode(out, parts->items.items[i].data, parts->items.items[i].size, false);
  }
}

// With "&" before it.
static void put_query(jv parameter, const char *name, const struct parts *parts, struct buf *out) {
  char *style = member(parameter, "style", "form"), *format = member(parameter, "collectionFormat", "");
  bool is_swagger = jv_object_has(jv_copy(parameter), jv_string("type")); // version 3 has it in the schema
  bool explodes = is_swagger ? strcmp(format, "multi") == 0
                             : is_true(parameter, "explode", strcmp(style, "form") == 0);
  const char *separator = NULL;
  if (strcmp(format, "ssv") == 0 || (strcmp(style, "spaceDelimited") == 0 && !explodes)) separator = "%20";
  if (strcmp(format, "tsv") == 0) separator = "%09";
  if (strcmp(format, "pipes") == 0 || (strcmp(style, "pipeDelimited") == 0 && !explodes)) separator = "%7C";
  if (strcmp(style, "deepObject") == 0 && parts->kind == URI_TEMPLATE_MAP)
    put_deep(parts, name, out);
  else if (separator)
    put_joined(parts, name, separator, out);
  else if (is_true(parameter, "allowReserved", false) && (parts->kind == URI_TEMPLATE_TEXT || (parts->kind == URI_TEMPLATE_LIST && explodes)))
    put_reserved(parts, name, out);
  else if (is_no_template_name(name))
    put_named(parts, name, explodes, out);
  else
    expand(parts, "&", name, explodes, out);
  free(style);
  free(format);
}

void openapi_style_query(jv parameter, jv value, struct buf *query) {
  char *name = member(parameter, "name", "");
  struct parts parts = read_parts(by_content(parameter, value));
  struct buf more = {0};
  put_query(parameter, name, &parts, &more);
  size_t skipped = query->size == 0 && more.size > 0 ? 1 : 0; // the "&" of the first
  buf_put(query, more.size ? more.data + skipped : NULL, more.size - skipped);
  buf_free(&more);
  parts_free(&parts);
  free(name);
}

void openapi_style_header(jv parameter, jv value, struct buf *out) {
  struct parts parts = read_parts(by_content(parameter, value));
  const char *joint = is_true(parameter, "explode", false) ? "=" : ",";
  for (size_t i = 0; i < parts.items.count; i++) {
    if (i) buf_puts(out, ",");
    if (parts.kind == URI_TEMPLATE_MAP) buf_printf(out, "%s%s", parts.keys.items[i].data, joint);
    buf_puts(out, parts.items.items[i].data);
  }
  parts_free(&parts);
}

void openapi_style_cookie(jv parameter, jv value, struct buf *out) {
  char *name = member(parameter, "name", "");
  struct parts parts = read_parts(by_content(parameter, value));
  struct buf pair = {0};
  put_joined(&parts, name, ",", &pair);
  buf_put(out, pair.data + 1, pair.size - 1);
  buf_free(&pair);
  parts_free(&parts);
  free(name);
}
