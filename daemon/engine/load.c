// SPDX-License-Identifier: Apache-2.0
// The document as a whole.
#include "engine/load.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

enum { NAME_SIZE_MAX = 63 };

// ^[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?$
static bool is_name(const char *text) {
  size_t size = strlen(text);
  if (size == 0 || size > NAME_SIZE_MAX || text[0] == '-' || text[size - 1] == '-') return false;
  for (size_t i = 0; i < size; i++)
    if (!isalnum((unsigned char)text[i]) && text[i] != '-') return false;
  return true;
}

static const char *skip_number(const char *at) {
  size_t digits = strspn(at, "0123456789");
  return digits == 0 || (digits > 1 && *at == '0') ? NULL : at + digits;
}

// Dot-separated identifiers; those of digits alone without leading zero when `strict`.
static const char *skip_identifiers(const char *at, bool strict) {
  for (;;) {
    size_t size = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    if (size == 0 || (strict && size > 1 && *at == '0' && strspn(at, "0123456789") == size)) return NULL;
    at += size;
    if (*at != '.') return at;
    at++;
  }
}

// Semantic Versioning 2.0.0.
static bool is_version(const char *text) {
  const char *at = skip_number(text);
  for (int i = 0; i < 2 && at; i++) at = *at == '.' ? skip_number(at + 1) : NULL;
  if (at && *at == '-') at = skip_identifiers(at + 1, true);
  if (at && *at == '+') at = skip_identifiers(at + 1, false);
  return at && *at == '\0' && strlen(text) <= 128;
}

static const char *load_name(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  const char *text = node ? wf_load_text(loader, node, what) : NULL;
  if (text && !is_name(text))
    wf_problem_at(&loader->problems, node,
                  "%s `%s`: expected letters, digits and hyphens, not at either end, at most %d", what, text,
                  NAME_SIZE_MAX);
  return text;
}

static const char *load_version(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  const char *text = node ? wf_load_text(loader, node, what) : NULL;
  if (text && !is_version(text))
    wf_problem_at(&loader->problems, node, "%s `%s`: expected a semantic version such as '1.0.0'", what, text);
  return text;
}

static void load_dsl(struct wf_loader *loader, const struct wf_yaml *node) {
  const char *text = load_version(loader, node, "`dsl`");
  if (text && is_version(text) && strncmp(text, "1.0.", 4) != 0)
    wf_problem_at(&loader->problems, node,
                  "version %s of the DSL is not supported yet: expected 1.0.x, such as '1.0.3'", text);
}

static void load_document(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {{"dsl", WF_KEY_REQUIRED},
                                       {"namespace", WF_KEY_REQUIRED},
                                       {"name", WF_KEY_REQUIRED},
                                       {"version", WF_KEY_REQUIRED},
                                       {"title", 0},
                                       {"summary", 0},
                                       {"tags", 0},
                                       {"metadata", 0},
                                       {NULL, 0}};
  if (!wf_load_keys(loader, node, "`document`", KEYS)) return;
  struct wf_definition *definition = loader->definition;
  const struct wf_yaml *title = wf_yaml_get(node, "title"), *summary = wf_yaml_get(node, "summary");
  const struct wf_yaml *tags = wf_yaml_get(node, "tags"), *metadata = wf_yaml_get(node, "metadata");
  if (wf_yaml_get(node, "dsl")) load_dsl(loader, wf_yaml_get(node, "dsl"));
  definition->space = load_name(loader, wf_yaml_get(node, "namespace"), "`namespace`");
  definition->name = load_name(loader, wf_yaml_get(node, "name"), "`name`");
  const struct wf_yaml *version = wf_yaml_get(node, "version");
  definition->version = load_version(loader, version, "`version`");
  definition->version_line = version ? version->line : 0;
  definition->version_column = version ? version->column : 0;
  if (title) definition->title = wf_load_text(loader, title, "`title`");
  if (summary) wf_load_text(loader, summary, "`summary`");
  if (tags) wf_load_is_object(loader, tags, "`tags`");
  if (metadata) wf_load_is_object(loader, metadata, "`metadata`");
}

