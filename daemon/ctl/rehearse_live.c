// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_live.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/xalloc.h"
#include "engine/secret.h"
#include "io/http_waiter.h"

struct rehearse_live {
  struct http_waiter *waiter;
};

// There are no secrets: a call that needs one fails.
static char *reveal_nothing(void *user, const char *text) {
  (void)user;
  const char *reference, *end;
  size_t size;
  return wf_secret_find(text, &reference, &size, &end) ? NULL : xstrdup(text);
}

int rehearse_live_new(struct secrets *secrets, struct rehearse_live **ret_live) {
  static const char *const everything[] = {"0.0.0.0/0", "::/0"};
  struct http_waiter *waiter;
  char *problem = NULL;
  const struct http_caller_config config = {.allow = everything,
                                            .allow_count = 2,
                                            .reveal = secrets ? secrets_reveal : reveal_nothing,
                                            .secret = secrets ? secrets_policy : NULL,
                                            .user = secrets};
  if (http_waiter_new(&config, &waiter, &problem) < 0) {
    fprintf(stderr, "workflowctl rehearse: --live-http: %s\n", problem);
    free(problem);
    return -WF_EIO;
  }
  *ret_live = xcalloc(1, sizeof **ret_live);
  (*ret_live)->waiter = waiter;
  return 0;
}

void rehearse_live_free(struct rehearse_live *live) {
  if (!live) return;
  http_waiter_free(live->waiter);
  free(live);
}

struct asked {
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
}

struct rehearse_answer rehearse_live_ask(struct rehearse_live *live, const struct rehearse_live_call *call, struct arena *arena) {
  struct asked asked = {.arena = arena};
  struct http_call http = {.kind = call->is_openapi ? HTTP_CALL_OPENAPI : HTTP_CALL_HTTP,
                           .with = call->with,
                           .idempotency_key = call->key,
                           .timeout = call->timeout};
  usec_t began = clock_boottime();
  http_waiter_call(live->waiter, &http, on_answer, &asked);
  return (struct rehearse_answer){.delay = clock_boottime() - began, .result = asked.result};
}
