// SPDX-License-Identifier: Apache-2.0
// Byte strings with a length: what comes from a wire is neither terminated nor
// known to be text. A `struct text` borrows its bytes.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct text {
  const char *data; // NULL means absent
  size_t size;
};

#define TEXT(literal) ((struct text){(literal), sizeof(literal) - 1})

static inline struct text text_of(const char *string) {
  return (struct text){string, string ? strlen(string) : 0};
}

static inline bool text_equal(struct text a, struct text b) {
  return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

// The last two characters of Unicode, which are none: marks that texts of ours may hold and
// no text from outside does (engine/secret.h).
#define TEXT_MARK_OPEN "\xf4\x8f\xbf\xbe"  // U+10FFFE
#define TEXT_MARK_CLOSE "\xf4\x8f\xbf\xbf" // U+10FFFF
enum { TEXT_MARK_SIZE = 4 };

// Whether the bytes are UTF-8 by RFC 3629 (no surrogates, no overlong forms,
// nothing above U+10FFFF) and hold neither NUL, which PostgreSQL's text refuses, nor a mark.
bool text_is_clean_utf8(const char *data, size_t size);

// The candidate nearest to `word` by edit distance, or NULL when none is near
// enough to be a likely slip. Used for "did you mean".
const char *text_near_miss(const char *word, const char *const *candidates, size_t count);
