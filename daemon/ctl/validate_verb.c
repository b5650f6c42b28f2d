// SPDX-License-Identifier: Apache-2.0
#include "ctl/validate_verb.h"

#include <stdio.h>

#include "ctl/document.h"
#include "ctl/verb.h"

static void print_set(const struct document_set *set, bool json) {
  jv documents = jv_array();
  for (size_t i = 0; i < set->count; i++) {
    const struct document *document = &set->items[i];
    if (json)
      documents = jv_array_append(documents, document_json(document));
    else if (document->definition)
      printf("%s: %s/%s@%s is good\n", document->path, wf_definition_namespace(document->definition),
             wf_definition_name(document->definition), wf_definition_version(document->definition));
  }
  if (!json) {
    jv_free(documents);
    return;
  }
  jv_dump(documents, 0);
  putchar('\n');
}

static int validate(const struct arguments *arguments, const struct argument_list *functions) {
  struct session session = {.arguments = arguments};
  struct document_catalog catalog = {0};
  int code = document_catalog_read(&session, functions, &catalog);
  if (code == EXIT_OK) {
    struct document_set set;
    if (document_set_load(arguments, &catalog.catalog, &set) > 0) code = EXIT_FAILED;
    print_set(&set, arguments->json);
    document_set_free(&set);
  }
  document_catalog_free(&catalog);
  session_close(&session);
  return code;
}

int validate_verb(int argc, char **argv) { return document_verb(argc, argv, validate); }
