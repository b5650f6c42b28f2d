// SPDX-License-Identifier: Apache-2.0
// Which functions a rehearsal knows besides those of the configuration: those that answers
// are there for. So a definition can be rehearsed where no worker is configured.
#pragma once

#include <stddef.h>

#include "base/arena.h"
#include "ctl/arguments.h"
#include "ctl/rehearse_answers.h"

// Adds the answers' keys that may be names of functions.
void rehearse_functions_of_answers(const struct rehearse_answers *answers, struct argument_list *names);

// Adds the functions that a document's tasks call: with answers, of those tasks that an answer
// names or refers to; with NULL, of all, also of tasks of extensions that never apply. A name
// that is nearly one of the DSL's own calls or of use.functions is a slip and no function, but
// where an answer is for its task. A document that cannot be read adds nothing: whoever loads
// it says why. Names live in the arena.
void rehearse_functions_of_document(const char *document, size_t size, const struct rehearse_answers *answers,
                                    struct arena *arena, struct argument_list *names);
