// SPDX-License-Identifier: Apache-2.0
// What a call or a process is given, against its form: every key, type, enumeration and
// rule, with place and near miss. What comes out is the tree with named authentication
// policies put in where they are used, ready to be compiled.
#include "engine/form.h"

#include <ctype.h>
#include <string.h>

#include "engine/duration.h"
#include "engine/jq_source.h"
#include "engine/load.h"

enum { KEYS_MAX = 24, SECRETS_MAX = 16, PORT_NAME_MAX = 63 };

struct walk {
  struct wf_loader *loader;
  jv path;                              // from the arguments to where the walk is
  jv templates;                         // paths of the URI templates found
  const struct wf_yaml *authentication; // of the call, once found
  const char *secrets[SECRETS_MAX + 1];
  size_t secret_count;
};

static const struct wf_yaml *walk_form(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form);

static bool is_expression(struct wf_loader *loader, const struct wf_yaml *node) {
  return wf_yaml_is_text(node) && wf_jq_source_unwrap(node->text, loader->problems.arena);
}

static void report(struct walk *walk, const struct wf_yaml *node, const char *name, const char *expected) {
  const char *described = wf_yaml_is_text(node) ? arena_printf(walk->loader->problems.arena, "`%.80s`", node->text)
                                                : wf_yaml_describe(node);
  wf_problem_at(&walk->loader->problems, node, "`%s` is %s: expected %s", name, described, expected);
}

// ---- plain values -----------------------------------------------------------------

bool wf_load_enum(struct wf_loader *loader, const struct wf_yaml *node, const char *name, const char *const *words) {
  size_t count = 0;
  const char *list = "";
  for (; words[count]; count++) {
    if (node->kind == WF_YAML_SCALAR && strcmp(words[count], node->text) == 0) return true;
    list = arena_printf(loader->problems.arena, "%s%s%s", list, count ? ", " : "", words[count]);
  }
  if (wf_yaml_is_text(node))
    wf_problem_at(&loader->problems, node, "`%s: %.80s`%s; expected one of %s", name, node->text,
                  wf_load_near_miss(loader, node->text, words, count), list);
  else
    wf_problem_at(&loader->problems, node, "`%s` is %s: expected one of %s", name, wf_yaml_describe(node), list);
  return false;
}

bool wf_load_flag(struct wf_loader *loader, const struct wf_yaml *node, const char *name) {
  jv value = node->kind == WF_YAML_SCALAR ? wf_yaml_to_json(node, &loader->problems) : jv_null();
  jv_kind kind = jv_get_kind(value);
  jv_free(value);
  if (kind != JV_KIND_TRUE && kind != JV_KIND_FALSE)
    wf_problem_at(&loader->problems, node, "`%s` is %s: expected true or false", name, wf_yaml_describe(node));
  return kind == JV_KIND_TRUE;
}

static void check_count(struct walk *walk, const struct wf_yaml *node, const struct wf_form_key *key) {
  jv value = node->kind == WF_YAML_SCALAR ? wf_yaml_to_json(node, &walk->loader->problems) : jv_null();
  bool is_number = jv_get_kind(value) == JV_KIND_NUMBER;
  double number = is_number ? jv_number_value(value) : -1;
  jv_free(value);
  if (number >= 0 && number <= key->max && (double)(int)number == number) return;
  report(walk, node, key->name, arena_printf(walk->loader->problems.arena, "a whole number from 0 to %d", key->max));
}

static void check_host(struct walk *walk, const struct wf_yaml *node, const char *name) {
  const char *text = node->text;
  size_t size = strlen(text);
  bool is_good = size > 0 && size <= PORT_NAME_MAX && isalnum((unsigned char)text[0]) && isalnum((unsigned char)text[size - 1]);
  for (size_t i = 0; i < size && is_good; i++) is_good = isalnum((unsigned char)text[i]) || text[i] == '-' || text[i] == '.';
  if (!is_good) report(walk, node, name, "a host name of letters, digits, '.' and '-', at most 63");
}

static void check_duration(struct walk *walk, const struct wf_yaml *node, const char *name) {
  jv value = wf_yaml_to_json(node, &walk->loader->problems);
  struct wf_span span;
  if (wf_duration_from_value(value, &span) < 0) report(walk, node, name, wf_duration_expected);
  jv_free(value);
}

