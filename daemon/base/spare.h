// SPDX-License-Identifier: Apache-2.0
// Memory that was freed goes back to the system once work has paused. Left alone, malloc
// keeps what a burst needed: the pages lie between others that live on, and only the top
// of the heap is ever given back.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"

#define SPARE_PAUSE (5 * USEC_PER_SEC)

// Zero-initialise it.
struct spare {
  uint64_t work; // as told last
  usec_t since;  // boottime since when that has not changed
  bool given;
};

// Told now and then how much work was done since the start, in any unit. When that has
// not changed for SPARE_PAUSE, gives back what is free, once a pause; it takes some
// milliseconds after a burst. Returns whether it did so now.
bool spare_give_back(struct spare *spare, uint64_t work, usec_t now);
