// SPDX-License-Identifier: Apache-2.0
// A rehearsal for people: each run's timeline with its virtual times, then how it ended or
// what it waits for.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "ctl/rehearse_world.h"

void rehearse_draw(const struct rehearse_record *record, enum rehearse_end end, bool ascii, FILE *out);

// Events that came and why they were not it, a line each: as rehearse_why_say() has them.
void rehearse_draw_rejected(jv rejected, FILE *out);

// Why it did not go on, and what would help: one line each. Nothing when it ended.
void rehearse_draw_wants(const struct rehearse_record *record, enum rehearse_end end, FILE *out);
