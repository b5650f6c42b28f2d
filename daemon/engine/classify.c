// SPDX-License-Identifier: Apache-2.0
// A recogniser of the subset of jq that can neither abort libjq 1.6 nor keep it
// busy. Each rule below is one form of jq's grammar; what no rule takes is not
// safe. Precedence does not matter here: the parts of a safe expression are safe.
//
// Everything recognised gives at most one result, so nothing multiplies by
// backtracking. What is left is size: each rule returns how many times the size of
// the inputs its result may be, and the sum over all rules is bounded. That is why
// `.[]`, `,` outside brackets, `*` (repeats texts), `-` between unknown values (takes
// one array from another, in quadratic time), dynamic indexes, slices, assignments
// and calls other than of the named few are left to the evaluator.
#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "engine/expression.h"

enum { DEPTH_MAX = 32, NUMBER_SIZE_MAX = 17, INDEX_DIGITS_MAX = 6 };
static const double SIZE_MAX_TIMES = 96; // of all inputs together
static const double DUMP_TIMES = 6;      // a control character becomes "\u0001"

struct parser {
  const char *at;
  int depth;
  double dot;   // size of `.` here, in sizes of the input
  double total; // of everything made so far
  bool failed;
};

struct operand {
  double size;
  bool is_number; // surely a number
};

static struct operand parse_pipe(struct parser *parser);

static struct operand fail(struct parser *parser) {
  parser->failed = true;
  return (struct operand){1, false};
}

static struct operand made(struct parser *parser, double size) {
  parser->total += size;
  if (parser->total > SIZE_MAX_TIMES) parser->failed = true;
  return (struct operand){size, false};
}

static void skip_blanks(struct parser *parser) { parser->at += strspn(parser->at, " \n\t"); }

static bool take(struct parser *parser, const char *token) {
  skip_blanks(parser);
  size_t size = strlen(token);
  if (strncmp(parser->at, token, size) != 0) return false;
  parser->at += size;
  return true;
}

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool take_word(struct parser *parser, const char *word) {
  skip_blanks(parser);
  size_t size = strlen(word);
  if (strncmp(parser->at, word, size) != 0 || is_word(parser->at[size]) || parser->at[size] == ':') return false;
  parser->at += size;
  return true;
}

static bool take_name(struct parser *parser) {
  if (!is_word(*parser->at) || isdigit((unsigned char)*parser->at)) return false;
  while (is_word(*parser->at)) parser->at++;
  return parser->at[0] != ':' || parser->at[1] != ':';
}

// An escape that jq's JSON parser takes; anything else becomes a broken constant.
static bool take_escape(struct parser *parser) {
  if (parser->at[1] != 'u') {
    if (!parser->at[1] || !strchr("\"\\/bfnrt", parser->at[1])) return false;
    parser->at += 2;
    return true;
  }
  for (int i = 2; i < 6; i++)
    if (!isxdigit((unsigned char)parser->at[i])) return false;
  parser->at += 6;
  return true;
}

// The text after an opening quote. Interpolations only where they are allowed.
static double parse_string(struct parser *parser, bool interpolations) {
  double size = 1;
  while (!parser->failed && *parser->at != '"') {
    if (*parser->at == '\0') {
      fail(parser);
    } else if (*parser->at != '\\') {
      parser->at++;
    } else if (parser->at[1] != '(') {
      if (!take_escape(parser)) fail(parser);
    } else if (interpolations) {
      parser->at += 2;
      size += made(parser, parse_pipe(parser).size * DUMP_TIMES).size;
      if (!take(parser, ")")) fail(parser);
    } else {
      fail(parser);
    }
  }
  if (!parser->failed) parser->at++;
  return size;
}

static bool take_literal_text(struct parser *parser) {
  if (!take(parser, "\"")) return false;
  parse_string(parser, false);
  return !parser->failed;
}

static struct operand parse_number(struct parser *parser) {
  size_t size = strspn(parser->at, "0123456789.");
  size_t dots = 0;
  for (size_t i = 0; i < size; i++) dots += parser->at[i] == '.';
  if (size > NUMBER_SIZE_MAX || dots > 1 || !isdigit((unsigned char)*parser->at)) return fail(parser);
  parser->at += size;
  if (is_word(*parser->at)) return fail(parser); // exponents too
  return (struct operand){0, true};
}

