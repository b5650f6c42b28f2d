// SPDX-License-Identifier: Apache-2.0
#include "ctl/apply_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "ctl/document.h"
#include "ctl/verb.h"
#include "engine/outline.h"

static const char FIND[] = "SELECT state FROM workflow.definition WHERE namespace = $1 AND name = $2 AND version = $3";
static const char APPLY[] = "SELECT workflow.apply_definition($1, $2, $3, $4, $5)";

// `ret_outcome` is static text.
static int apply_one(struct session *session, const struct document *document, const char **ret_outcome) {
  const struct wf_definition *definition = document->definition;
  size_t size;
  const char *pinned = wf_definition_pin(definition, document->bytes, document->size, document->arena, &size);
  char *text = xstrndup(pinned, size);
  struct wf_outline tasks = wf_outline_make(definition, document->arena);
  jv outline = jv_dump_string(wf_outline_json(&tasks), 0);
  const char *parameters[] = {wf_definition_namespace(definition), wf_definition_name(definition),
                              wf_definition_version(definition), text, jv_string_value(outline)};
  struct pg_rows *rows;
  int code = session_query(session, FIND, parameters, 3, &rows);
  if (code == EXIT_OK) {
    bool is_new = pg_rows_count(rows) == 0;
    *ret_outcome = is_new ? "published" : strcmp(pg_rows_value(rows, 0, 0), "active") == 0 ? "unchanged" : "activated";
    pg_rows_free(rows);
    int line, column;
    wf_definition_version_place(definition, &line, &column);
    if (pg_admin_query(session->admin, APPLY, parameters, 5, NULL) != 0)
      code = session_say(session, EXIT_FAILED, "%s:%d:%d: %s", document->path, line, column, pg_admin_error(session->admin));
  }
  jv_free(outline);
  free(text);
  return code;
}

static int apply_all(struct session *session, const struct document_set *set) {
  struct pg_admin *admin = session->admin;
  const char **outcomes = xcalloc(set->count, sizeof *outcomes);
  int code =
      pg_admin_script(admin, "BEGIN") == 0 ? EXIT_OK : session_say(session, EXIT_FAILED, "%s", pg_admin_error(admin));
  for (size_t i = 0; i < set->count && code == EXIT_OK; i++) code = apply_one(session, &set->items[i], &outcomes[i]);
  if (code == EXIT_OK && pg_admin_script(admin, "COMMIT") != 0)
    code = session_say(session, EXIT_FAILED, "%s", pg_admin_error(admin));
  jv documents = jv_array();
  for (size_t i = 0; i < set->count && code == EXIT_OK; i++) {
    const struct document *document = &set->items[i];
    documents = jv_array_append(documents,
                                jv_object_set(document_json(document), jv_string("outcome"), jv_string(outcomes[i])));
    if (!session->arguments->json)
      printf("%s: %s/%s@%s %s\n", document->path, wf_definition_namespace(document->definition),
             wf_definition_name(document->definition), wf_definition_version(document->definition), outcomes[i]);
  }
  if (code == EXIT_OK && session->arguments->json) {
    jv_dump(jv_copy(documents), 0);
    putchar('\n');
  }
  jv_free(documents);
  free(outcomes);
  return code;
}

static int apply(const struct arguments *arguments, const struct argument_list *functions) {
  struct session session = {.arguments = arguments};
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct document_catalog catalog = {0};
  code = document_catalog_read(&session, functions, &catalog);
  if (code == EXIT_OK) {
    struct document_set set;
    size_t bad = document_set_load(arguments, &catalog.catalog, &set);
    if (bad)
      code = session_say(&session, EXIT_FAILED, "nothing is published: %zu of %zu files cannot be", bad, set.count);
    else
      code = apply_all(&session, &set);
    document_set_free(&set);
  }
  document_catalog_free(&catalog);
  session_close(&session);
  return code;
}

int apply_verb(int argc, char **argv) { return document_verb(argc, argv, apply); }
