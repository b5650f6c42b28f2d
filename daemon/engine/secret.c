// SPDX-License-Identifier: Apache-2.0
#include "engine/secret.h"

#include <string.h>

#include "base/text.h"

static const char word[] = "secret:";
enum { WORD_SIZE = sizeof word - 1, MARK_SIZE = TEXT_MARK_SIZE };

bool wf_secret_is_name(const char *name) {
  size_t size = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");
  return size > 0 && size <= WF_SECRET_NAME_MAX && name[size] == '\0' && name[0] != '.';
}

// A member's name in a JSON pointer.
static void put_token(struct buf *reference, const char *name) {
  buf_puts(reference, "/");
  for (const char *c = name; *c; c++) {
    if (*c == '~')
      buf_puts(reference, "~0");
    else if (*c == '/')
      buf_puts(reference, "~1");
    else
      buf_put(reference, c, 1);
  }
}

static jv placeholder(const struct buf *reference) {
  struct buf text = {0};
  buf_puts(&text, TEXT_MARK_OPEN);
  buf_puts(&text, word);
  buf_put(&text, reference->data, reference->size);
  buf_puts(&text, TEXT_MARK_CLOSE);
  jv value = jv_string_sized(text.data, (int)text.size);
  buf_free(&text);
  return value;
}

static jv shape_of(struct buf *reference, jv value) {
  size_t size = reference->size;
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_OBJECT) {
    jv shape = jv_object();
    jv_object_foreach(value, name, member) {
      put_token(reference, jv_string_value(name));
      shape = jv_object_set(shape, name, shape_of(reference, member));
      jv_free(member);
      reference->size = size;
    }
    return shape;
  }
  if (kind != JV_KIND_ARRAY) return placeholder(reference);
  jv shape = jv_array();
  jv_array_foreach(value, i, item) {
    buf_printf(reference, "/%d", i);
    shape = jv_array_append(shape, shape_of(reference, item));
    jv_free(item);
    reference->size = size;
  }
  return shape;
}

jv wf_secret_shape(const char *name, jv value) {
  struct buf reference = {0};
  buf_puts(&reference, name);
  jv shape = shape_of(&reference, value);
  buf_free(&reference);
  return shape;
}

jv wf_secret_mentioned(const char *const *path) {
  struct buf reference = {0};
  buf_puts(&reference, path[0]);
  size_t depth = 1;
  for (; path[depth]; depth++) put_token(&reference, path[depth]);
  jv shape = placeholder(&reference);
  while (--depth > 0) shape = jv_object_set(jv_object(), jv_string(path[depth]), shape);
  buf_free(&reference);
  return shape;
}

const char *wf_secret_find(const char *at, const char **ret_reference, size_t *ret_size, const char **ret_end) {
  while ((at = strstr(at, TEXT_MARK_OPEN))) {
    const char *reference = at + MARK_SIZE;
    const char *end = strstr(reference, TEXT_MARK_CLOSE);
    if (!end) return NULL;
    if (strncmp(reference, word, WORD_SIZE) == 0) {
      *ret_reference = reference + WORD_SIZE;
      *ret_size = (size_t)(end - *ret_reference);
      *ret_end = end + MARK_SIZE;
      return at;
    }
    at = reference;
  }
  return NULL;
}

// What is looked for in each text of a value.
struct denial {
  const char *(*in_text)(const struct denial *denial, const char *text); // found, or NULL
  bool (*is_good)(const void *context, const char *name);
  const void *context;
  struct arena *arena;
};

static const char *denied_in_text(const struct denial *denial, const char *text) {
  const char *reference;
  size_t size;
  while ((text = wf_secret_find(text, &reference, &size, &text) ? text : NULL)) {
    const char *slash = memchr(reference, '/', size);
    const char *name = arena_strndup(denial->arena, reference, slash ? (size_t)(slash - reference) : size);
    if (!denial->is_good(denial->context, name)) return name;
  }
  return NULL;
}

static const char *denied(const struct denial *denial, jv value) {
  const char *found = NULL;
  if (jv_get_kind(value) == JV_KIND_STRING) return denial->in_text(denial, jv_string_value(value));
  if (jv_get_kind(value) == JV_KIND_ARRAY) {
    jv_array_foreach(value, i, item) {
      if (!found) found = denied(denial, item);
      jv_free(item);
    }
  } else if (jv_get_kind(value) == JV_KIND_OBJECT) {
    jv_object_foreach(value, name, member) {
      if (!found) found = denial->in_text(denial, jv_string_value(name));
      if (!found) found = denied(denial, member);
      jv_free(name);
      jv_free(member);
    }
  }
  return found;
}

const char *wf_secret_denied(jv value, bool (*is_good)(const void *context, const char *name), const void *context,
                             struct arena *arena) {
  const struct denial denial = {denied_in_text, is_good, context, arena};
  return denied(&denial, value);
}

static const char *broken_in_text(const struct denial *denial, const char *text) {
  // How a placeholder begins in base64, by where it begins in three bytes, and percent-encoded.
  static const char *const encoded[] = {"9I+/vnNlY3JldD", "SPv75zZWNyZXQ6", "0j7++c2VjcmV0O", "%F4%8F%BF%BEsecret%3A"};
  (void)denial;
  for (size_t i = 0; i < sizeof encoded / sizeof *encoded; i++)
    if (strstr(text, encoded[i])) return text;
  const char *reference, *end;
  size_t size;
  for (const char *mark; (mark = strstr(text, "\xf4\x8f\xbf")); text = end) { // both marks begin so
    bool is_mark = strncmp(mark, TEXT_MARK_OPEN, MARK_SIZE) == 0 || strncmp(mark, TEXT_MARK_CLOSE, MARK_SIZE) == 0;
    end = mark + MARK_SIZE - 1;
    if (is_mark && wf_secret_find(mark, &reference, &size, &end) != mark) return mark;
  }
  return NULL;
}

bool wf_secret_is_broken(jv value) {
  const struct denial denial = {.in_text = broken_in_text};
  return denied(&denial, value) != NULL;
}

void wf_secret_unmark(const char *text, size_t size, struct buf *out) {
  const char *end = text + size;
  while (text < end) {
    const char *mark = memmem(text, (size_t)(end - text), TEXT_MARK_OPEN, MARK_SIZE - 1); // both begin alike
    if (!mark || end - mark < MARK_SIZE) break;
    buf_put(out, text, (size_t)(mark - text));
    bool is_mark = memcmp(mark, TEXT_MARK_OPEN, MARK_SIZE) == 0 || memcmp(mark, TEXT_MARK_CLOSE, MARK_SIZE) == 0;
    if (!is_mark) buf_put(out, mark, MARK_SIZE);
    text = mark + MARK_SIZE;
  }
  buf_put(out, text, (size_t)(end - text));
}
