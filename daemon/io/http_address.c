// SPDX-License-Identifier: Apache-2.0
#include "io/http_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/vec.h"

// As IPv6, IPv4 in its mapped form, so that there is one comparison.
struct network {
  uint8_t address[16];
  int bits;
};

struct kind {
  uint8_t address[16];
  int bits;
  const char *name;
};

struct http_address_list {
  VEC(struct network) networks;
  VEC(char *) hosts;
};

#define V4(a, b, c) {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, 0}

// The special-purpose registries of IANA for IPv4 and IPv6. Of IPv6 only 2000::/3 is given
// out for the public, so the rest needs no row unless it deserves a name of its own.
static const struct kind kinds[] = {
    {V4(0, 0, 0), 96 + 8, "unspecified"},
    {V4(10, 0, 0), 96 + 8, "private"},
    {V4(100, 64, 0), 96 + 10, "carrier-grade NAT"},
    {V4(127, 0, 0), 96 + 8, "loopback"},
    {V4(169, 254, 0), 96 + 16, "link-local"},
    {V4(172, 16, 0), 96 + 12, "private"},
    {V4(192, 0, 0), 96 + 24, "reserved"},
    {V4(192, 0, 2), 96 + 24, "reserved"},
    {V4(192, 88, 99), 96 + 24, "reserved"},
    {V4(192, 168, 0), 96 + 16, "private"},
    {V4(198, 18, 0), 96 + 15, "reserved"},
    {V4(198, 51, 100), 96 + 24, "reserved"},
    {V4(203, 0, 113), 96 + 24, "reserved"},
    {V4(224, 0, 0), 96 + 4, "multicast"},
    {V4(240, 0, 0), 96 + 4, "reserved"},
    {{[15] = 1}, 128, "loopback"},
    {{0}, 128, "unspecified"},
    {{0xfc}, 7, "private"},
    {{0xfe, 0x80}, 10, "link-local"},
    {{0xfe, 0xc0}, 10, "private"},
    {{0xff}, 8, "multicast"},
    {{0x20, 0x01, 0x00}, 23, "reserved"}, // with Teredo, which has an IPv4 address inside
    {{0x20, 0x01, 0x0d, 0xb8}, 32, "reserved"},
    {{0x20, 0x02}, 16, "reserved"}, // 6to4: likewise
    {{0x3f, 0xff}, 20, "reserved"},
};

static bool lies_in(const uint8_t address[16], const uint8_t network[16], int bits) {
  int bytes = bits / 8, rest = bits % 8;
  if (memcmp(address, network, (size_t)bytes) != 0) return false;
  return rest == 0 || ((address[bytes] ^ network[bytes]) >> (8 - rest)) == 0;
}

static void map(const void *v4, uint8_t out[16]) {
  static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};
  memcpy(out, prefix, sizeof prefix);
  memcpy(out + 12, v4, 4);
}

// 0, or -1 for another family.
static int normalise(const struct sockaddr *address, uint8_t out[16]) {
  if (address->sa_family == AF_INET) {
    map(&((const struct sockaddr_in *)(const void *)address)->sin_addr, out);
    return 0;
  }
  if (address->sa_family != AF_INET6) return -1;
  memcpy(out, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
  static const uint8_t nat64[16] = {0x00, 0x64, 0xff, 0x9b};
  if (!lies_in(out, nat64, 96)) return 0;
  uint8_t inner[4];
  memcpy(inner, out + 12, sizeof inner);
  map(inner, out);
  return 0;
}

const char *http_address_objection(const struct sockaddr *address) {
  uint8_t bytes[16];
  if (normalise(address, bytes) < 0) return "no IP address";
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (lies_in(bytes, kinds[i].address, kinds[i].bits)) return kinds[i].name;
  static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff}, public[16] = {0x20};
  return lies_in(bytes, mapped, 96) || lies_in(bytes, public, 3) ? NULL : "reserved";
}

// Whether it is a network; `text` without its brackets and prefix length.
static bool read_network(const char *entry, struct network *out) {
  char text[INET6_ADDRSTRLEN];
  const char *slash = strchr(entry, '/');
  size_t size = slash ? (size_t)(slash - entry) : strlen(entry);
  if (size == 0 || size >= sizeof text) return false;
  memcpy(text, entry, size);
  text[size] = '\0';
  uint8_t v4[4];
  bool is_v4 = inet_pton(AF_INET, text, v4) == 1;
  if (is_v4)
    map(v4, out->address);
  else if (inet_pton(AF_INET6, text, out->address) != 1)
    return false;
  int base = is_v4 ? 96 : 0;
  out->bits = 128;
  if (!slash) return true;
  char *end;
  long bits = strtol(slash + 1, &end, 10);
  if (end == slash + 1 || *end || bits < 0 || bits > 128 - base) return false;
  out->bits = base + (int)bits;
  return true;
}

static bool is_host_name(const char *entry) {
  const char *name = strncmp(entry, "*.", 2) == 0 ? entry + 2 : entry;
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";
  size_t size = strlen(name);
  return size > 0 && size < 254 && name[strspn(name, allowed)] == '\0' && name[0] != '.' &&
         name[strspn(name, "0123456789.")] != '\0'; // a mistyped address is no name
}

int http_address_list_new(const char *const *entries, size_t count, struct http_address_list **ret_list,
                          size_t *ret_bad) {
  struct http_address_list *list = xcalloc(1, sizeof *list);
  for (size_t i = 0; i < count; i++) {
    struct network network;
    if (read_network(entries[i], &network)) {
      vec_push(&list->networks, network);
    } else if (is_host_name(entries[i])) {
      vec_push(&list->hosts, xstrdup(entries[i]));
    } else {
      *ret_bad = i;
      http_address_list_free(list);
      return -WF_EINVAL;
    }
  }
  *ret_list = list;
  return 0;
}

void http_address_list_free(struct http_address_list *list) {
  if (!list) return;
  vec_foreach(host, &list->hosts) free(*host);
  vec_free(&list->hosts);
  vec_free(&list->networks);
  free(list);
}

static bool names(const char *entry, const char *host) {
  if (strncmp(entry, "*.", 2) != 0) return strcasecmp(entry, host) == 0;
  size_t tail = strlen(entry + 1), size = strlen(host);
  return size > tail && strcasecmp(host + size - tail, entry + 1) == 0;
}

bool http_address_list_has(const struct http_address_list *list, const char *host, const struct sockaddr *address) {
  vec_foreach(entry, &list->hosts) if (names(*entry, host)) return true;
  uint8_t bytes[16];
  if (normalise(address, bytes) < 0) return false;
  vec_foreach(network, &list->networks) if (lies_in(bytes, network->address, network->bits)) return true;
  return false;
}
