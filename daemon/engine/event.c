// SPDX-License-Identifier: Apache-2.0
#include "engine/event.h"

#include <stddef.h>
#include <string.h>

static const char *const type_names[] = {[WF_EVENT_NONE] = "",
#define X(name, text) [WF_##name] = text,
                                         WF_EVENT_TYPES(X)
#undef X
};

enum { TYPE_COUNT = sizeof type_names / sizeof *type_names };

const char *wf_event_type_name(enum wf_event_type type) { return (size_t)type < TYPE_COUNT ? type_names[type] : ""; }

enum wf_event_type wf_event_type_parse(const char *name) {
  for (int i = WF_EVENT_NONE + 1; i < TYPE_COUNT; i++)
    if (strcmp(type_names[i], name) == 0) return (enum wf_event_type)i;
  return WF_EVENT_NONE;
}
