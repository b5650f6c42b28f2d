// SPDX-License-Identifier: Apache-2.0
// Calls over HTTP that are waited for, one at a time: http_caller.h on a loop of its own. For
// tools; in the daemon's loop a call that waits stops everything.
#pragma once

#include "io/http_caller.h"

struct http_waiter;

// As http_caller_new(); also -WF_EIO with *ret_error when no loop can be made.
int http_waiter_new(const struct http_caller_config *config, struct http_waiter **ret_waiter, char **ret_error) WF_MUST_CHECK;
void http_waiter_free(struct http_waiter *waiter); // takes NULL

// Returns when `answer` has been called, once.
void http_waiter_call(struct http_waiter *waiter, const struct http_call *call, http_answer_fn *answer, void *user);
