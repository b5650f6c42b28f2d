// SPDX-License-Identifier: Apache-2.0
#include "io/http_secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/text.h"
#include "base/uri_template.h"
#include "engine/secret.h"

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

// A walk over the texts of a value; `change` takes a text, and may give an invalid value.
typedef jv change_text(struct http_secrets *secrets, jv text);

// Takes all; invalid when `member` is.
static jv put(jv collection, jv key, jv member) {
  if (jv_is_valid(member)) return jv_set(collection, key, member);
  jv_free(member);
  jv_free(key);
  jv_free(collection);
  return jv_invalid();
}

static jv walk(struct http_secrets *secrets, jv value, change_text *change);

static jv walk_array(struct http_secrets *secrets, jv array, change_text *change) {
  for (int i = 0; jv_is_valid(array) && i < jv_array_length(jv_copy(array)); i++)
    array = put(array, jv_number(i), walk(secrets, jv_array_get(jv_copy(array), i), change));
  return array;
}

static jv walk_object(struct http_secrets *secrets, jv object, change_text *change) {
  jv keys = jv_keys(jv_copy(object));
  for (int i = 0; jv_is_valid(object) && i < jv_array_length(jv_copy(keys)); i++) {
    jv key = jv_array_get(jv_copy(keys), i);
    jv member = walk(secrets, jv_object_get(jv_copy(object), jv_copy(key)), change);
    object = put(object, key, member);
  }
  jv_free(keys);
  return object;
}

static jv walk(struct http_secrets *secrets, jv value, change_text *change) {
  switch (jv_get_kind(value)) {
  case JV_KIND_STRING: return change(secrets, value);
  case JV_KIND_ARRAY: return walk_array(secrets, value, change);
  case JV_KIND_OBJECT: return walk_object(secrets, value, change);
  default: return value;
  }
}

jv http_secrets_reveal(struct http_secrets *secrets, jv value) {
  return secrets->reveal ? walk(secrets, value, reveal_text) : value;
}

static jv unmark_text(struct http_secrets *secrets, jv text) {
  (void)secrets;
  const char *data = jv_string_value(text);
  if (!strstr(data, TEXT_MARK_OPEN)) return text;
  struct buf out = {0};
  wf_secret_unmark(data, strlen(data), &out);
  jv shown = jv_string_sized(out.data, (int)out.size);
  buf_free(&out);
  jv_free(text);
  return shown;
}

jv http_secrets_unmark(jv value) { return walk(NULL, value, unmark_text); }

// Appends what the placeholder at [from, to) stands for. Returns false when it cannot be told.
static bool put_revealed(struct http_secrets *secrets, const char *from, const char *to, bool encodes, struct buf *out) {
  jv revealed = reveal_text(secrets, jv_string_sized(from, (int)(to - from)));
  bool is_known = jv_is_valid(revealed);
  const char *text = is_known ? jv_string_value(revealed) : "";
  if (encodes) {
    size_t start = out->size;
    uri_template_encode(out, text, strlen(text), false);
    remember(secrets, out->data + start, out->size - start);
  } else {
    buf_puts(out, text);
  }
  jv_free(revealed);
  return is_known;
}

jv http_secrets_reveal_url(struct http_secrets *secrets, jv url) {
  if (!secrets->reveal || jv_get_kind(url) != JV_KIND_STRING) return url;
  struct buf out = {0};
  const char *at = jv_string_value(url), *found, *reference, *end;
  bool is_known = true;
  size_t size;
  for (; (found = wf_secret_find(at, &reference, &size, &end)); at = end) {
    buf_put(&out, at, (size_t)(found - at));
    is_known = is_known && put_revealed(secrets, found, end, out.size > 0, &out);
  }
  buf_puts(&out, at);
  jv revealed = is_known ? jv_string_sized(out.size ? out.data : "", (int)out.size) : jv_invalid();
  buf_free(&out);
  jv_free(url);
  return revealed;
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
