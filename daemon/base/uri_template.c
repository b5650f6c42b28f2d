// SPDX-License-Identifier: Apache-2.0
#include "base/uri_template.h"

#include <string.h>

#include "base/error.h"

// RFC 6570, appendix A.
struct operator_ {
  char sign;
  const char *first, *separator, *if_empty;
  bool is_named, keeps_reserved;
};

static const struct operator_ operators[] = {
    {'\0', "", ",", "", false, false}, {'+', "", ",", "", false, true},   {'.', ".", ".", "", false, false},
    {'/', "/", "/", "", false, false}, {';', ";", ";", "", true, false},  {'?', "?", "&", "=", true, false},
    {'&', "&", "&", "=", true, false}, {'#', "#", ",", "", false, true},
};

enum { PREFIX_MAX = 9999 };

struct variable {
  struct text name;
  bool explodes;
  int prefix; // characters of the value; 0 = all
};

static bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         (c != '\0' && strchr("-._~", c));
}

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void uri_template_encode(struct buf *out, const char *data, size_t size, bool keep_reserved) {
  static const char digits[] = "0123456789ABCDEF";
  for (size_t i = 0; i < size; i++) {
    char c = data[i];
    bool is_triplet = c == '%' && size - i > 2 && is_hex(data[i + 1]) && is_hex(data[i + 2]);
    bool is_reserved = c != '\0' && strchr(":/?#[]@!$&'()*+,;=", c);
    if (is_unreserved(c) || (keep_reserved && (is_reserved || is_triplet)))
      buf_put_u8(out, (uint8_t)c);
    else
      buf_put(out, (const char[]){'%', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]}, 3);
  }
}

static void put_name(struct buf *out, struct text name) { uri_template_encode(out, name.data, name.size, true); }

// The bytes of the first `count` characters of UTF-8.
static size_t prefix_size(struct text text, int count) {
  size_t at = 0;
  while (at < text.size && count > 0) {
    do at++;
    while (at < text.size && ((unsigned char)text.data[at] & 0xc0) == 0x80);
    count--;
  }
  return at;
}

static void put_pair(struct buf *out, const struct operator_ *op, struct text name, struct text value) {
  put_name(out, name);
  buf_puts(out, value.size ? "=" : op->if_empty);
  uri_template_encode(out, value.data, value.size, op->keeps_reserved);
}

static void put_exploded(struct buf *out, const struct operator_ *op, const struct variable *variable,
                         const struct uri_template_value *value) {
  for (size_t i = 0; i < value->count; i++) {
    if (i) buf_puts(out, op->separator);
    if (op->is_named) {
      put_pair(out, op, value->kind == URI_TEMPLATE_MAP ? value->keys[i] : variable->name, value->items[i]);
      continue;
    }
    if (value->kind == URI_TEMPLATE_MAP) {
      uri_template_encode(out, value->keys[i].data, value->keys[i].size, op->keeps_reserved);
      buf_puts(out, "=");
    }
    uri_template_encode(out, value->items[i].data, value->items[i].size, op->keeps_reserved);
  }
}

static void put_joined(struct buf *out, const struct operator_ *op, const struct variable *variable,
                       const struct uri_template_value *value) {
  if (op->is_named) {
    put_name(out, variable->name);
    buf_puts(out, "=");
  }
  for (size_t i = 0; i < value->count; i++) {
    if (i) buf_puts(out, ",");
    if (value->kind == URI_TEMPLATE_MAP) {
      uri_template_encode(out, value->keys[i].data, value->keys[i].size, op->keeps_reserved);
      buf_puts(out, ",");
    }
    uri_template_encode(out, value->items[i].data, value->items[i].size, op->keeps_reserved);
  }
}

