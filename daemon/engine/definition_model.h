// SPDX-License-Identifier: Apache-2.0
// What is inside a definition. Private to the sources that load, keep and evaluate it.
#pragma once

#include "engine/definition.h"
#include "engine/pinned.h"
#include "engine/program.h"

struct wf_definition {
  struct arena *arena; // keeps the whole model
  const char *space, *name, *version, *title;
  int version_line, version_column;
  jv document;
  jv kept; // array of every value the model borrows
  struct wf_task_list tasks;
  struct wf_data_flow data;
  struct wf_duration timeout;
  const struct wf_event_strategy *trigger;
  const struct wf_schedule *schedule;
  const struct wf_pinned *resources; // read while loading
  size_t resource_count;
  const char **heard; // types of events that its tasks listen for; NULL = any
  size_t heard_count;
  const struct wf_task **by_reference; // ordered, once loaded
  size_t task_count;
  const char *const *secrets; // use.secrets, ends with NULL; NULL = none
  const struct wf_secrets *held; // those that the daemon has; NULL = not known
  struct wf_program program;
};

struct wf_definition *wf_definition_new(void);
// Keeps a value as long as the definition; takes it, returns it borrowed.
jv wf_definition_keep(struct wf_definition *definition, jv value);
// Whether use.secrets lists it; and whether the daemon has it besides.
bool wf_definition_lists_secret(const struct wf_definition *definition, const char *name);
bool wf_definition_holds_secret(const struct wf_definition *definition, const char *name);
// `$secrets`: what it lists and the daemon has. Of a secret of which nothing is known only
// what `expr` mentions. Owned.
jv wf_definition_secrets(const struct wf_definition *definition, const struct wf_expr *expr);
// Makes wf_definition_task() work, once all tasks are there.
void wf_definition_index(struct wf_definition *definition);
