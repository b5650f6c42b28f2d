// SPDX-License-Identifier: Apache-2.0
// The request for a token that a policy of oauth2 or oidc asks for (RFC 6749, 7523, 8693),
// and what its answer means. Pure, but for OpenSSL.
//
// Grants: client_credentials, password, token exchange, and refresh_token with the subject's
// token as the refresh token (the DSL has no other place for one). authorization_code needs
// a person: refused. Client authentication: all of the DSL's; for private_key_jwt
// `client.assertion` is the JWT, or the private key in PEM that signs one.
#pragma once

#include <jv.h>

#include "base/clock.h"
#include "io/http_message.h"

// Whether the provider's configuration says where tokens come from: of oidc, and of oauth2
// when its authority is the address of one (".../.well-known/openid-configuration", or
// "oauth-authorization-server") and there is no `endpoints.token`.
bool http_grant_discovers(jv grant, bool is_oidc);
// Without it: authority and `endpoints.token` ("/oauth2/token"), or that alone when it is a
// URL. To be freed; NULL without an authority.
char *http_grant_endpoint(jv grant);
// With it: the address of the configuration. To be freed; NULL without an authority.
char *http_grant_discovery(jv grant);

// The request to the endpoint. `seconds` since the epoch and `nonce`, once each, for an
// assertion. Returns 0; or -WF_EINVAL and why, static text.
int http_grant_make(jv grant, const char *endpoint, int64_t seconds, const char *nonce, struct http_message *ret_message,
                    const char **ret_problem);

struct http_token {
  char *authorization; // "Bearer …"
  usec_t lives;        // from its answer on
};

// Reads the answer's content. A token that is a JWT must come from one of the policy's
// `issuers`, if there are any. Returns 0; or -WF_EINVAL and why, static text.
int http_grant_read(jv grant, const struct buf *content, struct http_token *ret_token, const char **ret_problem);

// What tells the tokens of two policies apart: a hash of all that is in them, in hex.
enum { HTTP_GRANT_KEY_SIZE = 65 };
void http_grant_key(jv grant, bool is_oidc, char ret_key[HTTP_GRANT_KEY_SIZE]);