// `[ "text" ]` or `[ -12 ]`, after the bracket.
static bool parse_index(struct parser *parser) {
  if (take_literal_text(parser)) return take(parser, "]");
  take(parser, "-");
  skip_blanks(parser);
  size_t digits = strspn(parser->at, "0123456789");
  if (parser->failed || digits == 0 || digits > INDEX_DIGITS_MAX) return false;
  parser->at += digits;
  return take(parser, "]");
}

// jq 1.6 takes `.e5` and `.e-5` for (broken) numbers.
static bool is_misread_field(const char *at) {
  if (at[1] != 'e' && at[1] != 'E') return false;
  at += 2;
  if (*at == '+' || *at == '-') at++;
  return isdigit((unsigned char)*at) != 0;
}

static bool parse_postfix(struct parser *parser, bool *ret_any) {
  for (;;) {
    skip_blanks(parser);
    if (parser->at[0] == '.' && (is_word(parser->at[1]) && !isdigit((unsigned char)parser->at[1]))) {
      if (is_misread_field(parser->at)) return false;
      parser->at++;
      take_name(parser);
    } else if (parser->at[0] == '.' && parser->at[1] == '"') {
      parser->at++;
      if (!take_literal_text(parser)) return false;
    } else if (parser->at[0] == '[' || (parser->at[0] == '.' && parser->at[1] == '[')) {
      parser->at += parser->at[0] == '.' ? 2 : 1;
      if (!parse_index(parser)) return false;
    } else if (parser->at[0] == '?' && parser->at[1] != '/') {
      parser->at++;
    } else {
      return true;
    }
    *ret_any = true;
  }
}

static struct operand parse_array(struct parser *parser) {
  double size = 1;
  if (take(parser, "]")) return made(parser, size);
  do size += parse_pipe(parser).size;
  while (!parser->failed && take(parser, ","));
  if (!take(parser, "]")) return fail(parser);
  return made(parser, size);
}

// `name: value`, `"text": value`, `$name`, `name`, `"text"`.
static double parse_member(struct parser *parser) {
  skip_blanks(parser);
  if (take(parser, "$")) {
    if (!take_name(parser)) fail(parser);
    return 1;
  }
  if (!take_literal_text(parser) && (parser->failed || !take_name(parser))) return fail(parser).size;
  if (!take(parser, ":")) return parser->dot;
  return parse_pipe(parser).size;
}

static struct operand parse_object(struct parser *parser) {
  double size = 1;
  if (take(parser, "}")) return made(parser, size);
  do size += parse_member(parser);
  while (!parser->failed && take(parser, ","));
  if (!take(parser, "}")) return fail(parser);
  return made(parser, size);
}

static struct operand parse_if(struct parser *parser) {
  double size = 0;
  do {
    parse_pipe(parser);
    if (!take_word(parser, "then")) return fail(parser);
    size += parse_pipe(parser).size;
  } while (!parser->failed && take_word(parser, "elif"));
  if (!take_word(parser, "else")) return fail(parser);
  size += parse_pipe(parser).size;
  if (!take_word(parser, "end")) return fail(parser);
  return made(parser, size);
}

// The few builtins whose work is linear in their input and that cannot abort.
static bool parse_call(struct parser *parser, struct operand *ret_operand) {
  static const char *const SMALL[] = {"not", "length", "type", NULL};
  static const char *const TEXT_ARGUMENT[] = {"has", "startswith", "endswith", NULL};
  for (const char *const *name = SMALL; *name; name++)
    if (take_word(parser, *name)) {
      *ret_operand = (struct operand){made(parser, parser->dot).size, strcmp(*name, "length") == 0};
      return true;
    }
  for (const char *const *name = TEXT_ARGUMENT; *name; name++)
    if (take_word(parser, *name)) {
      if (!take(parser, "(") || !take_literal_text(parser) || !take(parser, ")")) fail(parser);
      *ret_operand = made(parser, parser->dot);
      return true;
    }
  if (take_word(parser, "tostring")) {
    *ret_operand = made(parser, parser->dot * DUMP_TIMES);
    return true;
  }
  if (take_word(parser, "now")) {
    *ret_operand = (struct operand){0, true};
    return true;
  }
  return false;
}

static struct operand parse_bracketed(struct parser *parser) {
  if (take(parser, "(")) {
    struct operand operand = parse_pipe(parser);
    return take(parser, ")") ? operand : fail(parser);
  }
  if (take(parser, "[")) return parse_array(parser);
  if (take(parser, "{")) return parse_object(parser);
  take(parser, "\"");
  return made(parser, parse_string(parser, true));
}

