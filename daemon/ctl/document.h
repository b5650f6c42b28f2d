// SPDX-License-Identifier: Apache-2.0
// Workflow definitions from files, checked by the engine's own loader against the
// functions that workers do: those of the configuration, and those named by --function.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "ctl/session.h"
#include "engine/definition.h"
#include "io/timezone.h"

// The functions a definition may call. Names and the session's settings are borrowed.
struct document_catalog {
  struct wf_function *functions;
  struct timezones *timezones;
  struct wf_zones *zones;
  struct wf_catalog catalog;
};
// The configuration is read when it is there. Returns EXIT_OK or EXIT_FAILED, and said.
int document_catalog_read(struct session *session, const struct argument_list *names,
                          struct document_catalog *ret_catalog) WF_MUST_CHECK;
void document_catalog_free(struct document_catalog *catalog);

struct document {
  const char *path; // borrowed
  char *bytes;
  size_t size;
  struct arena *arena;
  struct wf_definition *definition; // NULL when there are problems besides warnings
  struct wf_problems problems;
};

// Reads and checks one file; "-" is standard input. A file that cannot be read is a
// problem like any other. The catalog must outlive it.
void document_load(const char *path, const struct wf_catalog *catalog, struct document *ret_document);
// The same in two steps, for a catalog that depends on what was read; of a file that could
// not be read the check says nothing more.
void document_read(const char *path, struct document *ret_document);
void document_check(struct document *document, const struct wf_catalog *catalog);
// Says every problem on standard error, as `file:line:column: what`.
void document_say_problems(const struct document *document);
void document_free(struct document *document);

// All files that the words name; says every problem. Returns how many have problems.
struct document_set {
  struct document *items;
  size_t count;
};
size_t document_set_load(const struct arguments *arguments, const struct wf_catalog *catalog,
                         struct document_set *ret_set);
void document_set_free(struct document_set *set);

// A verb whose words are files of definitions; it may name functions. Returns what `act` does,
// or the exit code of wrong arguments.
int document_verb(int argc, char **argv, int (*act)(const struct arguments *arguments, const struct argument_list *functions));

// {"file", "valid", "workflow", "version", "problems": [{"line", "column", "text", "warning"?}]}; owned.
jv document_json(const struct document *document);
