// SPDX-License-Identifier: Apache-2.0
#include "engine/jq_source.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"

enum { NAMES_MAX = 64, EDITS_MAX = 32, IFS_MAX = 64 };

struct reader {
  struct arena *arena;
  const char *at;
  char stack[WF_EXPRESSION_DEPTH_MAX]; // open brackets; '"' = inside an interpolation
  int depth;
  bool key_position; // the next token is an object's key
  bool after_dollar;
  bool divides; // the next token is a divisor
  bool ifs[IFS_MAX]; // open ones: whether they have an `else`
  size_t if_count;
  struct {
    const char *at;
    size_t size;
    const char *text; // what goes there instead
  } edits[EDITS_MAX];
  size_t edit_count;
  const char *variables[NAMES_MAX + 1];
  size_t variable_count;
  const char *problem;
};

// Names that would read what is not the expression's input, with why.
static const struct {
  const char *name, *why;
} REFUSED[] = {
    {"env", "reads the environment"},
    {"input", "reads the program's input"},
    {"inputs", "reads the program's input"},
    {"debug", "writes to the terminal"},
    {"stderr", "writes to the terminal"},
    {"halt", "ends the program"},
    {"halt_error", "ends the program"},
    {"import", "reads files"},
    {"include", "reads files"},
    {"module", "declares a module"},
    {"modulemeta", "reads files"},
    {"get_search_list", "reads the program's settings"},
    {"input_filename", "reads the program's input"},
    {"input_line_number", "reads the program's input"},
    {"localtime", "depends on the machine's time zone"},
    {"strflocaltime", "depends on the machine's time zone"},
};

__attribute__((format(printf, 2, 3))) static void refuse(struct reader *reader, const char *format, ...) {
  if (reader->problem) return;
  char text[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  reader->problem = arena_strdup(reader->arena, text);
}

static bool is_word_start(char c) { return isalpha((unsigned char)c) || c == '_'; }
static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static void open_bracket(struct reader *reader, char bracket) {
  if (reader->depth == WF_EXPRESSION_DEPTH_MAX) {
    refuse(reader, "nests deeper than %d brackets", WF_EXPRESSION_DEPTH_MAX);
    return;
  }
  reader->stack[reader->depth++] = bracket;
}

static void add_variable(struct reader *reader, const char *name) {
  for (size_t i = 0; i < reader->variable_count; i++)
    if (strcmp(reader->variables[i], name) == 0) return;
  if (reader->variable_count == NAMES_MAX)
    refuse(reader, "uses more than %d variables", NAMES_MAX);
  else
    reader->variables[reader->variable_count++] = name;
}

static void read_escape(struct reader *reader) {
  char kind = reader->at[1];
  if (kind == 'u') {
    for (int i = 2; i < 6; i++)
      if (!isxdigit((unsigned char)reader->at[i])) {
        refuse(reader, "`\\u` in a text: expected four hexadecimal digits after it");
        return;
      }
    if (strncmp(reader->at + 2, "0000", 4) == 0) refuse(reader, "a text holds NUL (\\u0000)");
    reader->at += 6;
  } else if (kind && strchr("\"\\/bfnrt", kind)) {
    reader->at += 2;
  } else {
    refuse(reader, "`\\%c` in a text is no escape: expected one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u \\(",
           kind ? kind : ' ');
  }
}

// From inside a string to its end, or to the start of an interpolation.
static void read_string(struct reader *reader) {
  while (!reader->problem) {
    char c = *reader->at;
    if (c == '\0') {
      refuse(reader, "a text has no end: expected `\"`");
    } else if (c == '"') {
      reader->at++;
      return;
    } else if (c == '\\' && reader->at[1] == '(') {
      reader->at += 2;
      open_bracket(reader, '"');
      return;
    } else if (c == '\\') {
      read_escape(reader);
    } else {
      reader->at++;
    }
  }
}

static void close_bracket(struct reader *reader, char closing) {
  char opening = closing == ')' ? '(' : closing == ']' ? '[' : '{';
  char top = reader->depth ? reader->stack[reader->depth - 1] : '\0';
  if (top == '"' && closing == ')') {
    reader->depth--;
    reader->at++;
    read_string(reader);
    return;
  }
  if (top != opening) {
    refuse(reader, "`%c` closes nothing", closing);
    return;
  }
  reader->depth--;
  reader->at++;
}

static void read_number(struct reader *reader) {
  const char *start = reader->at;
  size_t size = strspn(start, "0123456789.");
  size_t dots = 0;
  for (size_t i = 0; i < size; i++) dots += start[i] == '.';
  if (size > 64 || dots > 1 || size == dots) {
    refuse(reader, "`%.20s` is no number", start);
    return;
  }
  const char *end = start + size;
  if (*end == 'e' || *end == 'E') {
    const char *digits = end + 1 + (end[1] == '+' || end[1] == '-');
    size_t count = strspn(digits, "0123456789");
    if (count > 4) refuse(reader, "`%.20s` is no number", start);
    if (count) end = digits + count;
  }
  reader->at = end;
}

static void edit(struct reader *reader, const char *at, size_t size, const char *text) {
  if (reader->edit_count == EDITS_MAX) return;
  reader->edits[reader->edit_count].at = at;
  reader->edits[reader->edit_count].size = size;
  reader->edits[reader->edit_count++].text = text;
}

// `(0|floor)` is no constant to jq.
static void read_divisor(struct reader *reader) {
  const char *start = reader->at;
  read_number(reader);
  if (!reader->problem && strtod(start, NULL) == 0) edit(reader, start, (size_t)(reader->at - start), "(0|floor)");
}

// Since jq 1.7 an `if` without `else` gives its input when it does not hold.
static void follow_if(struct reader *reader, const char *word, const char *at) {
  if (strcmp(word, "if") == 0) {
    if (reader->if_count == IFS_MAX)
      refuse(reader, "has more than %d `if` inside each other", IFS_MAX);
    else
      reader->ifs[reader->if_count++] = false;
  } else if (reader->if_count && strcmp(word, "else") == 0) {
    reader->ifs[reader->if_count - 1] = true;
  } else if (reader->if_count && strcmp(word, "end") == 0) {
    if (!reader->ifs[--reader->if_count]) edit(reader, at, 0, "else . ");
  }
}

static void check_word(struct reader *reader, const char *word) {
  if (strncmp(word, "__", 2) == 0) {
    refuse(reader, "`%s`: names that begin with `__` are reserved", word);
    return;
  }
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++)
    if (strcmp(word, REFUSED[i].name) == 0)
      refuse(reader, "`%s` is not available: it %s; expected only the expression's input and variables", word,
             REFUSED[i].why);
  if (strstr(word, "::")) refuse(reader, "`%s`: modules are not available", word);
  if (strcmp(word, "now") == 0) add_variable(reader, "now");
}

