// SPDX-License-Identifier: Apache-2.0
#include "io/http_waiter.h"

#include <stdlib.h>

#include "base/xalloc.h"

struct http_waiter {
  struct event_base *loop;
  struct http_caller *caller;
};

int http_waiter_new(const struct http_caller_config *config, struct http_waiter **ret_waiter, char **ret_error) {
  struct event_base *loop = event_base_new();
  if (!loop) {
    *ret_error = xstrdup("no loop of events can be made");
    return -WF_EIO;
  }
  struct http_caller *caller;
  int code = http_caller_new(loop, config, &caller, ret_error);
  if (code < 0) {
    event_base_free(loop);
    return code;
  }
  struct http_waiter *waiter = xcalloc(1, sizeof *waiter);
  *waiter = (struct http_waiter){loop, caller};
  *ret_waiter = waiter;
  return 0;
}

void http_waiter_free(struct http_waiter *waiter) {
  if (!waiter) return;
  http_caller_free(waiter->caller);
  event_base_free(waiter->loop);
  free(waiter);
}

struct waiting {
  struct event_base *loop;
  http_answer_fn *answer;
  void *user;
};

static void on_answer(void *user, const struct http_answer *answer) {
  struct waiting *waiting = user;
  waiting->answer(waiting->user, answer);
  event_base_loopbreak(waiting->loop);
}

void http_waiter_call(struct http_waiter *waiter, const struct http_call *call, http_answer_fn *answer, void *user) {
  struct waiting waiting = {waiter->loop, answer, user};
  struct http_ticket *ticket;
  // The only call is never one too many.
  WF_ASSERT(http_caller_start(waiter->caller, call, on_answer, &waiting, &ticket) == 0);
  event_base_loop(waiter->loop, EVLOOP_NO_EXIT_ON_EMPTY);
}
