// SPDX-License-Identifier: Apache-2.0
// A workflow definition, loaded and checked: the CNCF Serverless Workflow DSL 1.0
// (dsl-reference.md) as far as this engine runs it. Loading refuses, by name, file,
// line and column, everything that is not in this model, all problems at once;
// what loads will run. A loaded definition never changes and has no I/O in it.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/clock.h"
#include "engine/duration.h"
#include "engine/problem.h"
#include "engine/schedule.h"

// ---- what the definition may call -------------------------------------------

// Who does it: a worker, or the daemon itself.
enum wf_native {
  WF_BY_WORKER,
  WF_NATIVE_HTTP,
  WF_NATIVE_OPENAPI,
  WF_NATIVE_CHILD, // a run of the workflow that the arguments name; it has no deadline
};

// What an action asks for: a function that workers do, declared in the config (the DSL's
// default catalog), or one that the DSL itself has (wf_catalog_standard()).
struct wf_function {
  const char *name;
  const char *topic;    // where its ActionRequests go; NULL when it is native
  usec_t timeout;       // start-to-close, > 0
  usec_t heartbeat;     // longest silence, 0 = none expected
  enum wf_native native;
  bool is_default;      // its timeout is for tasks without one: theirs may be longer
};

// Where to read what a definition refers to by URI.
struct wf_resources {
  // Returns 0 and the text, in the arena, or an error when there is none.
  int (*read)(void *context, const char *uri, struct arena *arena, const char **ret_text);
  void *context;
};

struct wf_catalog {
  const struct wf_function *functions;
  size_t count;
  // Time zones of cron expressions; none: only UTC is known, by no name.
  const struct wf_zones *zones;
  const char *timezone; // of an expression that names none; NULL = UTC
  // For whoever publishes; NULL = what the document does not carry (pinned.h) is not there.
  const struct wf_resources *resources;
  // What `$secrets` shows; NULL = not known here: every declared secret is there.
  const struct wf_secrets *secrets;
};

const struct wf_function *wf_catalog_find(const struct wf_catalog *catalog, const char *name);
// The function that the DSL's own calls and processes ask for: "http", "openapi", "grpc",
// "asyncapi", "a2a", "mcp", "container", "script", "shell". As the catalog has it, else as
// it is without a word of the config: a minute for those of the daemon, an hour for those
// of workers, over the topic of most functions.
const struct wf_function *wf_catalog_standard(const struct wf_catalog *catalog, const char *name);
// What `run: workflow` asks for.
extern const struct wf_function wf_function_child;

// ---- the model --------------------------------------------------------------

// A value of the document that may hold runtime expressions (`${ … }`), compiled
// into one jq expression, or a constant when there is none.
struct wf_expr {
  int index;    // of the definition's program; -1 = constant
  bool inline_safe; // may run in this process (design: paths, literals, comparisons, …)
  jv constant;  // valid when index is -1
  const char *source; // for error texts; NULL of an object or a list with expressions in it
  // The variables it mentions, without `$`: "context", "input", …, a catch's `as`,
  // and "now". Others need not be given to wf_expr_evaluate().
  const char *const *variables;
  int variable_count;
  // The secrets it mentions by name, as paths ("db", "password", NULL), and their number.
  const char *const *const *secrets;
  int secret_count;
};

// Inline `{hours: 2}`, ISO 8601 text, or an expression giving a duration, or, for
// wait, an RFC 3339 instant.
struct wf_duration {
  bool set;
  const struct wf_expr *expr; // NULL when constant
  struct wf_span constant;
};

// A JSON Schema that loading has found to be one (engine/json_schema.h).
struct wf_schema {
  const char *text; // JSON; NULL = it was not there when the definition was published
  const char *uri;  // of a resource, else NULL
  uint64_t hash;    // of the text, for whoever keeps it compiled
};

// `input` `output` `export`; NULL = as it is, and anything is valid.
struct wf_data_flow {
  const struct wf_expr *input_from, *output_as, *export_as;
  const struct wf_schema *input_schema, *output_schema, *export_schema;
};

