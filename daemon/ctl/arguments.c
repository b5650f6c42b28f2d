// SPDX-License-Identifier: Apache-2.0
#include "ctl/arguments.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "base/xalloc.h"
#include "config_value.h"
#include "ctl/verb.h"

enum { VALUE_BASE = 0x100, COMMON_COUNT = 4 };

static int help(const struct arguments *arguments) {
  const struct verb *verb = verb_find(arguments->verb);
  printf("usage: workflowctl %s %s\n%s%s", arguments->verb, verb ? verb->arguments : "",
         verb && verb->summary ? verb->summary : "", verb && verb->summary ? "\n" : "");
  puts("Everywhere: --json, --database CONNINFO, -c FILE. See workflowctl(1).");
  return EXIT_OK;
}

int arguments_wrong(const struct arguments *arguments, const char *format, ...) {
  va_list values;
  va_start(values, format);
  fprintf(stderr, "workflowctl %s: ", arguments->verb);
  vfprintf(stderr, format, values);
  fprintf(stderr, "; workflowctl %s --help says more\n", arguments->verb);
  va_end(values);
  return EXIT_USAGE;
}

static int unknown(const struct arguments *arguments, const char *given, const struct option *options, size_t count) {
  const char **names = xcalloc(count, sizeof *names);
  for (size_t i = 0; i < count; i++) names[i] = options[i].name;
  const char *word = given + strspn(given, "-");
  char *name = xstrndup(word, strcspn(word, "="));
  const char *near = text_near_miss(name, names, count);
  int code = near ? arguments_wrong(arguments, "no option %s; did you mean --%s?", given, near)
                  : arguments_wrong(arguments, "no option %s", given);
  free(name);
  free(names);
  return code;
}

static void take(const struct argument_row *row, const char *value) {
  if (row->flag) *row->flag = true;
  if (row->value) *row->value = value;
  if (row->list) {
    row->list->items = xrealloc(row->list->items, (row->list->count + 1) * sizeof *row->list->items);
    row->list->items[row->list->count++] = value;
  }
}

// What a bad option looked like: getopt has moved past it, or stands in a bundle.
static const char *given_option(char **argv) { return argv[optind > 1 ? optind - 1 : 1]; }

enum arguments_next arguments_read(int argc, char **argv, const struct argument_row *rows, size_t row_count,
                                   struct arguments *ret_arguments, int *ret_code) {
  struct arguments arguments = {.verb = argv[0]};
  size_t count = row_count + COMMON_COUNT;
  struct option *options = xcalloc(count + 1, sizeof *options);
  const struct option common[COMMON_COUNT] = {{"help", no_argument, NULL, 'h'},
                                              {"json", no_argument, NULL, 'j'},
                                              {"database", required_argument, NULL, 'd'},
                                              {"config", required_argument, NULL, 'c'}};
  memcpy(options, common, sizeof common);
  for (size_t i = 0; i < row_count; i++)
    options[COMMON_COUNT + i] =
        (struct option){rows[i].name, rows[i].flag ? no_argument : required_argument, NULL, VALUE_BASE + (int)i};
  optind = 0; // glibc: start anew, also when called before
  opterr = 0;
  bool is_over = false;
  for (int option; !is_over && (option = getopt_long(argc, argv, ":hjd:c:", options, NULL)) != -1;) {
    is_over = option == 'h' || option == ':' || option == '?';
    if (option == 'h')
      *ret_code = help(&arguments);
    else if (option == ':')
      *ret_code = arguments_wrong(&arguments, "%s needs a value", given_option(argv));
    else if (option == '?')
      *ret_code = unknown(&arguments, given_option(argv), options, count);
    else if (option == 'j')
      arguments.json = true;
    else if (option == 'd')
      arguments.database = optarg;
    else if (option == 'c')
      arguments.config = optarg;
    else
      take(&rows[option - VALUE_BASE], optarg);
  }
  free(options);
  arguments.words = (const char *const *)(argv + optind);
  arguments.word_count = (size_t)(argc - optind);
  *ret_arguments = arguments;
  return is_over ? ARGUMENTS_STOP : ARGUMENTS_GO_ON;
}

void argument_list_free(struct argument_list *list) {
  free(list->items);
  *list = (struct argument_list){0};
}

bool arguments_words(const struct arguments *arguments, size_t min, size_t max, const char *expected) {
  if (arguments->word_count < min) {
    arguments_wrong(arguments, "expected %s", expected);
    return false;
  }
  if (arguments->word_count > max) {
    arguments_wrong(arguments, "\"%s\" is one too many: expected %s", arguments->words[max],
                    max ? expected : "options only");
    return false;
  }
  return true;
}

bool arguments_number(const struct arguments *arguments, const char *option, const char *text, long min, long max,
                      long *ret_number) {
  if (!text) return true;
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (!*text || *end || errno || number < min || number > max) {
    arguments_wrong(arguments, "--%s %s: expected a number from %ld to %ld", option, text, min, max);
    return false;
  }
  *ret_number = number;
  return true;
}

bool arguments_duration(const struct arguments *arguments, const char *option, const char *text, usec_t *ret_span) {
  if (!text || config_duration_parse(text_of(text), ret_span) == 0) return true;
  arguments_wrong(arguments, "--%s %s: expected a duration such as 500ms, 30s or 5m", option, text);
  return false;
}

bool arguments_uuid(const struct arguments *arguments, const char *what, const char *text) {
  struct uuid id;
  if (!text || uuid_parse(text, strlen(text), &id) == 0) return true;
  arguments_wrong(arguments, "\"%s\" is no %s, expected a UUID", text, what);
  return false;
}
