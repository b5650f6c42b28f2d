// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "engine/duration.h"
#include "engine/expression.h"
#include "engine/jq_source.h"
#include "engine/load.h"

enum { NAMES_MAX = 80, TEMPLATE_EXPRESSIONS_MAX = 500, INLINE_COST_MAX = 250, LOOSE_COMPILED_MAX = 100 };

// An expression being put together: its jq text, and what it mentions.
struct builder {
  struct wf_loader *loader;
  enum wf_place place;
  struct buf code;
  const char *names[NAMES_MAX + 1];
  int name_count;
  struct wf_secret_list secrets;
  int expression_count;
  double inline_cost; // of those so far
  bool inline_safe, failed;
};

static bool is_place_name(enum wf_place place, const char *name, size_t size) {
  static const char *const NAMES[][10] = {
      [WF_PLACE_EVENT] = {NULL},
      [WF_PLACE_WORKFLOW_INPUT] = {"secrets", "workflow", "runtime", NULL},
      [WF_PLACE_WORKFLOW_OUTPUT] = {"context", "secrets", "workflow", "runtime", NULL},
      [WF_PLACE_TASK_INPUT] = {"context", "secrets", "task", "workflow", "runtime", NULL},
      [WF_PLACE_TASK] = {"context", "input", "secrets", "task", "workflow", "runtime", "authorization", NULL},
      [WF_PLACE_TASK_EXPORT] = {"context", "input", "output", "secrets", "task", "workflow", "runtime",
                                "authorization", NULL},
  };
  for (const char *const *known = NAMES[place]; *known; known++)
    if (strlen(*known) == size && memcmp(*known, name, size) == 0) return true;
  return false;
}

bool wf_load_is_variable(const struct wf_loader *loader, enum wf_place place, const char *name, size_t size) {
  if (is_place_name(place, name, size)) return true;
  for (const struct wf_bound_name *c = loader->bound_names; c; c = c->outer)
    if (strlen(c->name) == size && memcmp(c->name, name, size) == 0) return true;
  return false;
}

static bool is_available(const struct builder *builder, const char *name) {
  return strcmp(name, "now") == 0 || wf_load_is_variable(builder->loader, builder->place, name, strlen(name));
}

// In brackets: jq 1.6 takes `.e2` for a number.
static void bind(struct buf *code, const char *name) {
  if (strcmp(name, "now") != 0) buf_printf(code, "$__vars[\"%s\"] as $%s | ", name, name);
}

// Notes the variables that come from outside; the others the expression must have
// bound itself, and jq will say when it has not.
static void note_variables(struct builder *builder, const char *text, const struct wf_jq_source *source) {
  if (is_place_name(builder->place, "secrets", strlen("secrets"))) wf_load_secret_mentions(builder->loader, text, &builder->secrets);
  for (size_t i = 0; i < source->variable_count; i++) {
    const char *name = source->variables[i];
    bool known = !is_available(builder, name);
    for (int j = 0; j < builder->name_count && !known; j++) known = strcmp(builder->names[j], name) == 0;
    if (known) continue;
    if (builder->name_count == NAMES_MAX)
      builder->failed = true;
    else
      builder->names[builder->name_count++] = name;
  }
}

static void bind_available(const struct builder *builder, const struct wf_jq_source *read, struct buf *code) {
  for (size_t i = 0; i < read->variable_count; i++)
    if (is_available(builder, read->variables[i])) bind(code, read->variables[i]);
}

// The expression by itself, so that jq's complaints can be told apart.
static void add_source(struct builder *builder, const char *source, const struct wf_jq_source *read,
                       const struct wf_yaml *node) {
  struct buf code = {0};
  bind_available(builder, read, &code);
  buf_printf(&code, "$__dot | (%s\n)", source);
  struct wf_definition *definition = builder->loader->definition;
  wf_program_add_source(&definition->program, arena_strndup(definition->arena, code.data, code.size), node->line,
                        node->column);
  buf_free(&code);
}

