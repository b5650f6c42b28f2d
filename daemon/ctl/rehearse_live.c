// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_live.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/fault.h"
#include "io/http_caller.h"

struct rehearse_live {
  struct event_base *loop;
  struct http_caller *caller;
};

int rehearse_live_new(struct rehearse_live **ret_live) {
  static const char *const everything[] = {"0.0.0.0/0", "::/0"};
  struct rehearse_live *live = xcalloc(1, sizeof *live);
  live->loop = event_base_new();
  char *problem = NULL;
  int code = live->loop ? http_caller_new(live->loop, &(struct http_caller_config){.allow = everything, .allow_count = 2}, &live->caller, &problem)
                        : -WF_EIO;
  if (code == 0) {
    *ret_live = live;
    return 0;
  }
  fprintf(stderr, "workflowctl rehearse: --live-http: %s\n", problem ? problem : "no loop of events can be made");
  free(problem);
  live->caller = NULL;
  rehearse_live_free(live);
  return -WF_EIO;
}

void rehearse_live_free(struct rehearse_live *live) {
  if (!live) return;
  http_caller_free(live->caller);
  if (live->loop) event_base_free(live->loop);
  free(live);
}

struct asked {
  struct rehearse_live *live;
  struct arena *arena;
  struct wf_result result;
};

static const char *kept(const struct asked *asked, const char *text) { return text ? arena_strdup(asked->arena, text) : NULL; }

static void on_answer(void *user, const struct http_answer *answer) {
  struct asked *asked = user;
  asked->result = (struct wf_result){.completed = answer->completed,
                                     .output = answer->completed ? jv_copy(answer->output) : jv_invalid(),
                                     .error_type = kept(asked, answer->error_type),
                                     .error_title = kept(asked, answer->error_title),
                                     .error_detail = kept(asked, answer->error_detail),
                                     .detail_internal = kept(asked, answer->detail_internal),
                                     .error_status = answer->error_status,
                                     .retryable = answer->retryable,
                                     .retry_after = answer->retry_after};
  event_base_loopbreak(asked->live->loop);
}

struct rehearse_answer rehearse_live_ask(struct rehearse_live *live, const struct rehearse_live_call *call, struct arena *arena) {
  struct asked asked = {live, arena, {.output = jv_invalid(), .error_type = wf_error_type(WF_ERROR_COMMUNICATION), .retryable = true}};
  struct http_call http = {.kind = call->is_openapi ? HTTP_CALL_OPENAPI : HTTP_CALL_HTTP,
                           .with = call->with,
                           .idempotency_key = call->key,
                           .timeout = call->timeout};
  struct http_ticket *ticket;
  usec_t began = clock_boottime();
  // One call at a time is never too many.
  if (http_caller_start(live->caller, &http, on_answer, &asked, &ticket) == 0) event_base_loop(live->loop, EVLOOP_NO_EXIT_ON_EMPTY);
  return (struct rehearse_answer){.delay = clock_boottime() - began, .result = asked.result};
}