// `.`, `.name`, `."text"`, `.[…]`: the dot itself; parse_postfix() takes the rest.
static struct operand parse_path(struct parser *parser) {
  char next = parser->at[1];
  if (next == '.' || isdigit((unsigned char)next)) return fail(parser);
  if (next != '"' && next != '[' && !is_word(next)) parser->at++;
  return made(parser, parser->dot);
}

static struct operand parse_term(struct parser *parser) {
  skip_blanks(parser);
  char c = *parser->at;
  struct operand operand;
  if (c == '.') return parse_path(parser);
  if (isdigit((unsigned char)c)) return parse_number(parser);
  if (c == '$') {
    parser->at++;
    return take_name(parser) ? made(parser, 1) : fail(parser);
  }
  if (c && strchr("([{\"", c)) return parse_bracketed(parser);
  if (take_word(parser, "true") || take_word(parser, "false") || take_word(parser, "null"))
    return (struct operand){0, false};
  if (take_word(parser, "if")) return parse_if(parser);
  if (parse_call(parser, &operand)) return operand;
  return fail(parser);
}

static struct operand parse_operand(struct parser *parser) {
  bool negated = take(parser, "-");
  struct operand operand = parse_term(parser);
  bool any = false;
  if (!parser->failed && !parse_postfix(parser, &any)) return fail(parser);
  if (any) operand.is_number = false;
  return negated && !operand.is_number ? fail(parser) : operand;
}

enum operator{ OPERATOR_NONE, OPERATOR_ANY, OPERATOR_PLUS, OPERATOR_MINUS, OPERATOR_DIVIDE };

static enum operator take_operator(struct parser *parser) {
  static const char *const ANY[] = {"==", "!=", "<=", ">=", "//", "<", ">", NULL};
  skip_blanks(parser);
  if (strncmp(parser->at, "//=", 3) == 0) return OPERATOR_NONE;
  for (const char *const *token = ANY; *token; token++)
    if (take(parser, *token)) return OPERATOR_ANY;
  if (take_word(parser, "and") || take_word(parser, "or")) return OPERATOR_ANY;
  if (*parser->at && parser->at[1] == '=') return OPERATOR_NONE; // an assignment
  if (take(parser, "+")) return OPERATOR_PLUS;
  if (take(parser, "-")) return OPERATOR_MINUS;
  if (take(parser, "/") || take(parser, "%")) return OPERATOR_DIVIDE;
  return OPERATOR_NONE;
}

// Divisors are literals that are not zero even when cut to an integer: anything
// else may divide by zero, or an array of texts by a text.
static bool is_safe_divisor(const char *at) {
  at += strspn(at, " \n\t");
  return isdigit((unsigned char)*at) && strtod(at, NULL) >= 1 && strspn(at, "0123456789") < 10;
}

static struct operand parse_operators(struct parser *parser) {
  struct operand left = parse_operand(parser);
  double size = left.size;
  enum operator operator;
  while (!parser->failed && (operator= take_operator(parser)) != OPERATOR_NONE) {
    if (operator== OPERATOR_DIVIDE && !is_safe_divisor(parser->at)) return fail(parser);
    struct operand right = parse_operand(parser);
    if (operator== OPERATOR_MINUS && !left.is_number && !right.is_number) return fail(parser);
    if (operator== OPERATOR_DIVIDE && !right.is_number) return fail(parser);
    size += right.size;
    made(parser, size);
    left = right;
  }
  return (struct operand){size, false};
}

static struct operand parse_pipe(struct parser *parser) {
  if (++parser->depth > DEPTH_MAX) return fail(parser);
  double dot = parser->dot;
  struct operand operand = parse_operators(parser);
  while (!parser->failed && take(parser, "|")) {
    if (*parser->at == '=') return fail(parser);
    parser->dot = operand.size;
    operand = parse_operators(parser);
  }
  parser->dot = dot;
  parser->depth--;
  return operand;
}

double wf_expression_inline_cost(const char *source) {
  struct parser parser = {.at = source, .dot = 1};
  parse_pipe(&parser);
  skip_blanks(&parser);
  return parser.failed || *parser.at ? -1 : parser.total;
}

bool wf_expression_is_inline_safe(const char *source) { return wf_expression_inline_cost(source) >= 0; }