// A scalar that counts as a text however it is written.
static const struct wf_yaml *word(struct walk *walk, const struct wf_yaml *node, const char *name) {
  if (wf_yaml_is_text(node)) return node;
  if (node->kind != WF_YAML_SCALAR || wf_yaml_is_null(node)) {
    report(walk, node, name, "a text");
    return node;
  }
  struct wf_yaml *quoted = arena_memdup(walk->loader->definition->arena, node, sizeof *node);
  quoted->plain = false;
  return quoted;
}

// ---- templates --------------------------------------------------------------------

// Whether there is a `{name}`; what cannot be one is a problem.
static bool is_template(struct walk *walk, const struct wf_yaml *node, const char *name) {
  bool found = false;
  for (const char *at = node->text; *at; at++) {
    if (*at == '}') {
      report(walk, node, name, "`{` before each `}`");
      return false;
    }
    if (*at != '{') continue;
    size_t size = strcspn(at + 1, "{}");
    if (at[1 + size] != '}' || size == 0) {
      report(walk, node, name, "a name and `}` behind each `{`");
      return false;
    }
    found = true;
    at += 1 + size;
  }
  return found;
}

static void check_template(struct walk *walk, const struct wf_yaml *node, const char *name) {
  if (is_template(walk, node, name)) walk->templates = jv_array_append(walk->templates, jv_copy(walk->path));
}

static void check_uri(struct walk *walk, const struct wf_yaml *node, const char *name) {
  if (!wf_yaml_is_text(node) || !wf_form_is_uri(node->text))
    report(walk, node, name, "an absolute URI such as https://example.com/pets/{petId}, or an expression `${ … }`");
  else
    check_template(walk, node, name);
}

// ---- objects ------------------------------------------------------------------------

static struct wf_yaml *copy(struct walk *walk, const struct wf_yaml *node, size_t more) {
  struct arena *arena = walk->loader->definition->arena;
  struct wf_yaml *copied = arena_memdup(arena, node, sizeof *node);
  copied->entries = arena_alloc(arena, (node->count + more + 1) * sizeof *copied->entries);
  if (node->count) memcpy(copied->entries, node->entries, node->count * sizeof *copied->entries);
  return copied;
}

static const struct wf_yaml *words_by_name(struct walk *walk, const struct wf_yaml *node, const char *name,
                                           bool with_values) {
  if (node->kind != WF_YAML_MAPPING) {
    report(walk, node, name, "an object");
    return node;
  }
  struct wf_yaml *copied = copy(walk, node, 0);
  copied->count = 0;
  for (size_t i = 0; i < node->count; i++) {
    if (wf_yaml_is_null(node->entries[i].value)) continue; // as one that an expression gives: it is not sent
    struct wf_yaml_entry *entry = &copied->entries[copied->count++];
    *entry = node->entries[i];
    if (with_values && entry->value->kind != WF_YAML_SCALAR) continue;
    entry->value = word(walk, entry->value, arena_printf(walk->loader->problems.arena, "%s.%s", name, entry->key));
  }
  return copied;
}

static void check_texts(struct walk *walk, const struct wf_yaml *node, const char *name) {
  if (node->kind != WF_YAML_SEQUENCE) report(walk, node, name, "a list of texts");
  for (size_t i = 0; node->kind == WF_YAML_SEQUENCE && i < node->count; i++)
    if (!wf_yaml_is_text(node->entries[i].value)) report(walk, node->entries[i].value, name, "a list of texts");
}

static void note_secret(struct walk *walk, const struct wf_yaml *node) {
  wf_load_secret_name(walk->loader, node);
  if (wf_yaml_is_text(node) && walk->secret_count < SECRETS_MAX)
    walk->secrets[walk->secret_count++] = arena_strdup(walk->loader->definition->arena, node->text);
}

// The policy itself, wherever it stands.
static const struct wf_yaml *policy(struct walk *walk, const struct wf_yaml *node) {
  const struct wf_yaml *use = node->kind == WF_YAML_MAPPING ? wf_yaml_get(node, "use") : NULL;
  if (wf_yaml_is_text(node)) use = node;
  if (use && node->count > 1)
    wf_problem_at(&walk->loader->problems, node, "an authentication has `use` and more: expected one of them");
  if (use) node = wf_load_component(walk->loader, WF_USE_AUTHENTICATIONS, use);
  return node ? walk_form(walk, node, &wf_form_authentication) : use;
}

// That of an OpenAPI or other document to be fetched is not the call's.
static bool is_of_call(const struct walk *walk) {
  bool is_resource = false;
  jv_array_foreach(walk->path, i, key) {
    if (jv_get_kind(key) == JV_KIND_STRING)
      is_resource |= strcmp(jv_string_value(key), "document") == 0 || strcmp(jv_string_value(key), "proto") == 0 ||
                     strcmp(jv_string_value(key), "agentCard") == 0;
    jv_free(key);
  }
  return !is_resource;
}

