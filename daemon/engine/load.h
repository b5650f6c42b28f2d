// SPDX-License-Identifier: Apache-2.0
// Between the sources that load a definition (load*.c): each reads one part of the
// document's tree into the model, and reports what is wrong without stopping.
// What they return when there were problems is not used: a document with a problem
// does not load.
#pragma once

#include "engine/definition_model.h"
#include "engine/form.h"
#include "engine/kind.h"
#include "engine/yaml.h"

// What a runtime expression may mention, by where it stands (dsl.md, "Runtime
// expression arguments"). Names of catches come on top of it.
enum wf_place {
  WF_PLACE_EVENT, // schedule.on: nothing but the event's data
  WF_PLACE_WORKFLOW_INPUT,
  WF_PLACE_WORKFLOW_OUTPUT,
  WF_PLACE_TASK_INPUT, // `if`, input.from
  WF_PLACE_TASK,       // the task itself, and output.as
  WF_PLACE_TASK_EXPORT,
};

// A name that what is around gives to a value: a catch to its error, a loop to its item.
struct wf_bound_name {
  const char *name;
  const struct wf_bound_name *outer;
};

// A component under `use` and whether anything names it.
struct wf_component {
  const char *name;
  const struct wf_yaml *node;
  bool used;
};

enum wf_component_kind { WF_USE_AUTHENTICATIONS, WF_USE_ERRORS, WF_USE_FUNCTIONS, WF_USE_RETRIES, WF_USE_TIMEOUTS, WF_USE_KINDS };

// Whose extension is being loaded.
enum wf_extending { WF_EXTENDING_NOTHING, WF_EXTENDING_TASK, WF_EXTENDING_EXTENSION };

struct wf_extension; // of load_extension.c

struct wf_loader {
  struct wf_definition *definition;
  const struct wf_catalog *catalog;
  const struct wf_pinned *pinned; // what the document carries
  size_t pinned_count;
  struct wf_problem_list problems;
  struct {
    struct wf_component *items;
    size_t count;
  } use[WF_USE_KINDS];
  struct wf_pinned *catalogs; // name and URI of use.catalogs
  size_t catalog_count;
  const struct wf_yaml *arguments; // the task that a call of a function begins with
  const struct wf_bound_name *arguments_names; // what is around the call
  const char *instance; // of tasks inside a function, or NULL
  struct wf_extension *extensions;
  size_t extension_count;
  enum wf_extending extending;
  const struct wf_task *extended; // the task whose extension is loaded, or NULL
  const struct wf_bound_name *bound_names;
  const struct wf_bound_name *functions; // of the definition, being loaded
  int task_count;
  bool is_loose;   // evaluate.mode
  int loose_count; // texts that had to be compiled to know whether they are expressions
};

// ---- keys and plain values (load_keys.c)

enum wf_key_rule { WF_KEY_OPTIONAL, WF_KEY_REQUIRED };

struct wf_key {
  const char *name;
  enum wf_key_rule rule;
};

// Whether `node` is an object; checks its keys against the table, which ends with a
// NULL name. `what` names the node in problems: "a retry policy".
bool wf_load_keys(struct wf_loader *loader, const struct wf_yaml *node, const char *what, const struct wf_key *keys);
// The same of an object in which the schema lets anything stand: a key that is near one of
// the table is a slip, any other is warned about, since it says nothing.
bool wf_load_open_keys(struct wf_loader *loader, const struct wf_yaml *node, const char *what, const struct wf_key *keys);
bool wf_load_is_object(struct wf_loader *loader, const struct wf_yaml *node, const char *what);
// The text of a scalar in the definition's arena, or NULL after a problem.
const char *wf_load_text(struct wf_loader *loader, const struct wf_yaml *node, const char *what);
// The JSON value, kept by the definition.
jv wf_load_json(struct wf_loader *loader, const struct wf_yaml *node);
// ", did you mean `x`?", or "".
const char *wf_load_near_miss(struct wf_loader *loader, const char *word, const char *const *candidates, size_t count);

// ---- expressions and durations (load_value.c)