static void read_word(struct reader *reader, bool is_key, bool is_variable) {
  const char *start = reader->at;
  while (is_word(*reader->at) || (reader->at[0] == ':' && reader->at[1] == ':' && is_word_start(reader->at[2])))
    reader->at += *reader->at == ':' ? 2 : 1;
  const char *word = arena_strndup(reader->arena, start, (size_t)(reader->at - start));
  if (is_variable) {
    if (strcmp(word, "ENV") == 0)
      refuse(reader,
             "`$ENV` is not available: it reads the environment; expected only the expression's input and variables");
    else if (strncmp(word, "__", 2) == 0 || strstr(word, "::"))
      refuse(reader, "`$%s`: names that begin with `__` are reserved, and modules are not available", word);
    else
      add_variable(reader, word);
  } else if (!is_key) {
    check_word(reader, word);
    follow_if(reader, word, start);
  }
}

// jq 1.6 takes `.e5` and `.e-5` for numbers, which they are not.
static bool is_field_misread(const char *at, size_t field_size) {
  if (at[1] != 'e' && at[1] != 'E') return false;
  size_t size = at[2] == '+' || at[2] == '-' ? 3 : 2;
  size_t digits = strspn(at + size, "0123456789");
  return digits && size + digits >= field_size;
}

static void read_dot(struct reader *reader) {
  if (is_word_start(reader->at[1])) { // a field
    const char *start = reader->at++;
    while (is_word(*reader->at)) reader->at++;
    size_t size = (size_t)(reader->at - start);
    if (is_field_misread(start, size))
      refuse(reader, "jq reads `%.*s` as a number: expected .[\"%.*s\"]", (int)size, start, (int)size - 1, start + 1);
  } else if (isdigit((unsigned char)reader->at[1]) || (reader->at[1] == '.' && strspn(reader->at, "0123456789.") > 2)) {
    read_number(reader);
  } else {
    reader->at += reader->at[1] == '.' ? 2 : 1;
  }
}

