// SPDX-License-Identifier: Apache-2.0
// What an authentication policy of the DSL asks for: a header, an answer to a digest's
// challenge, or a token that is to be fetched first.
#pragma once

#include <jv.h>

#include "io/http_fault.h"
#include "io/http_secrets.h"

enum http_auth_kind { HTTP_AUTH_NONE, HTTP_AUTH_HEADER, HTTP_AUTH_DIGEST, HTTP_AUTH_TOKEN };

// Zero-initialise; http_auth_clear() frees what is in it.
struct http_auth {
  enum http_auth_kind kind;
  char *authorization;   // HEADER: of basic and bearer
  char *user, *password; // DIGEST
  jv grant;              // TOKEN: the properties of oauth2 or oidc, revealed
  bool is_oidc;          // TOKEN
};

// Reads the policy, revealed, or null = none; borrows it. Returns 0, or -WF_EINVAL and why.
int http_auth_read(jv policy, struct http_secrets *secrets, struct http_auth *ret_auth, struct http_fault *ret_fault);
struct http_auth http_auth_copy(const struct http_auth *auth);
void http_auth_clear(struct http_auth *auth);

// "Basic …", to be freed.
char *http_auth_basic(const char *user, const char *password);