// How an expression stands in its value.
enum form {
  FORM_ALONE, // it is the whole value
  FORM_PART,  // one value among others: exactly one result of its own
  FORM_TEXT,  // a piece of a text: what it gives is made one
  FORM_LOOSE, // not in `${ }`: when it fails, its own text is the value
};

static void add_json(struct builder *builder, jv value) {
  value = jv_dump_string(value, 0);
  buf_put(&builder->code, jv_string_value(value), (size_t)jv_string_length_bytes(jv_copy(value)));
  jv_free(value);
}

// The line breaks end a comment.
static void add_code(struct builder *builder, const char *source, enum form form, bool safe) {
  if (form == FORM_LOOSE) buf_puts(&builder->code, "(try ");
  buf_puts(&builder->code, form == FORM_TEXT ? "(" : "");
  buf_puts(&builder->code, form == FORM_ALONE || safe ? "(" : "__one(");
  buf_puts(&builder->code, source);
  buf_puts(&builder->code, "\n)");
  if (form == FORM_TEXT) buf_puts(&builder->code, "|tostring)");
  if (form != FORM_LOOSE) return;
  buf_puts(&builder->code, " catch ");
  add_json(builder, jv_string(source));
  buf_puts(&builder->code, ")");
}

// The work of an expression that may run in this process, else -1.
static double inline_cost(struct builder *builder, const char *source, enum form form) {
  if (form != FORM_TEXT) return wf_expression_inline_cost(source);
  return wf_expression_inline_cost(arena_printf(builder->loader->problems.arena, "(%s\n)|tostring", source));
}

// Appends one expression's text.
static void add_expression(struct builder *builder, const char *source, const struct wf_yaml *node, enum form form) {
  struct wf_jq_source read;
  const char *problem;
  struct arena *arena = builder->loader->definition->arena;
  if (wf_jq_source_read(source, arena, &read, &problem) != 0) {
    wf_problem_at(&builder->loader->problems, node, "the expression %s", problem);
    builder->failed = true;
    return;
  }
  source = read.code;
  note_variables(builder, source, &read);
  add_source(builder, source, &read, node);
  double cost = inline_cost(builder, source, form);
  bool safe = cost >= 0;
  if (safe) builder->inline_cost += cost;
  builder->inline_safe = builder->inline_safe && safe && builder->inline_cost <= INLINE_COST_MAX;
  builder->expression_count++;
  add_code(builder, source, form, safe);
}

// A text with `${ … }` in it: the pieces, put together by `+`.
static void add_pieces(struct builder *builder, const struct wf_yaml *node) {
  struct arena *arena = builder->loader->definition->arena;
  const char *at = node->text;
  struct wf_jq_hole hole;
  int found;
  buf_puts(&builder->code, "(");
  while ((found = wf_jq_source_hole(at, arena, &hole)) == 1) {
    add_json(builder, jv_string_sized(at, (int)hole.before));
    buf_puts(&builder->code, "+");
    add_expression(builder, hole.source, node, FORM_TEXT);
    buf_puts(&builder->code, "+");
    at = hole.rest;
  }
  if (found < 0) {
    wf_problem_at(&builder->loader->problems, node,
                  "`${` inside a text without its `}`: expected `${ … }`, or for the characters themselves ${ \"${\" }");
    builder->failed = true;
  }
  add_json(builder, jv_string(at));
  buf_puts(&builder->code, ")");
}

// Whether a text of the loose mode is an expression at all.
static bool is_loose_expression(struct builder *builder, const struct wf_yaml *node) {
  struct wf_loader *loader = builder->loader;
  struct wf_jq_source read;
  const char *problem;
  if (!loader->is_loose || wf_jq_source_read(node->text, loader->definition->arena, &read, &problem) != 0) return false;
  bool is_known = wf_expression_is_inline_safe(node->text);
  for (size_t i = 0; i < read.variable_count; i++) is_known = is_known && is_available(builder, read.variables[i]);
  if (is_known) return true;
  if (loader->loose_count++ == LOOSE_COMPILED_MAX)
    wf_problem_at(&loader->problems, node,
                  "more than %d texts of the loose mode may be expressions: expected `${ }` around those that are, "
                  "and ${ \"…\" } for those that are not",
                  LOOSE_COMPILED_MAX);
  if (loader->loose_count > LOOSE_COMPILED_MAX) return false;
  struct buf code = {0};
  bind_available(builder, &read, &code);
  buf_printf(&code, "$__dot | (%s\n)", node->text);
  buf_put_u8(&code, 0);
  bool compiles = wf_program_compiles(code.data);
  buf_free(&code);
  return compiles;
}

