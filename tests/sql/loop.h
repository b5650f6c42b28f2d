// SPDX-License-Identifier: Apache-2.0
// A turn of the loop in a test, with a bound that ends with the turn: what an earlier
// event_base_loopexit() left behind would end a later one.
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <event2/event.h>

enum { LOOP_BOUND_S = 120 }; // against never: a machine may be slow

static inline void loop_late(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  event_base_loopexit(context, NULL);
}

// Runs the loop until somebody breaks it; `what` is waited for.
static inline void loop_turn(struct event_base *base, const char *what) {
  struct timeval bound = {LOOP_BOUND_S, 0};
  struct event *late = evtimer_new(base, loop_late, base);
  event_add(late, &bound);
  event_base_dispatch(base);
  event_free(late);
  if (event_base_got_exit(base)) fail_msg("%s: nothing happened for %d s", what, LOOP_BOUND_S);
}
