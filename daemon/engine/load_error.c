// SPDX-License-Identifier: Apache-2.0
// Errors: the model of one (RFC 7807), and `raise`.
#include <ctype.h>
#include <string.h>

#include "engine/jq_source.h"
#include "engine/load.h"

// With a scheme. The schema wants `://` behind it, which `about:blank`, the type that RFC
// 7807 itself names, and URNs do not have.
static bool is_uri(const char *text) {
  if (!isalpha((unsigned char)*text)) return false;
  while (isalnum((unsigned char)*text) || (*text && strchr("+-.", *text))) text++;
  if (strncmp(text, "://", 3) == 0) return true;
  return *text == ':' && text[1] && !strpbrk(text, " \t\r\n");
}

static const struct wf_expr *load_part(struct wf_loader *loader, const struct wf_yaml *node, const char *key,
                                       bool (*is_valid)(const char *), const char *expected) {
  const struct wf_yaml *value = wf_yaml_get(node, key);
  if (!value || !wf_load_text(loader, value, key)) return NULL;
  if (is_valid && !wf_jq_source_unwrap(value->text, loader->problems.arena) && !is_valid(value->text))
    wf_problem_at(&loader->problems, value, "`%s: %s`: expected %s, or an expression `${ … }`", key, value->text,
                  expected);
  return wf_load_template(loader, value, WF_PLACE_TASK);
}

static bool is_json_pointer(const char *text) { return *text == '\0' || *text == '/'; }

// The schema wants a number here; an expression would give it only at run time.
static const struct wf_expr *load_status(struct wf_loader *loader, const struct wf_yaml *node) {
  if (!node) return NULL;
  jv value = wf_load_json(loader, node);
  if (jv_get_kind(value) != JV_KIND_NUMBER || !jv_is_integer(jv_copy(value)) || jv_number_value(value) < -999999 ||
      jv_number_value(value) > 999999) {
    wf_problem_at(&loader->problems, node, "`status` is %s: expected a whole number such as 400",
                  wf_yaml_describe(node));
    return NULL;
  }
  return wf_load_template(loader, node, WF_PLACE_TASK);
}

bool wf_load_is_uri_template(const struct wf_yaml *node) {
  return node && node->kind == WF_YAML_SCALAR && strchr(node->text, '{') && !strstr(node->text, "${");
}

struct wf_error_model wf_load_error_model(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {
      {"type", WF_KEY_REQUIRED}, {"status", WF_KEY_REQUIRED}, {"title", 0}, {"detail", 0}, {"instance", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "an error", KEYS)) return (struct wf_error_model){0};
  return (struct wf_error_model){
      .type = load_part(loader, node, "type", is_uri, "a URI such as https://example.com/errors/payment-declined"),
      .status = load_status(loader, wf_yaml_get(node, "status")),
      .title = load_part(loader, node, "title", NULL, NULL),
      .detail = load_part(loader, node, "detail", NULL, NULL),
      .instance = load_part(loader, node, "instance", is_json_pointer, "a JSON pointer such as /do/0/pay"),
      .type_is_template = wf_load_is_uri_template(wf_yaml_get(node, "type")),
  };
}

void wf_load_raise(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"error", WF_KEY_REQUIRED}, {NULL, 0}};
  if (!wf_load_keys(loader, source->part, "`raise`", KEYS)) return;
  const struct wf_yaml *error = wf_yaml_get(source->part, "error");
  if (error && error->kind == WF_YAML_SCALAR) error = wf_load_component(loader, WF_USE_ERRORS, error);
  if (error) task->raise.error = wf_load_error_model(loader, error);
}