static void read_token(struct reader *reader) {
  char c = *reader->at;
  bool is_key = reader->key_position, is_variable = reader->after_dollar, is_divisor = reader->divides;
  reader->key_position = reader->after_dollar = reader->divides = false;
  if (is_word_start(c)) {
    read_word(reader, is_key, is_variable);
  } else if (c == '.') {
    read_dot(reader);
  } else if (isdigit((unsigned char)c)) {
    if (is_divisor)
      read_divisor(reader);
    else
      read_number(reader);
  } else if (strncmp(reader->at, "//", 2) == 0) {
    reader->at += 2;
  } else if (c == '"') {
    reader->at++;
    read_string(reader);
  } else if (c == '@' && is_word(reader->at[1])) {
    reader->at++;
    while (is_word(*reader->at)) reader->at++;
  } else if (strchr("([{", c)) {
    open_bracket(reader, c);
    reader->key_position = c == '{';
    reader->at++;
  } else if (strchr(")]}", c)) {
    close_bracket(reader, c);
  } else if (strncmp(reader->at, "${", 2) == 0) {
    refuse(reader, "holds `${`: expected one `${ … }` around all of it, or none");
  } else if (strchr("?=;,:|+-*/%$<>!", c)) {
    reader->after_dollar = c == '$';
    reader->divides = c == '/';
    reader->key_position = c == ',' && reader->depth && reader->stack[reader->depth - 1] == '{';
    reader->at++;
  } else {
    refuse(reader, "`%.*s` is unexpected",
           (int)(c & 0x80 ? strcspn(reader->at + 1, "\x01\x7f !\"#$%&'()*+,-./:;<=>?") + 1 : 1), reader->at);
  }
}

static void skip_blanks(struct reader *reader) {
  for (;;) {
    reader->at += strspn(reader->at, " \n\t");
    if (*reader->at != '#') return;
    reader->at += strcspn(reader->at, "\r\n");
  }
}

static const char *edited(const struct reader *reader, const char *source) {
  if (reader->edit_count == 0) return source;
  struct buf code = {0};
  for (size_t i = 0; i < reader->edit_count; i++) {
    buf_put(&code, source, (size_t)(reader->edits[i].at - source));
    buf_puts(&code, reader->edits[i].text);
    source = reader->edits[i].at + reader->edits[i].size;
  }
  buf_puts(&code, source);
  const char *text = arena_strndup(reader->arena, code.data, code.size);
  buf_free(&code);
  return text;
}

int wf_jq_source_read(const char *source, struct arena *arena, struct wf_jq_source *ret_source,
                      const char **ret_problem) {
  struct reader reader = {.arena = arena, .at = source};
  size_t size = strlen(source);
  if (size > WF_EXPRESSION_MAX) refuse(&reader, "has %zu bytes: expected at most %d", size, WF_EXPRESSION_MAX);
  skip_blanks(&reader);
  if (*reader.at == '\0') refuse(&reader, "is empty");
  while (!reader.problem && *reader.at) {
    read_token(&reader);
    if (!reader.problem) skip_blanks(&reader);
  }
  if (!reader.problem && reader.depth)
    refuse(&reader, "`%s` is not closed",
           reader.stack[reader.depth - 1] == '"' ? "\\(" : (char[]){reader.stack[reader.depth - 1], '\0'});
  if (reader.problem) {
    *ret_problem = reader.problem;
    return -WF_EINVAL;
  }
  ret_source->variables = arena_memdup(arena, reader.variables, (reader.variable_count + 1) * sizeof *reader.variables);
  ret_source->variable_count = reader.variable_count;
  ret_source->code = edited(&reader, source);
  return 0;
}

// The `}` that closes the expression which starts at `source`, or NULL.
static const char *find_end(const char *source, struct arena *arena) {
  struct reader reader = {.arena = arena, .at = source};
  skip_blanks(&reader);
  while (!reader.problem && *reader.at) {
    if (reader.depth == 0 && *reader.at == '}') return reader.at;
    read_token(&reader);
    if (!reader.problem) skip_blanks(&reader);
  }
  return NULL;
}

const char *wf_jq_source_unwrap(const char *text, struct arena *arena) {
  text += strspn(text, " \t\r\n");
  size_t size = strlen(text);
  while (size && strchr(" \t\r\n", text[size - 1])) size--;
  if (size < 3 || text[0] != '$' || text[1] != '{' || text[size - 1] != '}') return NULL;
  const char *end = find_end(text + 2, arena);
  return end && end != text + size - 1 ? NULL : arena_strndup(arena, text + 2, size - 3);
}

int wf_jq_source_hole(const char *text, struct arena *arena, struct wf_jq_hole *ret_hole) {
  const char *start = strstr(text, "${"), *end = start ? find_end(start + 2, arena) : NULL;
  if (!start) return 0;
  if (!end) return -WF_EINVAL;
  *ret_hole = (struct wf_jq_hole){(size_t)(start - text), arena_strndup(arena, start + 2, (size_t)(end - start) - 2), end + 1};
  return 1;
}
