// SPDX-License-Identifier: Apache-2.0
// Event filters and the strategies made of them: `listen.to` and `schedule.on`.
#include <ctype.h>
#include <string.h>

#include "engine/jq_source.h"
#include "engine/load.h"
#include "engine/strategy.h"

enum { FILTERS_MAX = 64, PATH_MAX_PARTS = 8, PATTERN_MAX = 512 };

struct reader {
  struct wf_loader *loader;
  enum wf_place place;
};

// A text as it would stand in jq.
static const char *quoted(struct wf_loader *loader, const char *text) {
  jv literal = jv_dump_string(jv_string(text), 0);
  const char *copy = arena_strdup(loader->definition->arena, jv_string_value(literal));
  jv_free(literal);
  return copy;
}

bool wf_event_has_pattern(const char *text) { return strpbrk(text, "*+?[](){}|^$\\") != NULL; }

static bool ends_with_dollar(const char *text) {
  size_t size = strlen(text), slashes = 0;
  if (text[size - 1] != '$') return false;
  while (slashes + 1 < size && text[size - 2 - slashes] == '\\') slashes++;
  return slashes % 2 == 0;
}

// Patterns are tried by jq, and so in the evaluator child: no pattern holds up the daemon.
static const struct wf_expr *load_pattern(const struct reader *reader, const struct wf_yaml *node) {
  struct wf_loader *loader = reader->loader;
  if (strlen(node->text) > PATTERN_MAX) {
    wf_problem_at(&loader->problems, node, "a pattern has more than %d bytes: expected a shorter one", PATTERN_MAX);
    return NULL;
  }
  // One that says itself where it is bound says all of it: `^com\.example` is a beginning.
  bool is_bound = node->text[0] == '^' || ends_with_dollar(node->text);
  const char *pattern = is_bound ? node->text : arena_printf(loader->definition->arena, "^(?:%s)$", node->text);
  struct wf_yaml source = *node;
  source.text = arena_printf(loader->definition->arena, "tostring | . == %s or test(%s)", quoted(loader, node->text),
                             quoted(loader, pattern));
  return wf_load_expression(loader, &source, reader->place, "a pattern");
}

static bool is_expression(const struct reader *reader, const struct wf_yaml *node) {
  return wf_yaml_is_text(node) && wf_jq_source_unwrap(node->text, reader->loader->definition->arena);
}

static void load_attribute(const struct reader *reader, const struct wf_yaml_entry *entry,
                           struct wf_event_attribute *ret_attribute) {
  struct wf_loader *loader = reader->loader;
  const struct wf_yaml *node = entry->value;
  ret_attribute->name = arena_strdup(loader->definition->arena, entry->key);
  if (!wf_yaml_is_text(node) && wf_load_is_event_text(entry->key))
    wf_problem_at(&loader->problems, node, "`%s` of an event filter is %s: expected a text, or an expression `${ … }`%s",
                  entry->key, wf_yaml_describe(node), node->kind == WF_YAML_SCALAR && !wf_yaml_is_null(node) ? " (put it in quotes)" : "");
  else if (!wf_yaml_is_text(node) || is_expression(reader, node))
    ret_attribute->expr = wf_load_template(loader, node, reader->place);
  else if (wf_event_has_pattern(node->text))
    ret_attribute->expr = load_pattern(reader, node);
  else
    ret_attribute->text = arena_strdup(loader->definition->arena, node->text);
}

