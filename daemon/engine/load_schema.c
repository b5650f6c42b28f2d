// SPDX-License-Identifier: Apache-2.0
// `input`, `output` and `export`: schemas, and the expressions beside them.
#include <stdlib.h>
#include <string.h>

#include "engine/json_schema.h"
#include "engine/load.h"

// `json`, or with a draft, in any of the ways that people write it: "json:draft-07",
// "json:7", "json:2020-12". NULL without one, or after a problem; else its `$schema`.
static const char *load_format(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct {
    const char *version, *schema;
  } DRAFTS[] = {
      {"3", "http://json-schema.org/draft-03/schema#"},       {"4", "http://json-schema.org/draft-04/schema#"},
      {"6", "http://json-schema.org/draft-06/schema#"},       {"7", "http://json-schema.org/draft-07/schema#"},
      {"2019-09", "https://json-schema.org/draft/2019-09/schema"}, {"2020-12", "https://json-schema.org/draft/2020-12/schema"},
  };
  const char *text = node ? wf_load_text(loader, node, "`format`") : NULL;
  if (!text || strcmp(text, "json") == 0) return NULL;
  const char *version = strncmp(text, "json:", 5) == 0 ? text + 5 : "";
  if (strncmp(version, "draft", 5) == 0) version += 5;
  version += strspn(version, "-/");
  if (version[0] == '0') version++; // draft-07
  for (size_t i = 0; i < sizeof DRAFTS / sizeof *DRAFTS; i++)
    if (strcmp(version, DRAFTS[i].version) == 0) return DRAFTS[i].schema;
  wf_problem_at(&loader->problems, node,
                "schema format `%s` is not known here: expected json, or with a draft, such as json:draft-07 or json:2020-12", text);
  return NULL;
}

// What the format says where the schema does not.
static jv with_draft(jv schema, const char *draft) {
  if (!draft || jv_get_kind(schema) != JV_KIND_OBJECT || jv_object_has(jv_copy(schema), jv_string("$schema"))) return schema;
  return jv_object_set(schema, jv_string("$schema"), jv_string(draft));
}

// A schema in the document, or in a resource of that URI.
static const struct wf_schema *load_document(struct wf_loader *loader, const struct wf_yaml *node, const char *uri, const char *draft) {
  struct arena *arena = loader->definition->arena;
  struct wf_schema *schema = arena_alloc0(arena, sizeof *schema);
  size_t before = loader->problems.count;
  jv text = jv_dump_string(with_draft(wf_yaml_to_json(node, &loader->problems), draft), 0);
  schema->text = arena_strdup(arena, jv_string_value(text));
  schema->uri = uri;
  schema->hash = wf_text_hash(schema->text);
  jv_free(text);
  if (loader->problems.count > before) return schema;
  char *problem = NULL;
  wf_json_schema_free(wf_json_schema_new(schema->text, strlen(schema->text), &problem));
  if (problem) wf_problem_at(&loader->problems, node, "%s is none: %s", uri ? uri : "the schema", problem);
  free(problem);
  return schema;
}

static const struct wf_schema *load_external(struct wf_loader *loader, const struct wf_yaml *node, const char *draft) {
  const char *uri = wf_load_external(loader, node, "`resource`");
  const char *text = uri ? wf_load_resource(loader, uri) : NULL;
  if (!text) {
    struct wf_schema *missing = arena_alloc0(loader->definition->arena, sizeof *missing);
    missing->uri = uri;
    return missing;
  }
  const struct wf_yaml *root = wf_load_resource_tree(loader, uri, text, node);
  return root ? load_document(loader, root, uri, draft) : NULL;
}

static const struct wf_schema *load_schema(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {{"format", 0}, {"document", 0}, {"resource", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`schema`", KEYS)) return NULL;
  const struct wf_yaml *format = wf_yaml_get(node, "format"), *document = wf_yaml_get(node, "document");
  const struct wf_yaml *resource = wf_yaml_get(node, "resource");
  const char *draft = load_format(loader, format);
  if (!document == !resource)
    wf_problem_at(&loader->problems, node, "`schema` has %s: expected one of document, resource",
                  document ? "both `document` and `resource`" : "no schema");
  if (document) return load_document(loader, document, NULL, draft);
  return resource ? load_external(loader, resource, draft) : NULL;
}

// `from` or `as`, and `schema`.
static const struct wf_expr *load_part(struct wf_loader *loader, const struct wf_yaml *node, const char *what,
                                       const char *key, enum wf_place place, const struct wf_schema **ret_schema) {
  const struct wf_key keys[] = {{key, 0}, {"schema", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, arena_printf(loader->problems.arena, "`%s`", what), keys)) return NULL;
  const struct wf_yaml *schema = wf_yaml_get(node, "schema"), *value = wf_yaml_get(node, key);
  if (schema) *ret_schema = load_schema(loader, schema);
  return value ? wf_load_transform(loader, value, place, arena_printf(loader->problems.arena, "`%s`", key)) : NULL;
}

void wf_load_data_flow(struct wf_loader *loader, const struct wf_yaml *node, bool is_task, struct wf_data_flow *flow) {
  const struct wf_yaml *part;
  if ((part = wf_yaml_get(node, "input")))
    flow->input_from = load_part(loader, part, "input", "from", is_task ? WF_PLACE_TASK_INPUT : WF_PLACE_WORKFLOW_INPUT,
                                 &flow->input_schema);
  if ((part = wf_yaml_get(node, "output")))
    flow->output_as = load_part(loader, part, "output", "as", is_task ? WF_PLACE_TASK : WF_PLACE_WORKFLOW_OUTPUT,
                                &flow->output_schema);
  if (is_task && (part = wf_yaml_get(node, "export")))
    flow->export_as = load_part(loader, part, "export", "as", WF_PLACE_TASK_EXPORT, &flow->export_schema);
}
