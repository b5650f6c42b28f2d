// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <stdint.h>

// The number of bytes of the UTF-8 sequence at `s`, 0 when it is none.
static size_t sequence_length(const unsigned char *s, size_t left) {
  unsigned char c = s[0];
  if (c < 0x80) return c ? 1 : 0;
  size_t n = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
  if (c < 0xC2 || c > 0xF4 || left < n) return 0;
  for (size_t i = 1; i < n; i++)
    if ((s[i] & 0xC0) != 0x80) return 0;
  if (c == 0xE0 && s[1] < 0xA0) return 0;  // overlong
  if (c == 0xED && s[1] >= 0xA0) return 0; // surrogate
  if (c == 0xF0 && s[1] < 0x90) return 0;  // overlong
  if (c == 0xF4 && s[1] >= 0x90) return 0; // above U+10FFFF
  if (c == 0xF4 && s[1] == 0x8F && s[2] == 0xBF && s[3] >= 0xBE) return 0; // a mark
  return n;
}

bool text_is_clean_utf8(const char *data, size_t size) {
  const unsigned char *s = (const unsigned char *)data;
  for (size_t i = 0; i < size;) {
    size_t n = sequence_length(s + i, size - i);
    if (!n) return false;
    i += n;
  }
  return true;
}

enum { NEAR_WORD_MAX = 63 };

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

// Optimal string alignment: letters inserted, left out, changed, or two neighbours
// swapped. Three rows of the table; words longer than NEAR_WORD_MAX are far.
static size_t edit_distance(const char *a, const char *b) {
  size_t n = strlen(a), m = strlen(b);
  if (n > NEAR_WORD_MAX || m > NEAR_WORD_MAX) return SIZE_MAX;
  size_t rows[3][NEAR_WORD_MAX + 1];
  for (size_t j = 0; j <= m; j++) rows[0][j] = j;
  for (size_t i = 1; i <= n; i++) {
    size_t *row = rows[i % 3];
    const size_t *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];
    row[0] = i;
    for (size_t j = 1; j <= m; j++) {
      row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = least(row[j], second[j - 2] + 1);
    }
  }
  return rows[n % 3][m];
}

// One slip for each four letters begun, and something of the word must be left.
const char *text_near_miss(const char *word, const char *const *candidates, size_t count) {
  const char *best = NULL;
  size_t size = strlen(word), best_distance = least((size + 3) / 4 + 1, size);
  for (size_t i = 0; i < count; i++) {
    size_t distance = edit_distance(word, candidates[i]);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidates[i];
    }
  }
  return best;
}