static void load_with(const struct reader *reader, const struct wf_yaml *with, struct wf_event_filter *filter) {
  struct wf_loader *loader = reader->loader;
  if (!wf_load_is_object(loader, with, "`with`")) return;
  if (with->count == 0)
    wf_problem_at(&loader->problems, with, "an event filter is empty: expected at least one attribute, such as type");
  struct wf_event_attribute *attributes = arena_alloc0(loader->definition->arena, (with->count + 1) * sizeof *attributes);
  for (size_t i = 0; i < with->count; i++) {
    const struct wf_yaml_entry *entry = &with->entries[i];
    if (strcmp(entry->key, "data") == 0) {
      filter->data_is_condition = is_expression(reader, entry->value);
      filter->data = wf_load_template(loader, entry->value, reader->place);
      continue;
    }
    struct wf_event_attribute *attribute = &attributes[filter->attribute_count++];
    load_attribute(reader, entry, attribute);
    if (strcmp(entry->key, "type") == 0) filter->type = attribute->text;
    if (strcmp(entry->key, "source") == 0) filter->source = attribute->text;
    if (strcmp(entry->key, "subject") == 0) filter->subject = attribute->text;
  }
  filter->attributes = attributes;
}

// The members that `.data.order.id` names, one after the other; nothing for any other text.
static void load_path(struct wf_loader *loader, const char *source, struct wf_correlation *correlation) {
  const char **path = arena_alloc0(loader->definition->arena, PATH_MAX_PARTS * sizeof *path);
  int count = 0;
  while (*source == '.' && count < PATH_MAX_PARTS) {
    size_t size = 1;
    if (!isalpha((unsigned char)source[1]) && source[1] != '_') return;
    while (isalnum((unsigned char)source[size]) || source[size] == '_') size++;
    path[count++] = arena_strndup(loader->definition->arena, source + 1, size - 1);
    source += size;
  }
  source += strspn(source, " ");
  if (*source || !count) return;
  correlation->path = path;
  correlation->path_count = count;
}

static void load_correlation(const struct reader *reader, const struct wf_yaml_entry *entry,
                             struct wf_correlation *correlation) {
  static const struct wf_key KEYS[] = {{"from", WF_KEY_REQUIRED}, {"expect", 0}, {NULL, 0}};
  struct wf_loader *loader = reader->loader;
  correlation->name = arena_strdup(loader->definition->arena, entry->key);
  if (!wf_load_open_keys(loader, entry->value, arena_printf(loader->problems.arena, "correlation `%s`", entry->key), KEYS)) return;
  const struct wf_yaml *from = wf_yaml_get(entry->value, "from"), *expect = wf_yaml_get(entry->value, "expect");
  if (from) correlation->from = wf_load_expression(loader, from, reader->place, "`from`");
  if (correlation->from) {
    const char *inner = wf_jq_source_unwrap(from->text, loader->definition->arena);
    const char *source = inner ? inner : from->text;
    load_path(loader, source + strspn(source, " "), correlation);
  }
  if (!expect) return;
  if (expect->kind != WF_YAML_SCALAR || wf_yaml_is_null(expect)) {
    wf_problem_at(&loader->problems, expect, "`expect` is %s: expected a text, or an expression `${ … }`", wf_yaml_describe(expect));
    return;
  }
  bool is_like_one = wf_yaml_is_text(expect) && strspn(expect->text, ".$") && strncmp(expect->text, "${", 2) != 0;
  if (is_like_one && !loader->is_loose)
    wf_problem_warn(&loader->problems, expect->line, expect->column, "`expect: %s` is this text itself: expected `${ %s }` for what it gives",
                    expect->text, expect->text);
  correlation->expect = wf_load_template(loader, expect, reader->place);
}

static void load_filter(const struct reader *reader, const struct wf_yaml *node, struct wf_event_filter *filter) {
  static const struct wf_key KEYS[] = {{"with", WF_KEY_REQUIRED}, {"correlate", 0}, {NULL, 0}};
  struct wf_loader *loader = reader->loader;
  if (!wf_load_keys(loader, node, "an event filter", KEYS)) return;
  const struct wf_yaml *with = wf_yaml_get(node, "with"), *correlate = wf_yaml_get(node, "correlate");
  if (with) load_with(reader, with, filter);
  bool is_object = with && with->kind == WF_YAML_MAPPING;
  if (is_object && reader->place == WF_PLACE_TASK) wf_load_fixed(reader->loader, with, reader->place, filter);
  if (!correlate || !wf_load_is_object(loader, correlate, "`correlate`")) return;
  struct wf_correlation *correlations =
      arena_alloc0(loader->definition->arena, (correlate->count + 1) * sizeof *correlations);
  for (size_t i = 0; i < correlate->count; i++) load_correlation(reader, &correlate->entries[i], &correlations[i]);
  filter->correlations = correlations;
  filter->correlation_count = (int)correlate->count;
}

