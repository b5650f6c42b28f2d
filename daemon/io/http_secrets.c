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
  vec_foreach(known, &secrets->known) {
    explicit_bzero(known->text, strlen(known->text));
    free(known->text);
    free(known->shown);
  }
  vec_free(&secrets->known);
}

// What is longer is replaced first: it may hold what is shorter.
static void remember(struct http_secrets *secrets, const char *text, size_t size, const char *shown) {
  if (size < REDACTED_SIZE_MIN) return;
  vec_foreach(known, &secrets->known)
    if (strlen(known->text) == size && memcmp(known->text, text, size) == 0) return;
  vec_push(&secrets->known, ((struct http_known){xstrndup(text, size), xstrdup(shown)}));
  struct http_known *items = secrets->known.items;
  for (size_t i = secrets->known.count - 1; i > 0 && strlen(items[i - 1].text) < size; i--) {
    struct http_known shorter = items[i - 1];
    items[i - 1] = items[i];
    items[i] = shorter;
  }
}

// A secret's value as it is, within a JSON text, and percent-encoded.
static void remember_value(struct http_secrets *secrets, const char *value, const char *name, size_t name_size) {
  char *shown = xasprintf("secret:%.*s", (int)name_size, name);
  struct buf encoded = {0};
  remember(secrets, value, strlen(value), shown);
  jv json = jv_dump_string(jv_string(value), 0);
  remember(secrets, jv_string_value(json) + 1, strlen(jv_string_value(json)) - 2, shown);
  uri_template_encode(&encoded, value, strlen(value), false);
  remember(secrets, encoded.data, encoded.size, shown);
  if (encoded.size) explicit_bzero(encoded.data, encoded.size);
  buf_free(&encoded);
  jv_free(json);
  free(shown);
}

// Each placeholder of the text by itself.
static void remember_mentioned(struct http_secrets *secrets, const char *text) {
  const char *reference, *end, *mark;
  size_t size;
  for (; (mark = wf_secret_find(text, &reference, &size, &end)); text = end) {
    char *placeholder = xstrndup(mark, (size_t)(end - mark));
    char *value = secrets->reveal(secrets->user, placeholder);
    const char *slash = memchr(reference, '/', size);
    if (value) {
      remember_value(secrets, value, reference, slash ? (size_t)(slash - reference) : size);
      explicit_bzero(value, strlen(value));
    }
    free(value);
    free(placeholder);
  }
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
    remember_mentioned(secrets, before);
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
  if (encodes)
    uri_template_encode(out, text, strlen(text), false);
  else
    buf_puts(out, text);
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
  if (text) remember(secrets, text, strlen(text), "***");
}

void http_secrets_derive(struct http_secrets *secrets, const char *from, const char *made) {
  vec_foreach(known, &secrets->known)
    if (strstr(from, known->text)) {
      http_secrets_remember(secrets, made);
      return;
    }
}

// Takes the value.
static void remember_all(struct http_secrets *secrets, jv value, const char *name) {
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_NUMBER) value = jv_dump_string(value, 0);
  if (kind == JV_KIND_STRING || kind == JV_KIND_NUMBER) remember_value(secrets, jv_string_value(value), name, strlen(name));
  if (kind == JV_KIND_ARRAY) jv_array_foreach(value, i, element) remember_all(secrets, element, name);
  if (kind == JV_KIND_OBJECT)
    jv_object_foreach(value, key, member) {
      jv_free(key);
      remember_all(secrets, member, name);
    }
  jv_free(value);
}

jv http_secrets_policy(struct http_secrets *secrets, const char *name) {
  if (!secrets->secret) return jv_invalid();
  jv value = secrets->secret(secrets->user, name);
  if (jv_is_valid(value)) remember_all(secrets, jv_copy(value), name);
  return value;
}

// ---- taking them out ----------------------------------------------------------------

// Returns whether it was there.
static bool replace(struct buf *text, const struct http_known *known) {
  size_t size = strlen(known->text);
  const char *at = text->data, *end = at + text->size, *found = memmem(at, text->size, known->text, size);
  if (!found) return false;
  struct buf out = {0};
  for (; found; found = memmem(at, (size_t)(end - at), known->text, size)) {
    buf_put(&out, at, (size_t)(found - at));
    buf_puts(&out, known->shown);
    at = found + size;
  }
  buf_put(&out, at, (size_t)(end - at));
  buf_free(text);
  *text = out;
  return true;
}

void http_secrets_redact_bytes(const struct http_secrets *secrets, struct buf *bytes) {
  vec_foreach(known, &secrets->known) if (bytes->size) replace(bytes, known);
}

char *http_secrets_redact(const struct http_secrets *secrets, const char *text) {
  if (!text) return NULL;
  struct buf out = {0};
  buf_puts(&out, text);
  http_secrets_redact_bytes(secrets, &out);
  char *copy = xstrndup(out.size ? out.data : "", out.size);
  buf_free(&out);
  return copy;
}

static jv redact_text(const struct http_secrets *secrets, jv text) {
  struct buf out = {0};
  buf_put(&out, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  bool is_changed = false;
  vec_foreach(known, &secrets->known) is_changed |= out.size && replace(&out, known);
  if (is_changed) {
    jv_free(text);
    text = jv_string_sized(out.data, (int)out.size);
  }
  buf_free(&out);
  return text;
}

// One that is a secret becomes a text.
static jv redact_number(const struct http_secrets *secrets, jv number) {
  jv written = jv_dump_string(jv_copy(number), 0);
  vec_foreach(known, &secrets->known)
    if (strcmp(known->text, jv_string_value(written)) == 0) {
      jv_free(number);
      number = jv_string(known->shown);
      break;
    }
  jv_free(written);
  return number;
}

static jv redact_object(const struct http_secrets *secrets, jv object) {
  jv redacted = jv_object();
  jv_object_foreach(object, name, member)
    redacted = jv_object_set(redacted, redact_text(secrets, name), http_secrets_redact_value(secrets, member));
  jv_free(object);
  return redacted;
}

jv http_secrets_redact_value(const struct http_secrets *secrets, jv value) {
  if (secrets->known.count == 0) return value;
  switch (jv_get_kind(value)) {
  case JV_KIND_STRING: return redact_text(secrets, value);
  case JV_KIND_NUMBER: return redact_number(secrets, value);
  case JV_KIND_OBJECT: return redact_object(secrets, value);
  case JV_KIND_ARRAY:
    for (int i = 0; i < jv_array_length(jv_copy(value)); i++)
      value = jv_array_set(value, i, http_secrets_redact_value(secrets, jv_array_get(jv_copy(value), i)));
    return value;
  default: return value;
  }
}
