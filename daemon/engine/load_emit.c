// SPDX-License-Identifier: Apache-2.0
// `emit`: the CloudEvent that a task sends. What is written out is checked here; what an
// expression gives, when it is made.
#include <ctype.h>
#include <string.h>

#include "base/clock.h"
#include "engine/load.h"

bool wf_load_is_event_text(const char *name) {
  static const char *const TEXTS[] = {"id", "source", "type", "subject", "time", "datacontenttype", "dataschema"};
  for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
    if (strcmp(TEXTS[i], name) == 0) return true;
  return false;
}

// With a scheme; the schema asks for `://` besides, which a URN does not have.
static bool is_uri(const char *text) {
  if (!isalpha((unsigned char)*text)) return false;
  while (isalnum((unsigned char)*text) || (*text && strchr("+-.", *text))) text++;
  return *text == ':' && text[1];
}

static const char *wrong(const char *name, const char *text) {
  usec_t instant;
  if (strcmp(name, "source") == 0)
    return *text && !strpbrk(text, " \t\r\n<>\"") ? NULL : "a URI such as https://example.com/orders, or a template of one";
  if (strcmp(name, "dataschema") == 0)
    return is_uri(text) ? NULL : "an absolute URI such as https://example.com/order.json, or a template of one";
  if (strcmp(name, "time") == 0)
    return clock_parse(text, strlen(text), &instant) == 0 ? NULL : "an instant such as 2026-01-31T09:00:00Z";
  return *text ? NULL : "a text that is not empty";
}

static void check_attribute(struct wf_loader *loader, const struct wf_yaml_entry *entry) {
  const struct wf_yaml *node = entry->value;
  if (strcmp(entry->key, "data") == 0) return;
  const char *expected = NULL;
  if (!wf_load_is_event_text(entry->key)) {
    if (entry->key[strspn(entry->key, "abcdefghijklmnopqrstuvwxyz0123456789")] && strcmp(entry->key, "data_base64") != 0)
      wf_problem_warn(&loader->problems, node->line, node->column,
                      "`%s` is no name that CloudEvents allows: lower-case letters and digits alone reach every receiver", entry->key);
    if (node->kind != WF_YAML_SCALAR) expected = "a text, a number or a truth value";
  } else if (!wf_yaml_is_text(node)) {
    expected = node->kind == WF_YAML_SCALAR && !wf_yaml_is_null(node) ? "a text (put it in quotes)" : "a text";
  } else if (!strstr(node->text, "${") && !loader->is_loose) {
    expected = wrong(entry->key, node->text);
    // CloudEvents takes a reference, and recommends what the schema here asks for.
    if (!expected && strcmp(entry->key, "source") == 0 && !is_uri(node->text) && *node->text != '{')
      wf_problem_warn(&loader->problems, node->line, node->column,
                      "`source: %s` is a relative URI: an absolute one such as https://example.com/orders says more", node->text);
  }
  if (!expected) return;
  if (wf_yaml_is_text(node))
    wf_problem_at(&loader->problems, node, "`%s: %s` of the event: expected %s, or an expression `${ … }`", entry->key,
                  node->text, expected);
  else
    wf_problem_at(&loader->problems, node, "`%s` of the event is %s: expected %s", entry->key, wf_yaml_describe(node), expected);
}

// The schema has the attributes under `with`, beside which anything may stand; the
// reference's table has them under `event` itself.
static const struct wf_yaml *find_attributes(struct wf_loader *loader, const struct wf_yaml *event) {
  static const struct wf_key KEYS[] = {{"with", WF_KEY_REQUIRED}, {NULL, 0}};
  const struct wf_yaml *with = wf_yaml_get(event, "with");
  if (!with) return event;
  wf_load_open_keys(loader, event, "`event`", KEYS);
  return wf_load_is_object(loader, with, "`with`") ? with : NULL;
}

void wf_load_emit(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"event", WF_KEY_REQUIRED}, {NULL, 0}};
  static const char *const REQUIRED[] = {"source", "type"}, *const URIS[] = {"source", "dataschema"};
  const struct wf_yaml *event = NULL;
  if (wf_load_keys(loader, source->part, "`emit`", KEYS)) event = wf_yaml_get(source->part, "event");
  if (!event || !wf_load_is_object(loader, event, "`event`")) return;
  const struct wf_yaml *with = find_attributes(loader, event);
  if (!with) return;
  for (int i = 0; i < 2; i++)
    if (!wf_yaml_get(with, REQUIRED[i]))
      wf_problem_at(&loader->problems, with, "the event lacks `%s`: expected source and type, as CloudEvents do", REQUIRED[i]);
  for (size_t i = 0; i < with->count; i++) check_attribute(loader, &with->entries[i]);
  task->emit.with = wf_load_template(loader, with, WF_PLACE_TASK);
  for (int i = 0, count = 0; i < 2; i++)
    if (wf_load_is_uri_template(wf_yaml_get(with, URIS[i]))) task->emit.templates[count++] = URIS[i];
}