static void add_scalar(struct builder *builder, const struct wf_yaml *node, bool alone) {
  bool is_text = wf_yaml_is_text(node);
  const char *source = is_text ? wf_jq_source_unwrap(node->text, builder->loader->definition->arena) : NULL;
  if (source)
    add_expression(builder, source, node, alone ? FORM_ALONE : FORM_PART);
  else if (is_text && strstr(node->text, "${"))
    add_pieces(builder, node);
  else if (is_text && is_loose_expression(builder, node))
    add_expression(builder, node->text, node, FORM_LOOSE);
  else
    add_json(builder, wf_yaml_to_json(node, &builder->loader->problems));
}

static void add_value(struct builder *builder, const struct wf_yaml *node, bool alone) {
  if (node->kind == WF_YAML_SCALAR) {
    add_scalar(builder, node, alone);
    return;
  }
  bool is_object = node->kind == WF_YAML_MAPPING;
  buf_puts(&builder->code, is_object ? "{" : "[");
  for (size_t i = 0; i < node->count; i++) {
    if (i) buf_puts(&builder->code, ",");
    if (is_object) {
      add_json(builder, jv_string(node->entries[i].key));
      buf_puts(&builder->code, ":");
    }
    add_value(builder, node->entries[i].value, false);
  }
  buf_puts(&builder->code, is_object ? "}" : "]");
}

static struct wf_expr *new_expr(struct builder *builder, const struct wf_yaml *node) {
  struct wf_definition *definition = builder->loader->definition;
  struct wf_expr *expr = arena_alloc0(definition->arena, sizeof *expr);
  expr->index = -1;
  expr->constant = jv_null();
  expr->inline_safe = builder->inline_safe;
  buf_put_u8(&builder->code, 0);
  if (node->kind == WF_YAML_SCALAR) expr->source = arena_strdup(definition->arena, node->text);
  expr->variables =
      arena_memdup(definition->arena, builder->names, sizeof *builder->names * (size_t)(builder->name_count + 1));
  expr->variable_count = builder->name_count;
  expr->secrets = builder->secrets.paths;
  expr->secret_count = (int)builder->secrets.count;
  return expr;
}

static const struct wf_expr *finish(struct builder *builder, const struct wf_yaml *node) {
  struct wf_definition *definition = builder->loader->definition;
  if (builder->expression_count > TEMPLATE_EXPRESSIONS_MAX)
    wf_problem_at(&builder->loader->problems, node, "the value holds %d expressions: expected at most %d",
                  builder->expression_count, TEMPLATE_EXPRESSIONS_MAX);
  struct wf_expr *expr = new_expr(builder, node);
  if (builder->expression_count == 0) {
    expr->constant = wf_load_json(builder->loader, node);
  } else if (!builder->failed) {
    struct buf code = {0};
    for (int i = 0; i < builder->name_count; i++) bind(&code, builder->names[i]);
    buf_printf(&code, "$__dot | %s", builder->code.data);
    expr->index = wf_program_add_part(&definition->program, arena_strndup(definition->arena, code.data, code.size),
                                      node->line, node->column);
    buf_free(&code);
  }
  buf_free(&builder->code);
  return expr;
}

const struct wf_expr *wf_load_template(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place) {
  struct builder builder = {.loader = loader, .place = place, .inline_safe = true};
  add_value(&builder, node, true);
  return finish(&builder, node);
}