// An expression for whoever does the action: its jq text. Which variables it mentions is
// told by compiling it.
static const struct wf_yaml *deferred(struct walk *walk, const struct wf_yaml *node, const char *name) {
  const struct wf_expr *expr = wf_load_expression(walk->loader, node, WF_PLACE_TASK, name);
  if (!expr) return node;
  const char *inner = wf_jq_source_unwrap(node->text, walk->loader->definition->arena);
  struct wf_yaml *text = arena_memdup(walk->loader->definition->arena, node, sizeof *node);
  if (inner) text->text = inner;
  text->plain = false;
  return text;
}

// Of the words in its spelling; a copy with `_` where `-` stands for it.
static const struct wf_yaml *grant(struct walk *walk, const struct wf_yaml *node, const struct wf_form_key *key) {
  struct wf_yaml *spelled = arena_memdup(walk->loader->definition->arena, node, sizeof *node);
  char *text = arena_strdup(walk->loader->definition->arena, node->text ? node->text : "");
  if (!strchr(text, ':'))
    for (char *c = text; *c; c++) *c = *c == '-' ? '_' : *c;
  spelled->text = text;
  for (size_t i = 0; node->kind == WF_YAML_SCALAR && key->words[i]; i++)
    if (strcmp(key->words[i], text) == 0) return spelled;
  wf_load_enum(walk->loader, node, key->name, key->words);
  return node;
}

// A text that stands for an object: that of its one member that must be there.
static const struct wf_yaml *short_form(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form) {
  struct arena *arena = walk->loader->definition->arena;
  const struct wf_form_key *key = form->keys;
  while (!key->is_required) key++;
  struct wf_yaml object = *node;
  object.kind = WF_YAML_MAPPING;
  object.count = 1;
  object.entries = arena_memdup(arena, &(struct wf_yaml_entry){key->name, node->line, node->column, node}, sizeof *object.entries);
  return walk_form(walk, arena_memdup(arena, &object, sizeof object), form);
}

// An expression without its `${ }`.
static const struct wf_yaml *wrapped(struct walk *walk, const struct wf_yaml *node) {
  struct wf_yaml *copied = arena_memdup(walk->loader->definition->arena, node, sizeof *node);
  copied->text = arena_printf(walk->loader->definition->arena, "${ %s }", node->text);
  return copied;
}

static const struct wf_yaml *walk_value(struct walk *walk, const struct wf_yaml *node, const struct wf_form_key *key) {
  struct wf_loader *loader = walk->loader;
  bool is_source = is_expression(loader, node);
  switch (key->kind) {
  case WF_FORM_ENUM: wf_load_enum(loader, node, key->name, key->words); return node;
  case WF_FORM_FLAG: wf_load_flag(loader, node, key->name); return node;
  case WF_FORM_COUNT: check_count(walk, node, key); return node;
  case WF_FORM_GRANT: return grant(walk, node, key);
  case WF_FORM_SHORT_FORM: return wf_yaml_is_text(node) ? short_form(walk, node, key->form) : walk_form(walk, node, key->form);
  case WF_FORM_DEFERRED: return deferred(walk, node, key->name);
  case WF_FORM_TASKS:
    wf_problem_at(&loader->problems, node, "`%s` of an AsyncAPI subscription is not supported yet", key->name);
    return node;
  case WF_FORM_FORM: return walk_form(walk, node, key->form);
  case WF_FORM_SECRET: note_secret(walk, node); return node;
  case WF_FORM_AUTHENTICATION: {
    const struct wf_yaml *found = policy(walk, node);
    if (is_of_call(walk)) walk->authentication = found;
    return found;
  }
  default: break;
  }
  if (is_source) return node;
  switch (key->kind) {
  case WF_FORM_TEXT:
  case WF_FORM_SOURCE:
    if (!wf_yaml_is_text(node)) report(walk, node, key->name, "a text");
    break;
  case WF_FORM_HOST:
    if (wf_yaml_is_text(node)) check_host(walk, node, key->name);
    else report(walk, node, key->name, "a host name");
    break;
  case WF_FORM_PATH:
    if (wf_yaml_is_text(node)) check_template(walk, node, key->name);
    else report(walk, node, key->name, "a text");
    break;
  case WF_FORM_WORD: return word(walk, node, key->name);
  case WF_FORM_PARAMETERS:
    if (wf_yaml_is_text(node) && *node->text && !strstr(node->text, "${")) return wrapped(walk, node);
    if (node->kind != WF_YAML_MAPPING) report(walk, node, key->name, "an object, or an expression `${ … }`");
    break;
  case WF_FORM_OBJECT:
  case WF_FORM_TEXT_OR_OBJECT:
    if (node->kind != WF_YAML_MAPPING) report(walk, node, key->name, "an object");
    break;
  case WF_FORM_WORDS_BY_NAME: return words_by_name(walk, node, key->name, false);
  case WF_FORM_VALUES_BY_NAME: return words_by_name(walk, node, key->name, true);
  case WF_FORM_TEXTS_OR_OBJECT:
    if (node->kind == WF_YAML_MAPPING) break;
    check_texts(walk, node, key->name);
    break;
  case WF_FORM_TEXTS: check_texts(walk, node, key->name); break;
  case WF_FORM_DURATION: check_duration(walk, node, key->name); break;
  case WF_FORM_URI: check_uri(walk, node, key->name); break;
  case WF_FORM_URI_OR_FORM:
    if (node->kind == WF_YAML_MAPPING) return walk_form(walk, node, key->form);
    check_uri(walk, node, key->name);
    break;
  default: break;
  }
  return node;
}

