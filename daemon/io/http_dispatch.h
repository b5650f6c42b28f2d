// SPDX-License-Identifier: Apache-2.0
// A message sent as its authentication policy wants it: with credentials, or a token that
// is fetched first, and once more when the server does not take one that was kept.
#pragma once

#include "io/http_auth.h"
#include "io/http_exchange.h"
#include "io/http_tokens.h"

struct http_dispatch;

// Either a result, lent as in http_exchange.h, or a fault, lent: there is no token.
typedef void http_dispatch_done(void *context, struct http_result *result, const struct http_fault *fault);

// Borrows all until it ends; sets the message's Authorization. Calls `done` once, from the
// loop. Returns 0, or -WF_EINVAL when the message's URL is none.
int http_dispatch_start(const struct http_exchange_config *config, struct http_tokens *tokens,
                        struct http_message *message, const struct http_auth *auth, size_t bytes_max, usec_t timeout, http_dispatch_done *done,
                        void *context, struct http_dispatch **ret_dispatch);
// Without `done`. Takes NULL.
void http_dispatch_cancel(struct http_dispatch *dispatch);