static void load_evaluate(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {{"language", 0}, {"mode", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`evaluate`", KEYS)) return;
  const struct wf_yaml *language = wf_yaml_get(node, "language"), *mode = wf_yaml_get(node, "mode");
  const char *text = language ? wf_load_text(loader, language, "`language`") : NULL;
  if (text && strcmp(text, "jq") != 0)
    wf_problem_at(&loader->problems, language, "expression language `%s` is not supported yet: expected jq", text);
  text = mode ? wf_load_text(loader, mode, "`mode`") : NULL;
  loader->is_loose = text && strcmp(text, "loose") == 0;
  if (text && !loader->is_loose && strcmp(text, "strict") != 0)
    wf_problem_at(&loader->problems, mode, "evaluation mode `%s`: expected strict or loose", text);
}

static void load_root(struct wf_loader *loader, const struct wf_yaml *root) {
  static const struct wf_key KEYS[] = {{"document", WF_KEY_REQUIRED},
                                       {"input", 0},
                                       {"use", 0},
                                       {"do", WF_KEY_REQUIRED},
                                       {"timeout", 0},
                                       {"output", 0},
                                       {"schedule", 0},
                                       {"evaluate", 0},
                                       {NULL, 0}};
  if (!wf_load_keys(loader, root, "a workflow", KEYS)) return;
  struct wf_definition *definition = loader->definition;
  const struct wf_yaml *part;
  if ((part = wf_yaml_get(root, "document"))) load_document(loader, part);
  if ((part = wf_yaml_get(root, "evaluate"))) load_evaluate(loader, part);
  if ((part = wf_yaml_get(root, "use"))) wf_load_use(loader, part);
  wf_load_data_flow(loader, root, false, &definition->data);
  if ((part = wf_yaml_get(root, "schedule"))) definition->trigger = wf_load_schedule(loader, part);
  if ((part = wf_yaml_get(root, "timeout")))
    definition->timeout = wf_load_timeout(loader, part, WF_PLACE_WORKFLOW_INPUT);
  if ((part = wf_yaml_get(root, "do"))) definition->tasks = wf_load_tasks(loader, part, "/do");
  wf_load_unused(loader);
}

// With what it refers to, it is one document when it is published.
static void check_size(struct wf_loader *loader, const char *document, size_t size) {
  size_t pinned;
  if (loader->definition->resource_count == 0) return;
  wf_definition_pin(loader->definition, document, size, loader->problems.arena, &pinned);
  if (pinned > WF_DOCUMENT_MAX)
    wf_problem_add(&loader->problems, 0, 0, "the document with the resources that it refers to has %zu bytes: expected at most %d",
                   pinned, WF_DOCUMENT_MAX);
}

int wf_definition_load(const char *document, size_t size, const struct wf_catalog *catalog, struct arena *arena,
                       struct wf_definition **ret_definition, struct wf_problems *ret_problems) {
  struct wf_problem_list warnings = {.arena = arena};
  struct wf_loader loader = {
      .definition = wf_definition_new(), .catalog = catalog, .problems = {.arena = arena, .warnings = &warnings}};
  struct arena *scratch = arena_new(); // the tree; the model copies what it keeps
  const struct wf_yaml *root;
  loader.pinned_count = wf_pinned_read(document, size, loader.definition->arena, &loader.pinned);
  loader.definition->held = catalog->secrets;
  if (wf_yaml_read(document, size, WF_DOCUMENT_MAX, WF_NESTING_MAX, scratch, &loader.problems, &root) == 0) {
    load_root(&loader, root);
    check_size(&loader, document, size);
    jv_free(loader.definition->document);
    loader.definition->document = wf_yaml_to_json(root, &loader.problems);
    wf_program_compile(&loader.definition->program, &loader.problems);
  }
  arena_free(scratch);
  if (loader.problems.count) {
    wf_definition_free(loader.definition);
    *ret_problems = wf_problem_list_finish(&loader.problems);
    return -WF_EINVAL;
  }
  wf_definition_index(loader.definition);
  *ret_definition = loader.definition;
  *ret_problems = wf_problem_list_finish(&loader.problems);
  return 0;
}
