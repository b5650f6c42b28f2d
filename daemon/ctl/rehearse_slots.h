// SPDX-License-Identifier: Apache-2.0
// When a workflow that starts by itself would start, were it published at the start of its
// rehearsal. A rehearsal plays one run of it.
#pragma once

#include <jv.h>

#include "engine/definition.h"

enum { REHEARSE_SLOTS = 3 };

// {"schedule": "every 900s", "next": […]}: the first slots behind `start`, or for `after` the
// one behind a run that ended at `end`; invalid when the definition has no schedule. Owned.
jv rehearse_slots(const struct wf_definition *definition, usec_t start, usec_t end);
