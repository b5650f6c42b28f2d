// SPDX-License-Identifier: Apache-2.0
#include "config_check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

// Whether "…password" is followed by an equals sign: password=, sslpassword = .
static bool sets_password(const char *text, const char *end) {
  static const char word[] = "password";
  for (const char *p = text; (p = memmem(p, (size_t)(end - p), word, sizeof word - 1)); p++) {
    const char *after = p + sizeof word - 1;
    while (after < end && isspace((unsigned char)*after)) after++;
    if (after < end && *after == '=') return true;
  }
  return false;
}

// postgresql://user:password@host
static bool uri_has_password(const char *text, const char *end) {
  const char *authority = memmem(text, (size_t)(end - text), "://", 3);
  if (!authority) return false;
  authority += 3;
  const char *slash = memchr(authority, '/', (size_t)(end - authority));
  const char *at = memrchr(authority, '@', (size_t)((slash ? slash : end) - authority));
  return at && memchr(authority, ':', (size_t)(at - authority));
}

const char *config_check_conninfo(struct text value) {
  const char *end = value.data + value.size;
  if (!sets_password(value.data, end) && !uri_has_password(value.data, end)) return NULL;
  return "a password may not stand here, expected it in the file that postgres.password_file names";
}

const char *config_check_topic(struct text value) {
  for (size_t i = 0; i < value.size; i++) {
    unsigned char c = (unsigned char)value.data[i];
    if (!isalnum(c) && c != '.' && c != '_' && c != '-') return "no name of a topic, expected letters, digits, '.', '_' and '-' only";
  }
  return NULL;
}

static int parse_port(const char *data, size_t size, uint16_t *ret_port) {
  unsigned port = 0;
  if (size == 0 || size > 5) return -WF_EINVAL;
  for (size_t i = 0; i < size; i++) {
    if (!isdigit((unsigned char)data[i])) return -WF_EINVAL;
    port = port * 10 + (unsigned)(data[i] - '0');
  }
  if (port == 0 || port > UINT16_MAX) return -WF_EINVAL;
  *ret_port = (uint16_t)port;
  return 0;
}

static bool is_loopback(const char *host) {
  struct in_addr four;
  struct in6_addr six;
  if (inet_pton(AF_INET, host, &four) == 1) return ntohl(four.s_addr) >> 24 == 127;
  return inet_pton(AF_INET6, host, &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

int config_listen_split(struct text listen, char ret_host[CONFIG_HOST_SIZE], uint16_t *ret_port) {
  const char *colon = listen.size ? memrchr(listen.data, ':', listen.size) : NULL;
  if (!colon) return -WF_EINVAL;
  struct text host = {listen.data, (size_t)(colon - listen.data)};
  if (host.size >= 2 && host.data[0] == '[' && colon[-1] == ']') host = (struct text){host.data + 1, host.size - 2};
  if (text_equal(host, TEXT("localhost"))) host = TEXT("127.0.0.1");
  char text[CONFIG_HOST_SIZE];
  if (host.size == 0 || host.size >= sizeof text) return -WF_EINVAL;
  snprintf(text, sizeof text, "%.*s", (int)host.size, host.data);
  uint16_t port;
  if (!is_loopback(text) || parse_port(colon + 1, (size_t)(listen.data + listen.size - colon - 1), &port) < 0) return -WF_EINVAL;
  memcpy(ret_host, text, sizeof text);
  *ret_port = port;
  return 0;
}

const char *config_check_listen(struct text value) {
  char host[CONFIG_HOST_SIZE];
  uint16_t port;
  if (value.size == 0 || config_listen_split(value, host, &port) == 0) return NULL;
  return "no loopback address with a port, expected such as 127.0.0.1:9464 or [::1]:9464";
}
