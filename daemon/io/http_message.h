// SPDX-License-Identifier: Apache-2.0
// A request that is ready to be sent, and what it becomes of: plain data.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "io/http_fields.h"

// Zero-initialise; http_message_clear() frees what is in it.
struct http_message {
  char *method; // in capitals, unless it is none that is known
  char *url;    // absolute; without what a template or a placeholder could add
  struct http_fields fields;
  struct buf body;
  bool has_body;
  bool has_secret_body; // a secret is in it: it goes to no other origin
  // By the digest scheme, when the server asks for it; NULL = not.
  char *digest_user, *digest_password;
  // What TLS shows of its client when the server asks for it, in PEM; NULL = nothing.
  char *certificate, *certificate_key, *certificate_passphrase;
  bool follows; // redirects
};

void http_message_clear(struct http_message *message);

enum http_end {
  HTTP_END_ANSWERED,  // with whatever status
  HTTP_END_FAILED,    // by the network, TLS, or what is no HTTP
  HTTP_END_TIMED_OUT, // while connecting, or by its timeout
  HTTP_END_REFUSED,   // the address is none that may be reached
  HTTP_END_TOO_LARGE, // the answer
  HTTP_END_MALFORMED, // the URL, or the one of a redirect
  HTTP_END_REDIRECTS, // too many
};

struct http_result {
  enum http_end end;
  int status;               // ANSWERED
  struct http_fields fields; // ANSWERED
  struct buf body;          // ANSWERED: its content
  char *url;                // ANSWERED: who answered, after redirects
  char *reason;             // otherwise: for people, without anything that was sent
};

void http_result_clear(struct http_result *result);
