// SPDX-License-Identifier: Apache-2.0
#include "ctl/document.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/verb.h"

// A function that only --function names is never called from here: any topic will do.
#define NOWHERE "workflow.action-requests"

int document_catalog_read(struct session *session, const struct argument_list *names,
                          struct document_catalog *ret_catalog) {
  if (session_configure_if_there(session) != EXIT_OK) return EXIT_FAILED;
  size_t known = session->settings ? session->settings->catalog.count : 0;
  struct wf_function *functions = xcalloc(known + names->count + 1, sizeof *functions);
  if (known) memcpy(functions, session->settings->catalog.functions, known * sizeof *functions);
  for (size_t i = 0; i < names->count; i++)
    functions[known + i] = (struct wf_function){.name = names->items[i], .topic = NOWHERE, .timeout = USEC_PER_MIN};
  struct document_catalog catalog = {.functions = functions, .timezones = timezones_new()};
  catalog.zones = xmalloc(sizeof *catalog.zones);
  *catalog.zones = timezones_face(catalog.timezones);
  catalog.catalog = (struct wf_catalog){.functions = functions,
                                        .count = known + names->count,
                                        .zones = catalog.zones,
                                        .timezone = session->settings ? session->settings->catalog.timezone : NULL,
                                        .resources = session->settings ? session->settings->publishing.resources : NULL};
  *ret_catalog = catalog;
  return EXIT_OK;
}

void document_catalog_free(struct document_catalog *catalog) {
  timezones_free(catalog->timezones);
  free(catalog->zones);
  free(catalog->functions);
  *catalog = (struct document_catalog){0};
}

// One byte more than a definition may have, so that a longer file is seen to be one.
static int read_file(struct document *document) {
  bool is_stdin = strcmp(document->path, "-") == 0;
  FILE *file = is_stdin ? stdin : fopen(document->path, "re");
  if (!file) return -errno;
  document->bytes = xmalloc(WF_DOCUMENT_MAX + 1);
  errno = 0;
  document->size = fread(document->bytes, 1, WF_DOCUMENT_MAX + 1, file);
  int code = ferror(file) ? -(errno ? errno : EIO) : 0;
  if (!is_stdin) fclose(file);
  return code;
}

void document_read(const char *path, struct document *ret_document) {
  struct document document = {.path = path, .arena = arena_new()};
  int code = read_file(&document);
  if (code < 0) {
    struct wf_problem *problem = arena_alloc0(document.arena, sizeof *problem);
    problem->text = arena_printf(document.arena, "cannot be read: %s", strerror(-code));
    document.problems = (struct wf_problems){problem, 1};
  }
  *ret_document = document;
}

void document_check(struct document *document, const struct wf_catalog *catalog) {
  if (document->problems.count) return; // it could not be read
  if (wf_definition_load(document->bytes, document->size, catalog, document->arena, &document->definition,
                         &document->problems) < 0)
    document->definition = NULL;
}

void document_load(const char *path, const struct wf_catalog *catalog, struct document *ret_document) {
  document_read(path, ret_document);
  document_check(ret_document, catalog);
}

void document_free(struct document *document) {
  wf_definition_free(document->definition);
  arena_free(document->arena);
  free(document->bytes);
  *document = (struct document){0};
}

void document_say_problems(const struct document *document) {
  for (size_t i = 0; i < document->problems.count; i++) {
    const struct wf_problem *problem = &document->problems.items[i];
    const char *kind = problem->is_warning ? "warning: " : "";
    if (problem->line)
      fprintf(stderr, "%s:%d:%d: %s%s\n", document->path, problem->line, problem->column, kind, problem->text);
    else
      fprintf(stderr, "%s: %s%s\n", document->path, kind, problem->text);
  }
}

size_t document_set_load(const struct arguments *arguments, const struct wf_catalog *catalog,
                         struct document_set *ret_set) {
  struct document_set set = {.items = xcalloc(arguments->word_count + 1, sizeof *set.items),
                             .count = arguments->word_count};
  size_t bad = 0;
  for (size_t i = 0; i < set.count; i++) {
    document_load(arguments->words[i], catalog, &set.items[i]);
    document_say_problems(&set.items[i]);
    bad += set.items[i].definition == NULL;
  }
  *ret_set = set;
  return bad;
}

void document_set_free(struct document_set *set) {
  for (size_t i = 0; i < set->count; i++) document_free(&set->items[i]);
  free(set->items);
  *set = (struct document_set){0};
}

static jv workflow_name(const struct wf_definition *definition) {
  char *name = xasprintf("%s/%s", wf_definition_namespace(definition), wf_definition_name(definition));
  jv value = jv_string(name);
  free(name);
  return value;
}

jv document_json(const struct document *document) {
  const struct wf_definition *definition = document->definition;
  jv object = jv_object_set(jv_object(), jv_string("file"), jv_string(document->path));
  object = jv_object_set(object, jv_string("valid"), jv_bool(definition != NULL));
  object = jv_object_set(object, jv_string("workflow"), definition ? workflow_name(definition) : jv_null());
  object = jv_object_set(object, jv_string("version"),
                         definition ? jv_string(wf_definition_version(definition)) : jv_null());
  jv problems = jv_array();
  for (size_t i = 0; i < document->problems.count; i++) {
    const struct wf_problem *from = &document->problems.items[i];
    jv problem = jv_object_set(jv_object(), jv_string("line"), jv_number(from->line));
    problem = jv_object_set(problem, jv_string("column"), jv_number(from->column));
    if (from->is_warning) problem = jv_object_set(problem, jv_string("warning"), jv_true());
    problems = jv_array_append(problems, jv_object_set(problem, jv_string("text"), jv_string(from->text)));
  }
  return jv_object_set(object, jv_string("problems"), problems);
}

int document_verb(int argc, char **argv, int (*act)(const struct arguments *arguments, const struct argument_list *functions)) {
  struct argument_list functions = {0};
  const struct argument_row rows[] = {{"function", .list = &functions}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, 1, &arguments, &code) == ARGUMENTS_GO_ON &&
      arguments_words(&arguments, 1, SIZE_MAX, "a file, or - for standard input"))
    code = act(&arguments, &functions);
  argument_list_free(&functions);
  return code;
}
