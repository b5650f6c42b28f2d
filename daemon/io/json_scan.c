// SPDX-License-Identifier: Apache-2.0
#include "io/json_scan.h"

#include "base/error.h"

// Numbers. jsonb stores PostgreSQL's numeric: at most 131,072 digits before the point
// and 16,383 after it. Digits that were sent cost what they cost; an exponent makes
// them from nothing (a megabyte of 1e131071 would be read back as 13 GB), so with an
// exponent both sides are bounded by what a double needs.
enum { INTEGER_DIGITS_MAX = 131072, FRACTION_DIGITS_MAX = 16383, EXPANDED_DIGITS_MAX = 400 };

struct scanner {
  const char *start, *at, *end;
  struct json_scan_fault *fault;
};

static int fail(struct scanner *s, const char *at, const char *code, const char *what) {
  *s->fault = (struct json_scan_fault){.offset = (size_t)(at - s->start), .code = code, .what = what};
  return -WF_EINVAL;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static const char *skip_space(const char *at, const char *end) {
  while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
  return at;
}

static int hex4(const char *at, const char *end) {
  if (end - at < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; i++) {
    char c = at[i];
    int digit = is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static bool is_high_surrogate(int unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
static bool is_low_surrogate(int unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// At the character behind "\u".
static int check_unicode_escape(struct scanner *s) {
  int unit = hex4(s->at, s->end);
  if (unit < 0) return fail(s, s->at, "undecodable", "expected four hexadecimal digits after \\u");
  if (unit == 0) return fail(s, s->at, "nul_in_text", "\\u0000 cannot be stored as text");
  if (is_low_surrogate(unit)) return fail(s, s->at, "bad_utf8", "low surrogate without a high one before it");
  s->at += 4;
  if (!is_high_surrogate(unit)) return 0;
  if (s->end - s->at < 6 || s->at[0] != '\\' || s->at[1] != 'u' || !is_low_surrogate(hex4(s->at + 2, s->end)))
    return fail(s, s->at, "bad_utf8", "high surrogate without a low one behind it");
  if (unit == 0xDBFF && hex4(s->at + 2, s->end) >= 0xDFFE)
    return fail(s, s->at, "bad_utf8", "a character that is none (U+10FFFE or U+10FFFF)");
  s->at += 6;
  return 0;
}

// At the opening quote; ends behind the closing one.
static int check_string(struct scanner *s) {
  for (s->at++; s->at < s->end;) {
    unsigned char c = (unsigned char)*s->at;
    if (c == '"') {
      s->at++;
      return 0;
    }
    if (c < 0x20) return fail(s, s->at, "undecodable", "control character in a string; expected it escaped");
    s->at++;
    if (c != '\\') continue;
    if (s->at == s->end) break;
    char escape = *s->at++;
    if (escape == 'u') {
      int status = check_unicode_escape(s);
      if (status < 0) return status;
    } else if (!memchr("\"\\/bfnrt", escape, 8)) {
      return fail(s, s->at - 1, "undecodable", "unknown escape in a string");
    }
  }
  return fail(s, s->at, "undecodable", "string without its closing quote");
}

static ptrdiff_t take_digits(struct scanner *s) {
  const char *first = s->at;
  while (s->at < s->end && is_digit(*s->at)) s->at++;
  return s->at - first;
}

// At the "e"; returns the exponent cut to ±1,000,000 by `ret_exponent`.
static int check_exponent(struct scanner *s, int64_t *ret_exponent) {
  s->at++;
  bool negative = s->at < s->end && *s->at == '-';
  if (s->at < s->end && (*s->at == '-' || *s->at == '+')) s->at++;
  const char *first = s->at;
  if (take_digits(s) == 0) return fail(s, s->at, "undecodable", "expected digits in the exponent");
  int64_t exponent = 0;
  for (const char *p = first; p < s->at && exponent < 1000000; p++) exponent = exponent * 10 + (*p - '0');
  *ret_exponent = negative ? -exponent : exponent;
  return 0;
}

static int check_number(struct scanner *s) {
  const char *first = s->at;
  if (*s->at == '-') s->at++;
  const char *digits = s->at;
  int64_t whole = take_digits(s), fraction = 0, exponent = 0;
  if (whole == 0) return fail(s, s->at, "undecodable", "expected a digit");
  if (whole > 1 && *digits == '0') return fail(s, digits, "undecodable", "number with a leading zero");
  if (s->at < s->end && *s->at == '.') {
    s->at++;
    fraction = take_digits(s);
    if (fraction == 0) return fail(s, s->at, "undecodable", "expected a digit after the point");
  }
  bool has_exponent = s->at < s->end && (*s->at == 'e' || *s->at == 'E');
  if (has_exponent) {
    int status = check_exponent(s, &exponent);
    if (status < 0) return status;
  }
  int64_t whole_max = has_exponent ? EXPANDED_DIGITS_MAX : INTEGER_DIGITS_MAX;
  int64_t fraction_max = has_exponent ? EXPANDED_DIGITS_MAX : FRACTION_DIGITS_MAX;
  if (whole + exponent > whole_max || fraction - exponent > fraction_max)
    return fail(s, first, "too_large", "number out of the range that can be stored");
  return 0;
}

static int check_word(struct scanner *s, const char *word) {
  size_t size = strlen(word);
  if ((size_t)(s->end - s->at) < size || memcmp(s->at, word, size) != 0)
    return fail(s, s->at, "undecodable", "expected a value");
  s->at += size;
  return 0;
}

static int check_scalar(struct scanner *s) {
  switch (*s->at) {
  case '"': return check_string(s);
  case 't': return check_word(s, "true");
  case 'f': return check_word(s, "false");
  case 'n': return check_word(s, "null");
  default: break;
  }
  if (*s->at == '-' || is_digit(*s->at)) return check_number(s);
  return fail(s, s->at, "undecodable", "expected a value");
}

// At the first character of a member: its name and the colon.
static int check_name(struct scanner *s) {
  if (s->at == s->end || *s->at != '"') return fail(s, s->at, "undecodable", "expected a name in quotes");
  int status = check_string(s);
  if (status < 0) return status;
  s->at = skip_space(s->at, s->end);
  if (s->at == s->end || *s->at != ':') return fail(s, s->at, "undecodable", "expected a colon");
  s->at = skip_space(s->at + 1, s->end);
  return 0;
}

// Behind a value: closes what ends here, until a comma says that more follows.
// `closers` is the stack of open containers. *ret_more is false at the end of all.
static int check_behind_value(struct scanner *s, const char *closers, size_t *depth, bool *ret_more) {
  for (;;) {
    s->at = skip_space(s->at, s->end);
    *ret_more = *depth > 0;
    if (*depth == 0) return 0;
    char closer = closers[*depth - 1];
    if (s->at == s->end) return fail(s, s->at, "undecodable", "text ends within an object or array");
    if (*s->at == closer) {
      s->at++;
      --*depth;
      continue;
    }
    if (*s->at != ',')
      return fail(s, s->at, "undecodable", closer == '}' ? "expected a comma or }" : "expected a comma or ]");
    s->at = skip_space(s->at + 1, s->end);
    return closer == '}' ? check_name(s) : 0;
  }
}

// At an opening bracket. *ret_empty: it closed at once.
static int check_opening(struct scanner *s, char *closers, size_t *depth, bool *ret_empty) {
  if (*depth == JSON_SCAN_DEPTH_MAX) return fail(s, s->at, "too_large", "nested deeper than 128");
  char closer = *s->at == '{' ? '}' : ']';
  s->at = skip_space(s->at + 1, s->end);
  *ret_empty = s->at < s->end && *s->at == closer;
  if (*ret_empty) {
    s->at++;
    return 0;
  }
  closers[(*depth)++] = closer;
  return closer == '}' ? check_name(s) : 0;
}

static int check_value(struct scanner *s) {
  char closers[JSON_SCAN_DEPTH_MAX];
  size_t depth = 0;
  for (bool more = true; more;) {
    if (s->at == s->end) return fail(s, s->at, "undecodable", "expected a value");
    int status;
    if (*s->at == '{' || *s->at == '[') {
      bool empty;
      status = check_opening(s, closers, &depth, &empty);
      if (status == 0 && !empty) continue;
    } else {
      status = check_scalar(s);
    }
    if (status == 0) status = check_behind_value(s, closers, &depth, &more);
    if (status < 0) return status;
  }
  return 0;
}

static enum json_scan_kind kind_at(const char *at) {
  switch (*at) {
  case '{': return JSON_SCAN_OBJECT;
  case '[': return JSON_SCAN_ARRAY;
  case '"': return JSON_SCAN_STRING;
  case 't': return JSON_SCAN_TRUE;
  case 'f': return JSON_SCAN_FALSE;
  case 'n': return JSON_SCAN_NULL;
  default: return JSON_SCAN_NUMBER;
  }
}

int json_scan_check(struct text source, struct json_scan_value *ret_value, struct json_scan_fault *ret_fault) {
  if (source.size == 0) source.data = "";
  struct scanner s = {source.data, source.data, source.data + source.size, ret_fault};
  const char *nul = memchr(source.data, 0, source.size);
  if (nul) return fail(&s, nul, "nul_in_text", "NUL byte");
  if (!text_is_clean_utf8(source.data, source.size)) return fail(&s, s.at, "bad_utf8", "text that is not UTF-8");
  s.at = skip_space(s.at, s.end);
  const char *first = s.at;
  int status = check_value(&s);
  if (status < 0) return status;
  const char *last = s.at; // white space was skipped behind it
  if (last != s.end) return fail(&s, last, "undecodable", "expected the end of the text");
  while (memchr(" \t\n\r", last[-1], 4)) last--;
  *ret_value = (struct json_scan_value){kind_at(first), {first, (size_t)(last - first)}};
  return 0;
}

const char *json_scan_kind_name(enum json_scan_kind kind) {
  static const char *const names[] = {"null", "false", "true", "a number", "a string", "an array", "an object"};
  return names[kind];
}

// ---- walking checked text: nothing can be wrong in it --------------------------

static const char *string_end(const char *at) {
  for (at++; *at != '"'; at++)
    if (*at == '\\') at++;
  return at + 1;
}

static const char *value_end(const char *at, const char *end) {
  size_t depth = 0;
  do {
    switch (*at) {
    case '"': at = string_end(at); break;
    case '{':
    case '[': depth++, at++; break;
    case '}':
    case ']': depth--, at++; break;
    default:
      if (depth > 0) {
        at++;
        break;
      }
      while (at < end && !memchr(",]} \t\n\r", *at, 7)) at++;
    }
  } while (depth > 0);
  return at;
}

static struct json_scan_value take_value(struct json_scan_cursor *cursor) {
  const char *first = cursor->at;
  cursor->at = value_end(first, cursor->end);
  return (struct json_scan_value){kind_at(first), {first, (size_t)(cursor->at - first)}};
}

// Past the comma, to what comes next; false at the end.
static bool next(struct json_scan_cursor *cursor) {
  cursor->at = skip_space(cursor->at, cursor->end);
  if (cursor->at < cursor->end && *cursor->at == ',') cursor->at = skip_space(cursor->at + 1, cursor->end);
  return cursor->at < cursor->end;
}

struct json_scan_cursor json_scan_open(struct json_scan_value container) {
  WF_ASSERT(container.kind == JSON_SCAN_OBJECT || container.kind == JSON_SCAN_ARRAY);
  return (struct json_scan_cursor){container.text.data + 1, container.text.data + container.text.size - 1};
}

bool json_scan_element(struct json_scan_cursor *cursor, struct json_scan_value *ret_value) {
  if (!next(cursor)) return false;
  *ret_value = take_value(cursor);
  return true;
}

bool json_scan_member(struct json_scan_cursor *cursor, struct json_scan_value *ret_name,
                      struct json_scan_value *ret_value) {
  if (!next(cursor)) return false;
  *ret_name = take_value(cursor);
  cursor->at = skip_space(skip_space(cursor->at, cursor->end) + 1, cursor->end); // the colon
  *ret_value = take_value(cursor);
  return true;
}

static char *put_utf8(char *out, unsigned code) {
  if (code < 0x80) {
    *out++ = (char)code;
  } else if (code < 0x800) {
    *out++ = (char)(0xC0 | code >> 6);
    *out++ = (char)(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    *out++ = (char)(0xE0 | code >> 12);
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    *out++ = (char)(0x80 | (code & 0x3F));
  } else {
    *out++ = (char)(0xF0 | code >> 18);
    *out++ = (char)(0x80 | (code >> 12 & 0x3F));
    *out++ = (char)(0x80 | (code >> 6 & 0x3F));
    *out++ = (char)(0x80 | (code & 0x3F));
  }
  return out;
}

struct text json_scan_string(struct json_scan_value string, struct arena *arena) {
  WF_ASSERT(string.kind == JSON_SCAN_STRING);
  const char *at = string.text.data + 1, *end = string.text.data + string.text.size - 1;
  char *text = arena_alloc(arena, string.text.size), *out = text; // escapes only shrink
  while (at < end) {
    if (*at != '\\') {
      *out++ = *at++;
      continue;
    }
    char escape = at[1];
    at += 2;
    if (escape == 'u') {
      unsigned code = (unsigned)hex4(at, end);
      at += 4;
      if (is_high_surrogate((int)code)) {
        code = 0x10000 + ((code - 0xD800) << 10) + ((unsigned)hex4(at + 2, end) - 0xDC00);
        at += 6;
      }
      out = put_utf8(out, code);
    } else {
      static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
      *out++ = to[strchr(from, escape) - from];
    }
  }
  *out = '\0';
  return (struct text){text, (size_t)(out - text)};
}

bool json_scan_integer(struct json_scan_value value, int64_t *ret_integer) {
  struct text text = value.text;
  if (value.kind == JSON_SCAN_STRING)
    text = (struct text){text.data + 1, text.size - 2};
  else if (value.kind != JSON_SCAN_NUMBER)
    return false;
  struct json_scan_fault fault;
  struct scanner s = {text.data, text.data, text.data + text.size, &fault};
  if (text.size == 0 || !(is_digit(*s.at) || *s.at == '-') || check_number(&s) < 0 || s.at != s.end) return false;
  bool negative = *text.data == '-', in_fraction = false;
  int64_t scale = 0, integer = 0; // counts down: INT64_MIN has no positive
  const char *p = text.data + negative;
  for (; p < s.end && *p != 'e' && *p != 'E'; p++) {
    if (*p == '.') {
      in_fraction = true;
    } else if (__builtin_mul_overflow(integer, 10, &integer) || __builtin_sub_overflow(integer, *p - '0', &integer)) {
      return false;
    } else {
      scale -= in_fraction;
    }
  }
  int64_t exponent = 0;
  if (p < s.end) {
    s.at = p;
    check_exponent(&s, &exponent);
  }
  scale += exponent;
  for (; scale > 0 && integer != 0; scale--)
    if (__builtin_mul_overflow(integer, 10, &integer)) return false;
  for (; scale < 0 && integer != 0; scale++) {
    if (integer % 10 != 0) return false;
    integer /= 10;
  }
  if (!negative && __builtin_sub_overflow(0, integer, &integer)) return false;
  *ret_integer = integer;
  return true;
}
