// SPDX-License-Identifier: Apache-2.0
// What an authentication policy of the DSL asks for: a header, an answer to a digest's
// challenge, a certificate for TLS, or a token that is to be fetched first.
//
// The specification gives `certificate` no properties. Here it has `certificate` and `key`, in
// PEM, and `passphrase` if the key has one; or `use`, a secret with these members, or one that
// is certificate and key, one behind the other.
#pragma once

#include <jv.h>

#include "io/http_fault.h"
#include "io/http_secrets.h"

enum http_auth_kind { HTTP_AUTH_NONE, HTTP_AUTH_HEADER, HTTP_AUTH_DIGEST, HTTP_AUTH_CERTIFICATE, HTTP_AUTH_TOKEN };

// Zero-initialise; http_auth_clear() frees what is in it.
struct http_auth {
  enum http_auth_kind kind;
  char *authorization;   // HEADER: of basic and bearer
  char *user, *password; // DIGEST
  char *certificate, *key, *passphrase; // CERTIFICATE; passphrase may be NULL
  jv grant;              // TOKEN: the properties of oauth2 or oidc, revealed
  bool is_oidc;          // TOKEN
};

// Reads the policy, revealed, or null = none; borrows it. Returns 0, or -WF_EINVAL and why.
int http_auth_read(jv policy, struct http_secrets *secrets, struct http_auth *ret_auth, struct http_fault *ret_fault);
struct http_auth http_auth_copy(const struct http_auth *auth);
void http_auth_clear(struct http_auth *auth);

// Whether it may go to this URL: a certificate is shown by TLS only. Returns 0, or -WF_EINVAL
// and why.
int http_auth_check_url(const struct http_auth *auth, const char *url, struct http_fault *ret_fault);

// "Basic …", to be freed.
char *http_auth_basic(const char *user, const char *password);
