// SPDX-License-Identifier: Apache-2.0
#include "api/etag.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

char *etag_of(const char *data, size_t size, char out[ETAG_SIZE]) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned bytes = 0;
  WF_ASSERT(EVP_Digest(data, size, hash, &bytes, EVP_sha256(), NULL) == 1);
  char *at = out;
  *at++ = '"';
  for (int i = 0; i < (ETAG_SIZE - 3) / 2; i++) at += sprintf(at, "%02x", hash[i]);
  *at++ = '"';
  *at = '\0';
  return out;
}

bool etag_matches(const char *if_none_match, const char *tag) {
  const char *at = if_none_match;
  while (at && *at) {
    at += strspn(at, " \t,");
    if (*at == '*') return true;
    if (strncmp(at, "W/", 2) == 0) at += 2;
    if (*at != '"') return false; // no list of tags
    const char *end = strchr(at + 1, '"');
    if (!end) return false;
    size_t size = (size_t)(end + 1 - at);
    if (size == strlen(tag) && memcmp(at, tag, size) == 0) return true;
    at = end + 1;
  }
  return false;
}
