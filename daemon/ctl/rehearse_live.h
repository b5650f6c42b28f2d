// SPDX-License-Identifier: Apache-2.0
// Calls over HTTP that a rehearsal really makes (`--live-http`), by the client that the daemon
// has. One at a time; a call takes as much virtual time as it took in truth. Whoever
// rehearses is trusted with what can be reached from here, private addresses included.
#pragma once

#include "base/arena.h"
#include "base/error.h"
#include "ctl/rehearse_answers.h"
#include "secrets.h"

struct rehearse_live;

// Borrows the secrets; with NULL a call that needs one fails with the authorization error. Says
// on standard error what is wrong. Returns 0, or -WF_EIO.
int rehearse_live_new(struct secrets *secrets, struct rehearse_live **ret_live) WF_MUST_CHECK;
void rehearse_live_free(struct rehearse_live *live); // takes NULL

struct rehearse_live_call {
  bool is_openapi;
  jv with;              // evaluated; borrowed
  const char *key;      // sent as Idempotency-Key
  usec_t timeout;       // 0 = none
};

// Waits for the answer. Its texts live in the arena, its output is the caller's.
struct rehearse_answer rehearse_live_ask(struct rehearse_live *live, const struct rehearse_live_call *call, struct arena *arena);