// A key that is an expression by definition: `${ }` around it is optional.
const struct wf_expr *wf_load_expression(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                         const char *what);
// Whether an expression there may use the variable `$name`.
bool wf_load_is_variable(const struct wf_loader *loader, enum wf_place place, const char *name, size_t size);
// Any value. A text of the form `${ … }` in it is an expression, `${ … }` inside a text a
// piece of it; in loose mode a text without is one too when jq takes it, and stays a text
// when that fails.
const struct wf_expr *wf_load_template(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place);
// input.from, output.as, export.as, set: an expression, an object with some in it, or a text
// with `${ … }` inside.
const struct wf_expr *wf_load_transform(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                        const char *what);
// What `with` of an event filter fixes: filter->fixed. (load_fixed.c)
struct wf_event_filter;
void wf_load_fixed(struct wf_loader *loader, const struct wf_yaml *with, enum wf_place place, struct wf_event_filter *filter);
// `input`, `output` and, of a task, `export` of `node`. (load_schema.c)
void wf_load_data_flow(struct wf_loader *loader, const struct wf_yaml *node, bool is_task, struct wf_data_flow *flow);
struct wf_duration wf_load_duration(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                    const char *what);
// `timeout`: {after: …}, or the name of one under `use`.
struct wf_duration wf_load_timeout(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place);
struct wf_duration wf_load_timeout_component(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place);

// ---- external resources (load_resource.c)

// The URI of an external resource, NULL after a problem. It may be an expression, which
// nothing is found for.
const char *wf_load_external(struct wf_loader *loader, const struct wf_yaml *node, const char *what);
// Its text, or NULL when it is not there: what depends on it is an error when it is used.
const char *wf_load_resource(struct wf_loader *loader, const char *uri);
// The text as a tree whose every node stands at `at`; NULL after a problem.
const struct wf_yaml *wf_load_resource_tree(struct wf_loader *loader, const char *uri, const char *text,
                                            const struct wf_yaml *at);

// ---- parts of the document

// The component that a text names, marked as used; NULL after a problem. (load_use.c)
const struct wf_yaml *wf_load_component(struct wf_loader *loader, enum wf_component_kind kind,
                                        const struct wf_yaml *name);
void wf_load_use(struct wf_loader *loader, const struct wf_yaml *node);
// Checks the components that nothing names.
void wf_load_unused(struct wf_loader *loader);
// every, cron, after; NULL when there is none of them, or after a problem. (load_schedule.c)
const struct wf_schedule *wf_load_timing(struct wf_loader *loader, const struct wf_yaml *node);
const struct wf_event_strategy *wf_load_schedule(struct wf_loader *loader, const struct wf_yaml *node);

// `foreach` of the arguments of an AsyncAPI call, or NULL; a call with one, as tasks.
// (load_subscription.c)
const struct wf_yaml *wf_load_foreach_of(const struct wf_yaml *with);
void wf_load_subscription(struct wf_loader *loader, const struct wf_yaml *with, struct wf_task *task);

// `use.catalogs`. (load_catalog.c)
void wf_load_catalogs(struct wf_loader *loader, const struct wf_yaml *node);
// Whether a call's name is NAME:VERSION@CATALOG or a URI.
bool wf_load_is_cataloged(const char *name);
// Its file as a tree, or NULL when it is not there, or after a problem.
const struct wf_yaml *wf_load_cataloged(struct wf_loader *loader, const struct wf_yaml *call, const char *name);
// One that is not there: by workers, under its full name.
const struct wf_function *wf_load_foreign(struct wf_loader *loader, const char *name);
// What it is called in references: "log" for log:1.0.0@global and …/log/1.0.0/function.yaml.
const char *wf_load_function_name(struct wf_loader *loader, const char *name);

// `use.extensions`, before any task. (load_extension.c)
void wf_load_extensions(struct wf_loader *loader, const struct wf_yaml *node);
// Puts a loaded task, written as of `kind`, into the lists of the extensions that apply.
void wf_load_extend(struct wf_loader *loader, const struct wf_yaml *node, enum wf_task_kind kind, struct wf_task *task);
// Checks the extensions that applied to nothing.
void wf_load_unused_extensions(struct wf_loader *loader);

