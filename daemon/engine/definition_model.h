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
  const struct wf_event_filter *trigger;
  const struct wf_schedule *schedule;
  const struct wf_pinned *resources; // read while loading
  size_t resource_count;
  const struct wf_task **by_reference; // ordered, once loaded
  size_t task_count;
  struct wf_program program;
};

struct wf_definition *wf_definition_new(void);
// Keeps a value as long as the definition; takes it, returns it borrowed.
jv wf_definition_keep(struct wf_definition *definition, jv value);
// Makes wf_definition_task() work, once all tasks are there.
void wf_definition_index(struct wf_definition *definition);
