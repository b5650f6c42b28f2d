// SPDX-License-Identifier: Apache-2.0
#include "base/uuid.h"

#include <ctype.h>

#include "base/error.h"

enum { RECIPIENT_BITS = 20, ORDINAL_BITS = 10 };

static uint64_t get64(const uint8_t *from) {
  uint64_t v;
  memcpy(&v, from, sizeof v);
  return __builtin_bswap64(v);
}

static void put64(uint8_t *to, uint64_t v) {
  v = __builtin_bswap64(v);
  memcpy(to, &v, sizeof v);
}

struct uuid uuid_make(usec_t at, unsigned home, uint64_t offset, unsigned ordinal, unsigned recipient) {
  WF_ASSERT(at >= 0 && home <= UUID_HOME_MAX && ordinal <= UUID_ORDINAL_MAX && recipient <= UUID_RECIPIENT_MAX);
  struct uuid id;
  uint64_t ms = (uint64_t)(at / USEC_PER_MSEC);
  put64(id.bytes, ms << 16 | UINT64_C(0x7000) | home);
  uint64_t low = (offset & UINT32_MAX) << (ORDINAL_BITS + RECIPIENT_BITS) | (uint64_t)ordinal << RECIPIENT_BITS | recipient;
  put64(id.bytes + 8, UINT64_C(2) << 62 | low);
  return id;
}

struct uuid uuid_of_child(usec_t at, unsigned home, uint32_t batch, uint32_t index) {
  enum { INDEX_BITS = 12, INDEX_MASK = (1 << INDEX_BITS) - 1 };
  return uuid_make(at, home, batch << INDEX_BITS | (index & INDEX_MASK), UUID_ORDINAL_MAX - 1 - (index >> INDEX_BITS), 0);
}

struct uuid uuid_of_random(uint64_t high, uint64_t low) {
  struct uuid id;
  put64(id.bytes, (high & ~UINT64_C(0xF000)) | UINT64_C(0x4000));
  put64(id.bytes + 8, low >> 2 | UINT64_C(2) << 62);
  return id;
}

unsigned uuid_home(const struct uuid *id) { return (unsigned)(get64(id->bytes) & 0xFFF); }

usec_t uuid_time(const struct uuid *id) { return (usec_t)(get64(id->bytes) >> 16) * USEC_PER_MSEC; }

unsigned uuid_recipient(const struct uuid *id) { return (unsigned)(get64(id->bytes + 8) & UUID_RECIPIENT_MAX); }

struct uuid uuid_with_recipient(const struct uuid *id, unsigned recipient) {
  WF_ASSERT(recipient <= UUID_RECIPIENT_MAX);
  struct uuid other = *id;
  put64(other.bytes + 8, (get64(id->bytes + 8) & ~(uint64_t)UUID_RECIPIENT_MAX) | recipient);
  return other;
}

static bool dash_before(int byte) { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

char *uuid_format(const struct uuid *id, char *out) {
  static const char hex[] = "0123456789abcdef";
  char *p = out;
  for (int i = 0; i < 16; i++) {
    if (dash_before(i)) *p++ = '-';
    *p++ = hex[id->bytes[i] >> 4];
    *p++ = hex[id->bytes[i] & 15];
  }
  *p = '\0';
  return out;
}

static int nibble(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = (char)tolower((unsigned char)c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int uuid_parse(const char *data, size_t size, struct uuid *ret_id) {
  if (size != UUID_TEXT_SIZE - 1) return -WF_EINVAL;
  struct uuid id;
  for (int i = 0; i < 16; i++) {
    if (dash_before(i) && *data++ != '-') return -WF_EINVAL;
    int high = nibble(*data++), low = nibble(*data++);
    if (high < 0 || low < 0) return -WF_EINVAL;
    id.bytes[i] = (uint8_t)(high << 4 | low);
  }
  *ret_id = id;
  return 0;
}