// The name of a variable under `key` of `node`, or `standard` when there is none. (load_try.c)
const char *wf_load_variable(struct wf_loader *loader, const struct wf_yaml *node, const char *key,
                             const char *standard);

// Loops and forks. (load_for.c, load_fork.c)
void wf_load_for(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
void wf_load_fork(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// A list of tasks. `reference` is its JSON pointer. (load_task.c)
struct wf_task_list wf_load_tasks(struct wf_loader *loader, const struct wf_yaml *node, const char *reference);
void wf_load_do(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
void wf_load_set(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
void wf_load_wait(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// The same of a fork: no task of it goes to another.
struct wf_task_list wf_load_branches(struct wf_loader *loader, const struct wf_yaml *node, const char *reference);

// What `secrets` lists, and whether a name is listed. (load_secrets.c)
void wf_load_secrets(struct wf_loader *loader, const struct wf_yaml *node);
// Notes the secrets that an expression mentions by name: adds paths to `list`.
struct wf_secret_list {
  const char *const **paths;
  size_t count, capacity;
};
void wf_load_secret_mentions(struct wf_loader *loader, const char *source, struct wf_secret_list *list);
// The name of a secret that stands where no expression may: nothing that is near one listed
// and is none.
void wf_load_secret_name(struct wf_loader *loader, const struct wf_yaml *node);

// The URI of an endpoint, a text or an object, checked with its authentication; NULL after a
// problem. It may be an expression.
const char *wf_load_endpoint(struct wf_loader *loader, const struct wf_yaml *node);
// Checks `node` against a form and compiles it into `action`: its arguments, the templates
// and secrets in them. `extra` are members more, after those of the node; its keys are not
// checked. (load_form.c)
void wf_load_form(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_form *form,
                  const struct wf_yaml *extra, struct wf_task_action *action);
void wf_load_authentication_component(struct wf_loader *loader, const struct wf_yaml *node);
// Text of the enumeration, false or true: one of a process's own keys.
bool wf_load_enum(struct wf_loader *loader, const struct wf_yaml *node, const char *name, const char *const *words);
bool wf_load_flag(struct wf_loader *loader, const struct wf_yaml *node, const char *name);

// The function and arguments of a `call`. (load_call.c)
void wf_load_call(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
void wf_load_function_component(struct wf_loader *loader, const char *name, const struct wf_yaml *node);
// The workflow that a task runs. (load_child.c)
void wf_load_child(struct wf_loader *loader, const struct wf_yaml *node, struct wf_task_action *action);
// What a worker runs, or a workflow. (load_run.c)
void wf_load_run(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// Which events are wanted; `what` names the node in problems. (load_strategy.c)
struct wf_event_strategy wf_load_strategy(struct wf_loader *loader, const struct wf_yaml *node, enum wf_place place,
                                          const char *what);
// (load_listen.c)
void wf_load_listen(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// Whether an attribute of that name is a text in every event. (load_emit.c)
bool wf_load_is_event_text(const char *name);
// The event of an `emit`.
void wf_load_emit(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// Where a `then` goes, among the tasks of `list`. (load_flow.c)
struct wf_flow wf_load_flow(struct wf_loader *loader, const struct wf_yaml *node, const struct wf_yaml *list);
void wf_load_switch(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);

// Written as a URI with `{name}` in it, and not as an expression. Takes NULL. (load_error.c)
bool wf_load_is_uri_template(const struct wf_yaml *node);

// raise, try, catch, retry. (load_error.c, load_try.c, load_retry.c)
void wf_load_raise(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
struct wf_error_model wf_load_error_model(struct wf_loader *loader, const struct wf_yaml *node);
void wf_load_try(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task);
const struct wf_retry *wf_load_retry(struct wf_loader *loader, const struct wf_yaml *node);
const struct wf_retry *wf_load_retry_policy(struct wf_loader *loader, const struct wf_yaml *node);
