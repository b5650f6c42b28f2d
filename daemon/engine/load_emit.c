// SPDX-License-Identifier: Apache-2.0
// `emit`: the CloudEvent that a task sends.
#include "engine/load.h"

// Beside `with` the schema lets anything stand under `event`; it says nothing of it.
void wf_load_emit(struct wf_loader *loader, const struct wf_task_source *source, struct wf_task *task) {
  static const struct wf_key KEYS[] = {{"event", WF_KEY_REQUIRED}, {NULL, 0}};
  const struct wf_yaml *event = NULL;
  if (wf_load_keys(loader, source->part, "`emit`", KEYS)) event = wf_yaml_get(source->part, "event");
  if (!event || !wf_load_is_object(loader, event, "`event`")) return;
  const struct wf_yaml *with = wf_yaml_get(event, "with");
  if (!with) {
    wf_problem_at(&loader->problems, event, "`event` lacks `with`: expected the event's attributes, at least source and type");
    return;
  }
  if (!wf_load_is_object(loader, with, "`with`")) return;
  static const char *const REQUIRED[] = {"source", "type"};
  for (int i = 0; i < 2; i++)
    if (!wf_yaml_get(with, REQUIRED[i]))
      wf_problem_at(&loader->problems, with, "the event lacks `%s`: expected source and type, as CloudEvents do",
                    REQUIRED[i]);
  task->emit.with = wf_load_template(loader, with, WF_PLACE_TASK);
  static const char *const URIS[] = {"source", "dataschema"};
  for (int i = 0, count = 0; i < 2; i++)
    if (wf_load_is_uri_template(wf_yaml_get(with, URIS[i]))) task->emit.templates[count++] = URIS[i];
}
