// SPDX-License-Identifier: Apache-2.0
#include "io/http_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

// Shorter ones would blacken innocent words.
enum { REDACTED_SIZE_MIN = 4 };

void http_secrets_clear(struct http_secrets *secrets) {
  vec_foreach(text, &secrets->texts) {
    explicit_bzero(*text, strlen(*text));
    free(*text);
  }
  vec_free(&secrets->texts);
}

static void remember(struct http_secrets *secrets, const char *text, size_t size) {
  if (size < REDACTED_SIZE_MIN) return;
  vec_foreach(known, &secrets->texts) if (strlen(*known) == size && memcmp(*known, text, size) == 0) return;
  vec_push(&secrets->texts, xstrndup(text, size));
}

// What differs between the text as written and as resolved: without "Bearer " and its like.
static void remember_difference(struct http_secrets *secrets, const char *before, const char *after) {
  size_t b = strlen(before), a = strlen(after), head = 0, tail = 0;
  while (head < a && head < b && before[head] == after[head]) head++;
  while (tail < a - head && tail < b - head && before[b - 1 - tail] == after[a - 1 - tail]) tail++;
  remember(secrets, after, a);
  remember(secrets, after + head, a - head - tail);
}

static jv reveal_text(struct http_secrets *secrets, jv text) {
  const char *before = jv_string_value(text);
  char *after = secrets->reveal(secrets->user, before);
  if (!after) {
    jv_free(text);
    return jv_invalid();
  }
  jv revealed = text;
  if (strcmp(before, after) != 0) {
    remember_difference(secrets, before, after);
    revealed = jv_string(after);
    jv_free(text);
  }
  explicit_bzero(after, strlen(after));
  free(after);
  return revealed;
}

// Takes both; invalid when `member` is.
static jv put(jv collection, jv key, jv member) {
  if (!jv_is_valid(member)) {
    jv_free(member);
    jv_free(key);
    jv_free(collection);
    return jv_invalid();
  }
  return jv_set(collection, key, member);
}

static jv reveal_array(struct http_secrets *secrets, jv array) {
  for (int i = 0; jv_is_valid(array) && i < jv_array_length(jv_copy(array)); i++)
    array = put(array, jv_number(i), http_secrets_reveal(secrets, jv_array_get(jv_copy(array), i)));
  return array;
}

static jv reveal_object(struct http_secrets *secrets, jv object) {
  jv keys = jv_keys(jv_copy(object));
  for (int i = 0; jv_is_valid(object) && i < jv_array_length(jv_copy(keys)); i++) {
    jv key = jv_array_get(jv_copy(keys), i);
    jv member = http_secrets_reveal(secrets, jv_object_get(jv_copy(object), jv_copy(key)));
    object = put(object, key, member);
  }
  jv_free(keys);
  return object;
}

jv http_secrets_reveal(struct http_secrets *secrets, jv value) {
  if (!secrets->reveal) return value;
  switch (jv_get_kind(value)) {
  case JV_KIND_STRING: return reveal_text(secrets, value);
  case JV_KIND_ARRAY: return reveal_array(secrets, value);
  case JV_KIND_OBJECT: return reveal_object(secrets, value);
  default: return value;
  }
}

void http_secrets_remember(struct http_secrets *secrets, const char *text) {
  if (text) remember(secrets, text, strlen(text));
}

static void remember_all(struct http_secrets *secrets, jv value) {
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_STRING) remember(secrets, jv_string_value(value), strlen(jv_string_value(value)));
  if (kind == JV_KIND_ARRAY) jv_array_foreach(value, i, element) remember_all(secrets, element);
  if (kind == JV_KIND_OBJECT)
    jv_object_foreach(value, key, member) {
      jv_free(key);
      remember_all(secrets, member);
    }
  jv_free(value);
}

jv http_secrets_policy(struct http_secrets *secrets, const char *name) {
  if (!secrets->secret) return jv_invalid();
  jv value = secrets->secret(secrets->user, name);
  if (jv_is_valid(value)) remember_all(secrets, jv_copy(value));
  return value;
}

static void replace(struct buf *text, const char *secret, size_t size) {
  struct buf out = {0};
  const char *at = text->data, *end = at + text->size, *found;
  while ((found = memmem(at, (size_t)(end - at), secret, size))) {
    buf_put(&out, at, (size_t)(found - at));
    buf_puts(&out, "***");
    at = found + size;
  }
  buf_put(&out, at, (size_t)(end - at));
  buf_free(text);
  *text = out;
}

char *http_secrets_redact(const struct http_secrets *secrets, const char *text) {
  if (!text) return NULL;
  struct buf out = {0};
  buf_puts(&out, text);
  vec_foreach(secret, &secrets->texts) if (out.size) replace(&out, *secret, strlen(*secret));
  char *copy = xstrndup(out.size ? out.data : "", out.size);
  buf_free(&out);
  return copy;
}
