// SPDX-License-Identifier: Apache-2.0
#include "io/http_url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/uri_template.h"
#include "base/xalloc.h"

int http_url_set(CURLU *url, const char *text) {
  if (curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER | CURLU_URLENCODE) != CURLUE_OK) return -WF_EINVAL;
  char *scheme = NULL;
  bool is_http = curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
                 (strcasecmp(scheme, "http") == 0 || strcasecmp(scheme, "https") == 0);
  curl_free(scheme);
  return is_http ? 0 : -WF_EINVAL;
}

CURLU *http_url_new(const char *text) {
  if (!strstr(text, "://")) return NULL; // libcurl would guess
  CURLU *url = curl_url();
  WF_ASSERT(url);
  if (http_url_set(url, text) == 0) return url;
  curl_url_cleanup(url);
  return NULL;
}

static bool same_part(CURLU *a, CURLU *b, CURLUPart part) {
  char *of_a = NULL, *of_b = NULL;
  bool same = curl_url_get(a, part, &of_a, CURLU_DEFAULT_PORT) == CURLUE_OK &&
              curl_url_get(b, part, &of_b, CURLU_DEFAULT_PORT) == CURLUE_OK && strcasecmp(of_a, of_b) == 0;
  curl_free(of_a);
  curl_free(of_b);
  return same;
}

bool http_url_same_origin(CURLU *a, CURLU *b) {
  return same_part(a, b, CURLUPART_SCHEME) && same_part(a, b, CURLUPART_HOST) && same_part(a, b, CURLUPART_PORT);
}

char *http_url_text(CURLU *url) {
  char *text = NULL;
  WF_ASSERT(curl_url_get(url, CURLUPART_URL, &text, 0) == CURLUE_OK);
  char *copy = xstrdup(text);
  curl_free(text);
  return copy;
}

// Takes the URL.
static char *text_of_url(CURLU *url, unsigned int flags) {
  char *text = NULL;
  CURLUcode code = curl_url_get(url, CURLUPART_URL, &text, flags);
  curl_url_cleanup(url);
  if (code != CURLUE_OK) return NULL;
  char *copy = xstrdup(text);
  curl_free(text);
  return copy;
}

char *http_url_resolve(const char *base, const char *reference) {
  CURLU *url = http_url_new(base);
  if (!url) return NULL;
  if (!*reference || http_url_set(url, reference) == 0) return text_of_url(url, 0);
  curl_url_cleanup(url);
  return NULL;
}

char *http_url_describe(const char *text) {
  CURLU *url = http_url_new(text);
  if (!url) return xstrndup(text, strcspn(text, "?#"));
  curl_url_set(url, CURLUPART_QUERY, NULL, 0);
  curl_url_set(url, CURLUPART_FRAGMENT, NULL, 0);
  char *described = text_of_url(url, CURLU_NO_DEFAULT_PORT);
  return described ? described : xstrdup("");
}

char *http_url_authority(const char *text) {
  CURLU *url = http_url_new(text);
  if (!url) return NULL;
  char *host = NULL, *port = NULL;
  WF_ASSERT(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
  curl_url_get(url, CURLUPART_PORT, &port, CURLU_NO_DEFAULT_PORT);
  char *authority = xasprintf("%s%s%s", host, port ? ":" : "", port ? port : "");
  curl_free(host);
  curl_free(port);
  curl_url_cleanup(url);
  return authority;
}

void http_url_add_query(struct buf *query, const char *name, const char *value) {
  if (query->size) buf_put_u8(query, '&');
  uri_template_encode(query, name, strlen(name), false);
  buf_put_u8(query, '=');
  uri_template_encode(query, value, strlen(value), false);
}

char *http_url_with_query(const char *url, const struct buf *query) {
  size_t size = strcspn(url, "#");
  if (query->size == 0) return xstrndup(url, size);
  const char *mark = memchr(url, '?', size);
  const char *joint = !mark ? "?" : mark + 1 == url + size || url[size - 1] == '&' ? "" : "&";
  return xasprintf("%.*s%s%.*s", (int)size, url, joint, (int)query->size, query->data);
}
