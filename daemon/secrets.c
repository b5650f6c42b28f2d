// SPDX-License-Identifier: Apache-2.0
#include "secrets.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "base/text.h"
#include "base/xalloc.h"
#include "config_secret.h"

struct secrets {
  jv values; // object by name
  struct wf_secrets shapes;
};

// ---- reading ------------------------------------------------------------------

// A JSON object, or the text itself.
static jv value_of(const char *text) {
  if (text[strspn(text, " \t\r\n")] == '{') {
    jv value = jv_parse(text);
    if (jv_get_kind(value) == JV_KIND_OBJECT) return value;
    jv_free(value);
  }
  return jv_string(text);
}

static void read_one(struct secrets *secrets, const char *folder, const char *file, const char *name) {
  char *path = xasprintf("%s/%s", folder, file), *text, *problem;
  if (!wf_secret_is_name(name)) {
    log_warning("%s: is left out: its name is none for a secret", path);
  } else if (config_secret_read(path, &text, &problem) < 0) {
    log_error("secret %s is left out: %s", name, problem);
    free(problem);
  } else {
    if (text_is_clean_utf8(text, strlen(text)))
      secrets->values = jv_object_set(secrets->values, jv_string(name), value_of(text));
    else
      log_error("%s: is left out: it is no clean UTF-8", path);
    config_secret_free(text);
  }
  free(path);
}

static void read_folder(struct secrets *secrets, const char *folder, const char *prefix) {
  struct dirent **files;
  int count = scandir(folder, &files, NULL, alphasort);
  if (count < 0) {
    log_error("%s: cannot be read: %s", folder, strerror(errno));
    return;
  }
  for (int i = 0; i < count; i++) {
    const char *file = files[i]->d_name;
    bool is_meant = *file != '.' && strncmp(file, prefix, strlen(prefix)) == 0;
    if (is_meant && jv_object_length(jv_copy(secrets->values)) < SECRETS_MAX) read_one(secrets, folder, file, file + strlen(prefix));
    free(files[i]);
  }
  free(files);
}

static jv shapes_of(jv values) {
  jv shapes = jv_object();
  jv_object_foreach(values, name, value) {
    shapes = jv_object_set(shapes, jv_copy(name), wf_secret_shape(jv_string_value(name), value));
    jv_free(name);
    jv_free(value);
  }
  return shapes;
}

struct secrets *secrets_new(const char *folder, const char *credentials) {
  struct secrets *secrets = xcalloc(1, sizeof *secrets);
  secrets->values = jv_object();
  if (*folder) read_folder(secrets, folder, "");
  if (credentials) read_folder(secrets, credentials, "secret_");
  secrets->shapes.shapes = shapes_of(secrets->values);
  return secrets;
}

// jv keeps its bytes to itself until it frees them; what is left of them is overwritten as
// far as nobody else holds the value.
static void wipe(jv value) {
  jv_kind kind = jv_get_kind(value);
  if (kind == JV_KIND_OBJECT) {
    jv_object_foreach(value, name, member) {
      jv_free(name);
      wipe(member);
    }
  } else if (kind == JV_KIND_ARRAY) {
    jv_array_foreach(value, i, item) wipe(item);
  } else if (kind == JV_KIND_STRING) {
    char *bytes = (char *)(uintptr_t)jv_string_value(value);
    explicit_bzero(bytes, (size_t)jv_string_length_bytes(jv_copy(value)));
  }
  jv_free(value);
}

void secrets_free(struct secrets *secrets) {
  if (!secrets) return;
  wipe(secrets->values);
  jv_free(secrets->shapes.shapes);
  free(secrets);
}

void secrets_replace(struct secrets *secrets, struct secrets *from) {
  struct secrets old = *secrets;
  *secrets = *from;
  *from = old;
  secrets_free(from);
}

size_t secrets_count(const struct secrets *secrets) { return (size_t)jv_object_length(jv_copy(secrets->values)); }
const struct wf_secrets *secrets_shapes(const struct secrets *secrets) { return &secrets->shapes; }

// ---- revealing ------------------------------------------------------------------

// The next token of a JSON pointer, unescaped; `*at` is behind it.
static jv next_token(const char **at, const char *end) {
  struct buf token = {0};
  for (; *at < end && **at != '/'; ++*at) {
    bool is_escape = **at == '~' && *at + 1 < end;
    if (is_escape) ++*at;
    char c = !is_escape ? **at : **at == '1' ? '/' : '~';
    buf_put(&token, &c, 1);
  }
  jv text = jv_string_sized(token.data ? token.data : "", (int)token.size);
  buf_free(&token);
  return text;
}

static jv find(const struct secrets *secrets, const char *reference, size_t size) {
  const char *at = reference, *end = reference + size;
  jv value = jv_object_get(jv_copy(secrets->values), next_token(&at, end));
  while (jv_is_valid(value) && at < end) {
    at++; // the slash
    jv token = next_token(&at, end);
    if (jv_get_kind(value) == JV_KIND_OBJECT) {
      value = jv_object_get(value, token);
    } else if (jv_get_kind(value) == JV_KIND_ARRAY) {
      value = jv_array_get(value, atoi(jv_string_value(token)));
      jv_free(token);
    } else {
      jv_free(token);
      jv_free(value);
      return jv_invalid();
    }
  }
  return value;
}

char *secrets_reveal(void *context, const char *text) {
  const struct secrets *secrets = context;
  const char *reference, *end, *mark;
  size_t size;
  struct buf out = {0};
  while ((mark = wf_secret_find(text, &reference, &size, &end))) {
    jv value = find(secrets, reference, size);
    if (!jv_is_valid(value)) {
      jv_free(value);
      buf_free(&out);
      return NULL;
    }
    if (jv_get_kind(value) != JV_KIND_STRING) value = jv_dump_string(value, 0);
    buf_put(&out, text, (size_t)(mark - text));
    buf_puts(&out, jv_string_value(value));
    jv_free(value);
    text = end;
  }
  buf_puts(&out, text);
  buf_put_u8(&out, 0);
  return out.data;
}

jv secrets_policy(void *context, const char *name) {
  const struct secrets *secrets = context;
  jv value = jv_object_get(jv_copy(secrets->values), jv_string(name));
  if (jv_get_kind(value) == JV_KIND_STRING) {
    jv policy = jv_object_set(jv_object(), jv_string("token"), jv_string(jv_string_value(value)));
    jv_free(value);
    return policy;
  }
  if (!jv_is_valid(value)) return value;
  jv json = jv_dump_string(value, 0), copy = jv_parse(jv_string_value(json)); // it may outlive a reload
  jv_free(json);
  return copy;
}
