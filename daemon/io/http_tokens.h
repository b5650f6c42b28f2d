// SPDX-License-Identifier: Apache-2.0
// Tokens of oauth2 and oidc policies, kept until shortly before they expire, and only in
// memory. Who asks for one that is being fetched waits for the same request.
#pragma once

#include "io/http_auth.h"
#include "io/http_exchange.h"

struct http_tokens;
struct http_token_wait;

// Borrows the config.
struct http_tokens *http_tokens_new(struct event_base *loop, const struct http_exchange_config *config);
// Nobody may be waiting any more. Takes NULL.
void http_tokens_free(struct http_tokens *tokens);

// The header's value if a token is there, until the next call here; else NULL.
const char *http_tokens_have(struct http_tokens *tokens, const struct http_auth *auth);

// One of both is NULL; lent. A fault is of kind authentication, but for an address that may
// not be reached, and a policy that cannot be.
typedef void http_token_done(void *context, const char *authorization, const struct http_fault *fault);

// Fetches one, or waits for who does. Calls `done` once, from the loop.
struct http_token_wait *http_tokens_ask(struct http_tokens *tokens, const struct http_auth *auth,
                                        http_token_done *done, void *context);
// Without `done`. Takes NULL.
void http_tokens_cancel(struct http_token_wait *wait);

// The server did not take this one: it is not given again.
void http_tokens_drop(struct http_tokens *tokens, const struct http_auth *auth, const char *authorization);