// ---- keys and rules -------------------------------------------------------------------

static void check_keys(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form) {
  struct wf_key keys[KEYS_MAX + 1] = {{NULL, 0}};
  size_t count = 0;
  bool is_alone = form->alone && wf_yaml_get(node, form->alone);
  for (const struct wf_form_key *key = form->keys; key->name; key++) {
    if (is_alone && strcmp(key->name, form->alone) != 0) continue;
    keys[count++] = (struct wf_key){key->name, key->is_required ? WF_KEY_REQUIRED : WF_KEY_OPTIONAL};
  }
  if (form->is_open)
    wf_load_open_keys(walk->loader, node, form->what, keys);
  else
    wf_load_keys(walk->loader, node, form->what, keys);
}

// The same under the names of the form.
static const struct wf_yaml *renamed(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form) {
  if (!form->alias || wf_yaml_get(node, form->alias_of)) return node;
  struct wf_yaml *out = copy(walk, node, 0);
  for (size_t i = 0; i < out->count; i++)
    if (strcmp(out->entries[i].key, form->alias) == 0) out->entries[i].key = form->alias_of;
  return out;
}

// "a, b or c"
static const char *list_of(struct walk *walk, const char *const *names) {
  const char *list = names[0];
  for (size_t i = 1; names[i]; i++)
    list = arena_printf(walk->loader->problems.arena, "%s%s%s", list, names[i + 1] ? ", " : " or ", names[i]);
  return list;
}

static size_t count_of(const struct wf_yaml *node, const char *const *names) {
  size_t count = 0;
  for (; *names; names++) count += wf_yaml_get(node, *names) != NULL;
  return count;
}

static void check_rules(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form) {
  struct wf_problem_list *problems = &walk->loader->problems;
  for (int i = 0; i < WF_FORM_RULES && form->one_of[i][0]; i++)
    if (count_of(node, form->one_of[i]) != 1)
      wf_problem_at(problems, node, "%s has %s: expected exactly one of %s", form->what,
                    count_of(node, form->one_of[i]) ? "several of them" : "none of them", list_of(walk, form->one_of[i]));
  if (form->some[0] && !count_of(node, form->some))
    wf_problem_at(problems, node, "%s has none of %s: expected one of them", form->what, list_of(walk, form->some));
  const struct wf_yaml *when = form->if_key ? wf_yaml_get(node, form->when_key) : NULL;
  if (!when || when->kind != WF_YAML_SCALAR) return;
  bool is_wanted = strcmp(when->text, form->when_word) == 0, is_there = wf_yaml_get(node, form->if_key) != NULL;
  if (is_wanted != is_there)
    wf_problem_at(problems, node, "`%s` in %s goes with `%s: %s`: expected %s", form->if_key, form->what, form->when_key,
                  form->when_word, is_wanted ? "both" : "neither");
}

