// SPDX-License-Identifier: Apache-2.0
#include "io/http_signature.h"

#include <inttypes.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/text.h"
#include "io/http_caller.h"
#include "io/http_content.h"
#include "io/http_url.h"

enum { KEY_SIZE_MIN = 24, KEY_SIZE_MAX = 64 }; // by the scheme's specification

struct key {
  char *endpoint;
  unsigned char bytes[KEY_SIZE_MAX + 2]; // and what the padding decodes to
  int size;
};

struct http_signature_keys {
  VEC(struct key) list;
};

static int read_key(const char *text, struct key *out) {
  if (strncmp(text, "whsec_", 6) == 0) text += 6;
  size_t size = strlen(text);
  if (size == 0 || size % 4 != 0 || size / 4 * 3 > sizeof out->bytes) return -WF_EINVAL;
  out->size = EVP_DecodeBlock(out->bytes, (const unsigned char *)text, (int)size);
  if (out->size < 0) return -WF_EINVAL;
  for (const char *end = text + size; end > text && end[-1] == '='; end--) out->size--;
  return out->size >= KEY_SIZE_MIN && out->size <= KEY_SIZE_MAX ? 0 : -WF_EINVAL;
}

int http_signature_keys_new(const struct http_signing_key *keys, size_t count, struct http_signature_keys **ret_keys,
                            size_t *ret_bad) {
  struct http_signature_keys *list = xcalloc(1, sizeof *list);
  for (size_t i = 0; i < count; i++) {
    struct key key = {0};
    if (!*keys[i].endpoint || read_key(keys[i].key, &key) < 0) {
      *ret_bad = i;
      http_signature_keys_free(list);
      return -WF_EINVAL;
    }
    key.endpoint = xstrdup(keys[i].endpoint);
    vec_push(&list->list, key);
  }
  *ret_keys = list;
  return 0;
}

void http_signature_keys_free(struct http_signature_keys *keys) {
  if (!keys) return;
  vec_foreach(key, &keys->list) {
    explicit_bzero(key->bytes, sizeof key->bytes);
    free(key->endpoint);
  }
  vec_free(&keys->list);
  free(keys);
}

// The beginning of a URL, not of the name of its host.
static bool begins(const char *endpoint, const char *url) {
  size_t size = strlen(endpoint);
  bool has_path = strchr(strstr(endpoint, "://") + 3, '/');
  return strncasecmp(url, endpoint, size) == 0 && (has_path || strchr("/?#", url[size])); // or at its end
}

static bool matches(const char *endpoint, const char *url, const char *authority) {
  if (strstr(endpoint, "://")) return begins(endpoint, url);
  if (strcasecmp(endpoint, authority) == 0) return true;
  size_t host = authority[0] == '[' ? strcspn(authority, "]") + 1 : strcspn(authority, ":");
  return strlen(endpoint) == host && strncasecmp(endpoint, authority, host) == 0;
}

static const struct key *find(const struct http_signature_keys *keys, const char *url) {
  const struct key *best = NULL;
  char *authority = http_url_authority(url), *whole = http_url_resolve(url, "");
  vec_foreach(key, &keys->list)
    if (authority && whole && matches(key->endpoint, whole, authority) &&
        (!best || strlen(key->endpoint) > strlen(best->endpoint)))
      best = key;
  free(authority);
  free(whole);
  return best;
}

static void replace(struct http_fields *fields, const char *name, const char *value) {
  http_fields_remove(fields, name);
  http_fields_add(fields, name, value);
  fields->list.items[fields->list.count - 1].is_secret = true; // it is for this endpoint
}

void http_signature_add(const struct http_signature_keys *keys, const char *id, int64_t seconds,
                        struct http_message *message) {
  const struct key *key = find(keys, message->url);
  if (!key) return;
  char timestamp[24];
  snprintf(timestamp, sizeof timestamp, "%" PRId64, seconds);
  struct buf content = {0};
  buf_printf(&content, "%s.%s.", id, timestamp);
  buf_put(&content, message->body.data, message->body.size);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  WF_ASSERT(HMAC(EVP_sha256(), key->bytes, key->size, (const unsigned char *)content.data, content.size, mac, &size));
  buf_free(&content);
  jv encoded = http_content_base64((const char *)mac, size);
  char *signature = xasprintf("v1,%s", jv_string_value(encoded));
  jv_free(encoded);
  replace(&message->fields, "webhook-id", id);
  replace(&message->fields, "webhook-timestamp", timestamp);
  replace(&message->fields, "webhook-signature", signature);
  free(signature);
}
