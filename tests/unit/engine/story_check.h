// SPDX-License-Identifier: Apache-2.0
// The two halves of a story that follow each decision; see story.h.
#pragma once

#include "story.h"

// Writes the last decision into the transcript, the stored events and the read tables.
void story_record(struct story *story);
// Checks what must always be true; fails the test when it is not.
void story_prove(struct story *story);
// A snapshot of every prefix of the events so far, and the rest folded into it, make the
// run; fails the test when one does not.
void story_prove_prefixes(const struct story *story);