static void put_value(struct buf *out, const struct operator_ *op, const struct variable *variable,
                      const struct uri_template_value *value) {
  if (value->kind == URI_TEMPLATE_TEXT) {
    struct text text = value->text;
    if (variable->prefix) text.size = prefix_size(text, variable->prefix);
    if (op->is_named)
      put_pair(out, op, variable->name, text);
    else
      uri_template_encode(out, text.data, text.size, op->keeps_reserved);
  } else if (variable->explodes) {
    put_exploded(out, op, variable, value);
  } else {
    put_joined(out, op, variable, value);
  }
}

static bool is_name_character(char c) { return (unsigned char)c > ' ' && c != 0x7f && !strchr("{}\",:*", c); }

// Reads a varspec at *at, which ends before a comma or at `end`.
static int read_variable(const char **at, const char *end, struct variable *out) {
  const char *from = *at, *to = from;
  while (to < end && is_name_character(*to)) to++;
  *out = (struct variable){.name = {from, (size_t)(to - from)}};
  if (to == from) return -WF_EINVAL;
  if (to < end && *to == '*') {
    out->explodes = true;
    to++;
  } else if (to < end && *to == ':') {
    const char *digits = ++to;
    for (; to < end && *to >= '0' && *to <= '9' && to - digits < 4; to++) out->prefix = out->prefix * 10 + (*to - '0');
    if (out->prefix == 0 || out->prefix > PREFIX_MAX || *digits == '0') return -WF_EINVAL;
  }
  if (to < end && *to != ',') return -WF_EINVAL;
  *at = to;
  return 0;
}

static const struct operator_ *find_operator(const char **at, const char *end) {
  if (*at == end) return NULL;
  for (size_t i = 1; i < sizeof operators / sizeof *operators; i++)
    if (operators[i].sign == **at) {
      ++*at;
      return &operators[i];
    }
  return strchr("=,!@|", **at) && **at ? NULL : &operators[0]; // reserved for extensions
}

// What stands between the braces.
static int expand_expression(const char *at, const char *end, uri_template_lookup *lookup, void *context,
                             struct buf *out) {
  const struct operator_ *op = find_operator(&at, end);
  if (!op) return -WF_EINVAL;
  bool is_first = true;
  for (;; at++) { // past the comma
    struct variable variable;
    if (read_variable(&at, end, &variable) < 0) return -WF_EINVAL;
    struct uri_template_value value = {0};
    lookup(context, variable.name, &value);
    bool is_defined = value.kind == URI_TEMPLATE_TEXT || (value.kind != URI_TEMPLATE_UNDEFINED && value.count);
    if (is_defined) {
      buf_puts(out, is_first ? op->first : op->separator);
      put_value(out, op, &variable, &value);
      is_first = false;
    }
    if (at == end) return 0;
  }
}

int uri_template_expand(struct text template, uri_template_lookup *lookup, void *context, struct buf *out) {
  const char *at = template.data, *end = at + template.size;
  while (at < end) {
    const char *stop = at;
    while (stop < end && *stop != '{' && *stop != '}') stop++;
    uri_template_encode(out, at, (size_t)(stop - at), true);
    if (stop == end) return 0;
    const char *close = *stop == '{' ? memchr(stop, '}', (size_t)(end - stop)) : NULL;
    if (!close || expand_expression(stop + 1, close, lookup, context, out) < 0) return -WF_EINVAL;
    at = close + 1;
  }
  return 0;
}

bool uri_template_has_expression(struct text template) {
  return template.size && memchr(template.data, '{', template.size);
}

bool uri_template_is_simple(struct text template) {
  const char *at = template.data, *end = at + template.size;
  while (at < end) {
    char c = *at++;
    if (c == '}') return false;
    if (c != '{') continue;
    const char *close = memchr(at, '}', (size_t)(end - at));
    struct variable variable;
    if (!close || find_operator(&at, close) != &operators[0] || read_variable(&at, close, &variable) < 0) return false;
    if (variable.explodes || variable.prefix || at != close) return false;
    at = close + 1;
  }
  return true;
}
