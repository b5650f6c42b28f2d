// SPDX-License-Identifier: Apache-2.0
// The folder of definitions: what stands in it is published when the daemon starts and
// at each reload. A file that does not load is refused by name, line and column, and the
// others serve. Removing a file removes nothing: the table is the truth.
#pragma once

#include "engine/definition.h"
#include "job/job.h"

// Reads *.yaml, *.yml and *.json of the folder, in the order of their names. A folder
// that is not there is an empty one.
void definitions_publish(struct job *job, const char *folder, const struct wf_catalog *catalog);