struct wf_error_model { // the DSL's error, each part a constant or an expression
  const struct wf_expr *type, *status, *title, *detail, *instance;
  bool type_is_template; // a URI template, to be filled by the task's input
};

enum wf_backoff { WF_BACKOFF_CONSTANT, WF_BACKOFF_LINEAR, WF_BACKOFF_EXPONENTIAL };

struct wf_retry {
  const struct wf_expr *when, *except_when; // NULL = no condition
  struct wf_duration delay;                 // unset = none
  enum wf_backoff backoff;
  struct wf_duration increment; // linear: added per retry; unset = delay itself
  double factor;                // exponential; default 2
  int attempts_max;             // limit.attempt.count and the first: tries in all, 0 = no limit
  struct wf_duration attempt_duration_max, duration_max; // limit.attempt.duration, limit.duration
  struct wf_duration jitter_from, jitter_to;
};

// `then`: what comes after a task.
enum wf_flow_kind { WF_FLOW_CONTINUE, WF_FLOW_EXIT, WF_FLOW_END, WF_FLOW_TASK };
struct wf_flow {
  enum wf_flow_kind kind;
  int index; // WF_FLOW_TASK: index in the same list
};

struct wf_task_list {
  struct wf_task *tasks;
  int count;
  const char *reference; // JSON pointer of the list: "/do", "/do/1/retryPay/try"
};

struct wf_switch_case {
  const char *name;
  const struct wf_expr *when; // NULL = default
  struct wf_flow then;
};

// Each has a row in kind.c.
struct wf_listen;

enum wf_task_kind {
  WF_TASK_CALL,
  WF_TASK_DO,
  WF_TASK_EMIT,
  WF_TASK_FOR,
  WF_TASK_FORK,
  WF_TASK_LISTEN,
  WF_TASK_RAISE,
  WF_TASK_RUN,
  WF_TASK_SET,
  WF_TASK_SWITCH,
  WF_TASK_TRY,
  WF_TASK_WAIT,
  WF_TASK_KINDS
};

// What a task has to do with an extension; the layout is in load_extension.c.
enum wf_role {
  WF_ROLE_TASK,
  WF_ROLE_EXTENDED, // the list around an extended task
  WF_ROLE_BEFORE,   // a list in it, which gives what it takes, unless `exit` ends it: then that
  WF_ROLE_AFTER,    // ends the list around too
};

// `return`: what of a process's result is the task's output.
enum wf_return { WF_RETURN_ALL_OF_IT, WF_RETURN_STDOUT, WF_RETURN_STDERR, WF_RETURN_CODE, WF_RETURN_ALL, WF_RETURN_NONE };

struct wf_form;

// What is asked of whoever does it. The arguments are those of `form` when there is one
// (engine/form.h), else any object.
struct wf_task_action {
  const struct wf_function *function;
  const struct wf_expr *arguments; // NULL = {}
  const struct wf_form *form;
  // URI templates among the arguments: where, as arrays of keys; an array.
  jv templates;
  // Its authentication by itself, when the arguments mention $authorization.
  const struct wf_expr *authentication;
  const char *const *secrets; // that policies name, ends with NULL; NULL = none
  enum wf_return returns;
  bool is_unawaited; // `await: false`
};

