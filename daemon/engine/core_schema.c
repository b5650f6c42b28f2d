// SPDX-License-Identifier: Apache-2.0
#include "engine/core_schema.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const long long EXACT_MAX = 1LL << 53; // what a double counts to

static bool is_one_of(const char *text, const char *const *words) {
  for (; *words; words++)
    if (strcmp(text, *words) == 0) return true;
  return false;
}

static const char *const NULLS[] = {"", "~", "null", "Null", "NULL", NULL};
static const char *const TRUES[] = {"true", "True", "TRUE", NULL};
static const char *const FALSES[] = {"false", "False", "FALSE", NULL};
static const char *const NO_NUMBERS[] = {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN", NULL};

static const char *skip_sign(const char *text) { return *text == '-' || *text == '+' ? text + 1 : text; }

// 0 when `text` is not an integer of the core schema, else its base.
static int integer_base(const char *text) {
  const char *digits = "0123456789";
  int base = 10;
  if (text[0] == '0' && (text[1] == 'o' || text[1] == 'x')) {
    base = text[1] == 'o' ? 8 : 16;
    digits = base == 8 ? "01234567" : "0123456789abcdefABCDEF";
    text += 2;
  } else {
    text = skip_sign(text);
  }
  return *text && text[strspn(text, digits)] == '\0' ? base : 0;
}

// [-+]? ( \.[0-9]+ | [0-9]+(\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
static bool is_float(const char *text) {
  text = skip_sign(text);
  size_t whole = strspn(text, "0123456789");
  text += whole;
  if (*text == '.') {
    size_t fraction = strspn(++text, "0123456789");
    if (!whole && !fraction) return false;
    text += fraction;
  } else if (!whole) {
    return false;
  }
  if (*text == 'e' || *text == 'E') {
    text = skip_sign(text + 1);
    if (!isdigit((unsigned char)*text)) return false;
    text += strspn(text, "0123456789");
  }
  return *text == '\0';
}

static bool is_no_number(const char *text) {
  const char *unsigned_text = skip_sign(text);
  if (unsigned_text != text && (unsigned_text[0] != '.' || (unsigned_text[1] | 0x20) != 'i')) return false;
  return is_one_of(unsigned_text, NO_NUMBERS);
}

enum wf_core_kind wf_core_schema_kind(const char *text) {
  if (is_one_of(text, NULLS)) return WF_CORE_NULL;
  if (is_one_of(text, TRUES) || is_one_of(text, FALSES)) return WF_CORE_BOOLEAN;
  if (integer_base(text) || is_float(text) || is_no_number(text)) return WF_CORE_NUMBER;
  return WF_CORE_TEXT;
}

static jv number_value(const char *text) {
  if (is_no_number(text)) return jv_invalid();
  int base = integer_base(text);
  if (base) {
    errno = 0;
    long long value = strtoll(base == 10 ? text : text + 2, NULL, base);
    return errno || value > EXACT_MAX || value < -EXACT_MAX ? jv_invalid() : jv_number((double)value);
  }
  double value = strtod(text, NULL);
  return isfinite(value) ? jv_number(value) : jv_invalid();
}

jv wf_core_schema_value(const char *text) {
  switch (wf_core_schema_kind(text)) {
  case WF_CORE_NULL: return jv_null();
  case WF_CORE_BOOLEAN: return jv_bool(is_one_of(text, TRUES));
  case WF_CORE_NUMBER: return number_value(text);
  case WF_CORE_TEXT: break;
  }
  return jv_string(text);
}