static void load_filters(const struct reader *reader, const struct wf_yaml *node, struct wf_event_strategy *strategy) {
  struct wf_loader *loader = reader->loader;
  bool is_one = strategy->kind == WF_STRATEGY_ONE;
  if (!is_one && node->kind != WF_YAML_SEQUENCE) {
    wf_problem_at(&loader->problems, node, "`%s` is %s: expected a list of event filters",
                  strategy->kind == WF_STRATEGY_ALL ? "all" : "any", wf_yaml_describe(node));
    return;
  }
  size_t count = is_one ? 1 : node->count;
  if (count > FILTERS_MAX) {
    wf_problem_at(&loader->problems, node, "%zu event filters: expected at most %d", count, FILTERS_MAX);
    return;
  }
  struct wf_event_filter *filters = arena_alloc0(loader->definition->arena, (count + 1) * sizeof *filters);
  for (size_t i = 0; i < count; i++) load_filter(reader, is_one ? node : node->entries[i].value, &filters[i]);
  strategy->filters = filters;
  strategy->count = (int)count;
}

static void load_until(const struct reader *reader, const struct wf_yaml *node, struct wf_event_strategy *strategy) {
  struct wf_loader *loader = reader->loader;
  if (node->kind == WF_YAML_MAPPING) {
    struct wf_event_strategy *events = arena_alloc0(loader->definition->arena, sizeof *events);
    if (wf_yaml_get(node, "until"))
      wf_problem_at(&loader->problems, node, "`until` inside `until`: expected one of one, any, all alone");
    else
      *events = wf_load_strategy(loader, node, reader->place, "`until`");
    strategy->until_events = events;
    return;
  }
  strategy->until = wf_load_expression(loader, node, reader->place, "`until`");
  if (!strategy->until) return;
  const char *inner = wf_jq_source_unwrap(node->text, loader->definition->arena);
  const char *source = inner ? inner : node->text;
  source += strspn(source, " ");
  strategy->is_endless = strncmp(source, "false", 5) == 0 && source[5 + strspn(source + 5, " ")] == '\0';
}

struct wf_event_strategy wf_load_strategy(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                          const char *what) {
  static const struct wf_key KEYS[] = {{"one", 0}, {"any", 0}, {"all", 0}, {"until", 0}, {NULL, 0}};
  static const char *const KINDS[] = {[WF_STRATEGY_ONE] = "one", [WF_STRATEGY_ANY] = "any", [WF_STRATEGY_ALL] = "all"};
  struct reader reader = {loader, place};
  struct wf_event_strategy strategy = {.kind = WF_STRATEGY_ONE};
  if (!wf_load_keys(loader, node, what, KEYS)) return strategy;
  const struct wf_yaml *filters = NULL, *until = wf_yaml_get(node, "until");
  for (int i = 0; i < 3; i++) {
    const struct wf_yaml *part = wf_yaml_get(node, KINDS[i]);
    if (part && filters)
      wf_problem_at(&loader->problems, node, "%s has both `%s` and `%s`: expected one of them", what,
                    KINDS[strategy.kind], KINDS[i]);
    if (!part || filters) continue;
    filters = part;
    strategy.kind = (enum wf_strategy_kind)i;
  }
  if (filters)
    load_filters(&reader, filters, &strategy);
  else
    wf_problem_at(&loader->problems, node, "%s names no events: expected one of one, any, all", what);
  if (until && strategy.kind == WF_STRATEGY_ANY) load_until(&reader, until, &strategy); // of others it says nothing
  return strategy;
}
