// SPDX-License-Identifier: Apache-2.0
#include "api/query.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

static int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static int decode(struct text text, bool plus_is_space, struct arena *arena, const char **ret_value) {
  char *out = arena_alloc(arena, text.size + 1);
  size_t n = 0;
  for (size_t i = 0; i < text.size; i++) {
    char c = text.data[i];
    if (c == '%') {
      int high = i + 2 < text.size ? hex_digit(text.data[i + 1]) : -1, low = i + 2 < text.size ? hex_digit(text.data[i + 2]) : -1;
      if (high < 0 || low < 0) return -WF_EINVAL;
      c = (char)(high << 4 | low);
      i += 2;
    } else if (c == '+' && plus_is_space) {
      c = ' ';
    }
    out[n++] = c;
  }
  out[n] = '\0';
  if (!text_is_clean_utf8(out, n)) return -WF_EINVAL;
  *ret_value = out;
  return 0;
}

int query_decode(struct text text, struct arena *arena, const char **ret_value) { return decode(text, false, arena, ret_value); }

static size_t count_pairs(struct text text) {
  size_t count = 1;
  for (size_t i = 0; i < text.size; i++) count += text.data[i] == '&';
  return count;
}

int query_parse(struct text text, struct arena *arena, struct query *ret_query) {
  size_t most = count_pairs(text), count = 0;
  if (most > QUERY_PAIRS_MAX) return -WF_ETOOBIG;
  struct query_pair *pairs = arena_alloc(arena, most * sizeof *pairs);
  while (text.size) {
    const char *end = memchr(text.data, '&', text.size);
    size_t size = end ? (size_t)(end - text.data) : text.size;
    const char *equals = memchr(text.data, '=', size);
    struct text name = {text.data, equals ? (size_t)(equals - text.data) : size};
    struct text value = {equals ? equals + 1 : "", equals ? size - name.size - 1 : 0};
    if (size) {
      if (decode(name, true, arena, &pairs[count].name) < 0 || decode(value, true, arena, &pairs[count].value) < 0) return -WF_EINVAL;
      count++;
    }
    size_t taken = end ? size + 1 : size;
    text = (struct text){text.data + taken, text.size - taken};
  }
  *ret_query = (struct query){pairs, count};
  return 0;
}

const char *query_value(const struct query *query, const char *name) {
  for (size_t i = query->count; i-- > 0;)
    if (strcmp(query->pairs[i].name, name) == 0) return *query->pairs[i].value ? query->pairs[i].value : NULL;
  return NULL;
}

// What stands in the brackets behind `name`, if that is all that follows; else absent.
static struct text bracketed(const char *full, const char *name) {
  size_t size = strlen(name), all = strlen(full);
  if (all < size + 2 || memcmp(full, name, size) != 0 || full[size] != '[' || full[all - 1] != ']') return (struct text){0};
  struct text inner = {full + size + 1, all - size - 2};
  bool nested = memchr(inner.data, '[', inner.size) || memchr(inner.data, ']', inner.size);
  return nested ? (struct text){0} : inner;
}

const char *query_member(const struct query *query, const char *name, const char *key) {
  for (size_t i = query->count; i-- > 0;) {
    struct text inner = bracketed(query->pairs[i].name, name);
    if (inner.data && text_equal(inner, text_of(key))) return *query->pairs[i].value ? query->pairs[i].value : NULL;
  }
  return NULL;
}

static bool is_number(struct text text) {
  for (size_t i = 0; i < text.size; i++)
    if (!isdigit((unsigned char)text.data[i])) return false;
  return true; // empty too: a[]
}

size_t query_list(const struct query *query, const char *name, const char **ret_values, size_t max) {
  size_t count = 0;
  for (size_t i = 0; i < query->count; i++) {
    const struct query_pair *pair = &query->pairs[i];
    struct text inner = bracketed(pair->name, name);
    if (strcmp(pair->name, name) != 0 && !(inner.data && is_number(inner))) continue;
    if (!*pair->value) continue;
    if (count < max) ret_values[count] = pair->value;
    count++;
  }
  return count;
}