struct wf_task {
  enum wf_task_kind kind;
  enum wf_role role;
  bool is_inner;                  // it is extended: a switch in it leads out of the list around
  const struct wf_task *extended; // in an extension: the task that `$task` is
  const char *name;       // as written: the key in its list
  const char *reference;  // JSON pointer with index and name, "/do/2/callLead"
  const char *instance;   // of its errors: the reference, but inside a function that of the call
  const char *title;      // metadata.title, or NULL
  const char *type;       // metadata.type, a word for what it is to people; or NULL
  jv metadata;            // object or null
  jv definition;          // the task as parsed, for $task.definition
  const struct wf_expr *condition; // `if`
  struct wf_data_flow data;
  struct wf_duration timeout; // `timeout.after`
  struct wf_flow then;
  union {
    struct wf_task_action call; // call, and run of what a worker runs
    struct wf_task_list list;                    // do
    struct {
      const char *each, *at;           // names of the variables; default "item" and "index"
      const struct wf_expr *in, *holds; // holds: `while`, NULL = always
      struct wf_task_list list;
    } loop; // for
    struct { struct wf_task_list branches; bool compete; } fork;
    struct { struct wf_error_model error; } raise;
    const struct wf_expr *set;
    const struct wf_listen *listen; // strategy.h
    struct {
      const struct wf_expr *with; // the event's attributes, data among them
      const char *templates[3];   // of source and dataschema those that are URI templates, to be filled by the task's input
    } emit;
    struct { struct wf_switch_case *cases; int count; } branch;
    struct wf_duration wait;
    struct {
      struct wf_task_list try_list;
      const struct wf_expr *error_type, *error_status, *error_title, *error_detail, *error_instance; // errors.with
      const char *error_as; // default "error"
      const struct wf_expr *when, *except_when;
      const struct wf_retry *retry; // NULL = none
      struct wf_task_list catch_list; // count 0 = none
      bool has_then;                  // `then` of the catch, which goes before the task's own
      struct wf_flow then;
    } try_catch;
  };
};

struct wf_event_strategy; // strategy.h
struct wf_definition;

const char *wf_definition_namespace(const struct wf_definition *definition);
const char *wf_definition_name(const struct wf_definition *definition);
const char *wf_definition_version(const struct wf_definition *definition);
// Where the version stands in the document, from 1: for whoever refuses it.
void wf_definition_version_place(const struct wf_definition *definition, int *ret_line, int *ret_column);
const char *wf_definition_title(const struct wf_definition *definition); // or NULL
// The document as parsed, for $workflow.definition; borrowed.
jv wf_definition_document(const struct wf_definition *definition);
const struct wf_task_list *wf_definition_tasks(const struct wf_definition *definition);
const struct wf_data_flow *wf_definition_data(const struct wf_definition *definition);
struct wf_duration wf_definition_timeout(const struct wf_definition *definition);
// NULL when the document has no `schedule.on`.
const struct wf_event_strategy *wf_definition_trigger(const struct wf_definition *definition);
// NULL when the document has none of `schedule.every`, `cron` and `after`.
const struct wf_schedule *wf_definition_schedule(const struct wf_definition *definition);
// The document to publish: with what was read of the catalog's resources behind it, in the
// arena.
const char *wf_definition_pin(const struct wf_definition *definition, const char *document, size_t size,
                              struct arena *arena, size_t *ret_size);
// The types of events that tasks of it may listen for, *ret_count of them; may repeat. NULL
// among them: of any type.
const char *const *wf_definition_heard(const struct wf_definition *definition, size_t *ret_count);
// The task at a reference, or NULL.
const struct wf_task *wf_definition_task(const struct wf_definition *definition, const char *reference);

// ---- loading ----------------------------------------------------------------

// Bytes of a document; collections within collections (a task within a task takes
// three); tasks in all; bytes of a task's reference.
enum { WF_DOCUMENT_MAX = 1 << 20, WF_NESTING_MAX = 32, WF_TASKS_MAX = 1000, WF_REFERENCE_MAX = 4096 };

// Loads one YAML 1.2 or JSON document of `size` bytes. Anchors, aliases, tags and a
// second document are refused. On success returns 0, a definition the caller frees, and
// warnings; otherwise -WF_EINVAL and at least one problem that is none. The catalog must
// outlive the definition.
int wf_definition_load(const char *document, size_t size, const struct wf_catalog *catalog, struct arena *arena,
                       struct wf_definition **ret_definition, struct wf_problems *ret_problems);
void wf_definition_free(struct wf_definition *definition); // takes NULL