const struct wf_expr *wf_load_expression(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                         const char *what) {
  struct builder builder = {.loader = loader, .place = place, .inline_safe = true};
  if (!wf_yaml_is_text(node) || !node->text[0]) {
    const char *quotes = node->kind == WF_YAML_SCALAR && node->text[0] && !wf_yaml_is_null(node) ? " (put it in quotes)" : "";
    wf_problem_at(&loader->problems, node, "%s is %s: expected a runtime expression `${ … }`%s", what,
                  wf_yaml_is_text(node) ? "an empty text" : wf_yaml_describe(node), quotes);
    return NULL;
  }
  const char *source = wf_jq_source_unwrap(node->text, loader->definition->arena);
  add_expression(&builder, source ? source : node->text, node, FORM_ALONE);
  return finish(&builder, node);
}

// Whether `${ … }` stands inside a text: jq knows it only within its own texts.
static bool is_mixed(struct wf_loader *loader, const struct wf_yaml *node) {
  struct wf_jq_source read;
  const char *problem;
  return wf_yaml_is_text(node) && strstr(node->text, "${") &&
         !wf_jq_source_unwrap(node->text, loader->problems.arena) &&
         wf_jq_source_read(node->text, loader->problems.arena, &read, &problem) != 0;
}

const struct wf_expr *wf_load_transform(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                        const char *what) {
  if (node->kind == WF_YAML_MAPPING || (loader->is_loose && wf_yaml_is_text(node)) || is_mixed(loader, node))
    return wf_load_template(loader, node, place);
  return wf_load_expression(loader, node, place, what);
}

static void report_duration(struct wf_loader *loader, const struct wf_yaml *node, const char *what) {
  if (node->kind == WF_YAML_SCALAR)
    wf_problem_at(&loader->problems, node, "%s `%s` is no duration: expected %s", what, node->text,
                  wf_duration_expected);
  else
    wf_problem_at(&loader->problems, node, "%s is no duration: expected %s", what, wf_duration_expected);
}

// In loose mode also without `${ }`, as far as it is no duration itself.
static bool is_duration_expression(const struct wf_loader *loader, const struct wf_yaml *node) {
  struct wf_span span;
  if (!wf_yaml_is_text(node)) return false;
  if (wf_jq_source_unwrap(node->text, loader->definition->arena)) return true;
  return loader->is_loose && node->text[0] && wf_duration_parse(node->text, strlen(node->text), &span) < 0;
}

struct wf_duration wf_load_duration(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                    const char *what) {
  static const struct wf_key KEYS[] = {{"days", 0},    {"hours", 0},        {"minutes", 0},
                                       {"seconds", 0}, {"milliseconds", 0}, {NULL, 0}};
  struct wf_duration duration = {.set = true};
  if (is_duration_expression(loader, node)) {
    duration.expr = wf_load_expression(loader, node, place, what);
    return duration;
  }
  size_t before = loader->problems.count;
  if (node->kind == WF_YAML_MAPPING) wf_load_keys(loader, node, what, KEYS);
  if (loader->problems.count > before) return duration;
  jv value = wf_yaml_to_json(node, &loader->problems);
  if (wf_duration_from_value(value, &duration.constant) != 0) report_duration(loader, node, what);
  jv_free(value);
  return duration;
}

struct wf_duration wf_load_timeout_component(struct wf_loader *loader, const struct wf_yaml *node,
                                             enum wf_place place) {
  static const struct wf_key KEYS[] = {{"after", WF_KEY_REQUIRED}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "a timeout", KEYS)) return (struct wf_duration){0};
  const struct wf_yaml *after = wf_yaml_get(node, "after");
  return after ? wf_load_duration(loader, after, place, "`after`") : (struct wf_duration){0};
}

struct wf_duration wf_load_timeout(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place) {
  if (node->kind != WF_YAML_SCALAR) return wf_load_timeout_component(loader, node, place);
  const struct wf_yaml *component = wf_load_component(loader, WF_USE_TIMEOUTS, node);
  return component ? wf_load_timeout_component(loader, component, place) : (struct wf_duration){0};
}
