// SPDX-License-Identifier: Apache-2.0
// The workflows that a rehearsed one runs as children, where nobody names their files: those
// that lie beside it. Other files of its folder are none of the rehearsal's business.
#pragma once

#include "base/arena.h"
#include "ctl/arguments.h"
#include "ctl/document.h"

// Adds the paths of the files *.yaml, *.yml and *.json in the folder of the first document
// that hold a workflow which one of the documents runs (`run: workflow`) and which is none of
// them; in the order of their names, each once. What cannot be read, or is no workflow, is not
// looked at. Paths live in the arena.
void rehearse_folder_find(const struct document *documents, size_t count, struct arena *arena, struct argument_list *paths);