// The variables that the expressions of a subscription mention go along with them.
static void add_variables(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form, struct wf_yaml *out) {
  static const char *const names[] = {"context", "input", "task", "workflow", "runtime", NULL};
  struct arena *arena = walk->loader->definition->arena;
  if (!wf_form_key(form, "filter")) return;
  struct wf_yaml *variables = arena_memdup(arena, node, sizeof *node);
  variables->entries = arena_alloc(arena, sizeof names / sizeof *names * sizeof *variables->entries);
  variables->count = 0;
  const struct wf_yaml *consume = wf_yaml_get(node, "consume");
  for (size_t i = 0; names[i]; i++) {
    const char *wanted = arena_printf(arena, "$%s", names[i]);
    bool is_mentioned = false;
    const struct wf_yaml *texts[] = {wf_yaml_get(node, "filter"), NULL, NULL};
    if (consume && consume->kind == WF_YAML_MAPPING) {
      texts[1] = wf_yaml_get(consume, "while");
      texts[2] = wf_yaml_get(consume, "until");
    }
    for (size_t j = 0; j < sizeof texts / sizeof *texts; j++)
      is_mentioned |= texts[j] && texts[j]->kind == WF_YAML_SCALAR && strstr(texts[j]->text, wanted);
    if (!is_mentioned) continue;
    struct wf_yaml *value = arena_memdup(arena, &(struct wf_yaml){.kind = WF_YAML_SCALAR, .line = node->line, .column = node->column}, sizeof *value);
    value->text = arena_printf(arena, "${ %s }", wanted);
    variables->entries[variables->count++] = (struct wf_yaml_entry){names[i], node->line, node->column, value};
  }
  if (variables->count) out->entries[out->count++] = (struct wf_yaml_entry){"variables", node->line, node->column, variables};
}

static const struct wf_yaml *walk_form(struct walk *walk, const struct wf_yaml *node, const struct wf_form *form) {
  if (!wf_load_is_object(walk->loader, node, form->what)) return node;
  node = renamed(walk, node, form);
  check_keys(walk, node, form);
  check_rules(walk, node, form);
  struct wf_yaml *out = copy(walk, node, 1);
  for (size_t i = 0; i < node->count; i++) {
    struct wf_yaml_entry *entry = &out->entries[i];
    const struct wf_form_key *key = wf_form_key(form, entry->key);
    if (!key) continue;
    walk->path = jv_array_append(walk->path, jv_string(entry->key));
    const struct wf_yaml *value = walk_value(walk, entry->value, key);
    if (value) entry->value = value;
    walk->path = jv_array_slice(walk->path, 0, jv_array_length(jv_copy(walk->path)) - 1);
  }
  add_variables(walk, node, form, out);
  return out;
}

static bool mentions(const struct wf_expr *expr, const char *name) {
  for (int i = 0; i < expr->variable_count; i++)
    if (strcmp(expr->variables[i], name) == 0) return true;
  return false;
}

static const struct wf_yaml *with_extra(struct walk *walk, const struct wf_yaml *node, const struct wf_yaml *extra) {
  if (!extra) return node;
  struct wf_yaml *out = copy(walk, node, extra->count);
  for (size_t i = 0; i < extra->count; i++) out->entries[out->count++] = extra->entries[i];
  return out;
}

void wf_load_form(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_form *form,
                  const struct wf_yaml *extra, struct wf_task_action *action) {
  struct walk walk = {.loader = loader, .path = jv_array(), .templates = jv_array()};
  const struct wf_yaml *checked = walk_form(&walk, node, form);
  if (checked->kind == WF_YAML_MAPPING) {
    action->arguments = wf_load_template(loader, with_extra(&walk, checked, extra), WF_PLACE_TASK);
    if (walk.authentication && mentions(action->arguments, "authorization"))
      action->authentication = wf_load_template(loader, walk.authentication, WF_PLACE_TASK);
  }
  action->form = form;
  action->templates = wf_definition_keep(loader->definition, walk.templates);
  if (walk.secret_count)
    action->secrets = arena_memdup(loader->definition->arena, walk.secrets, (walk.secret_count + 1) * sizeof *walk.secrets);
  jv_free(walk.path);
}

const char *wf_load_endpoint(struct wf_loader *loader, const struct wf_yaml *node) {
  struct walk walk = {.loader = loader, .path = jv_array(), .templates = jv_array()};
  const struct wf_form_key key = {.name = "endpoint", .kind = WF_FORM_URI_OR_FORM, .form = &wf_form_endpoint};
  size_t before = loader->problems.count;
  walk_value(&walk, node, &key);
  jv_free(walk.path);
  jv_free(walk.templates);
  if (node->kind == WF_YAML_MAPPING) node = wf_yaml_get(node, "uri");
  return loader->problems.count == before && node ? wf_load_text(loader, node, "`endpoint`") : NULL;
}

void wf_load_authentication_component(struct wf_loader *loader, const struct wf_yaml *node) {
  struct wf_task_action action = {.function = NULL};
  wf_load_form(loader, node, &wf_form_authentication, NULL, &action);
}
