// SPDX-License-Identifier: Apache-2.0
// Resolving the secrets of a call (engine/secret.h), and remembering what they were, so that they can be
// taken out of what is said about it and of what its server says back.
#pragma once

#include <jv.h>
#include <stdbool.h>

#include "base/buf.h"
#include "base/vec.h"

struct http_known {
  char *text;  // what was resolved, or made of it
  char *shown; // what stands in its place: "secret:NAME", or "***"
};

struct http_secrets {
  char *(*reveal)(void *user, const char *text); // NULL = texts are as they are
  jv (*secret)(void *user, const char *name);    // NULL = there are none
  void *user;
  VEC(struct http_known) known; // the longest first; as it is, in JSON and percent-encoded
};

void http_secrets_clear(struct http_secrets *secrets);

// Takes `value`; returns it with every text in it resolved, keys apart; invalid when one
// cannot be.
jv http_secrets_reveal(struct http_secrets *secrets, jv value);
// The same for the text of a URL: a secret that stands behind something else is
// percent-encoded, so that it can neither lead elsewhere nor add to the query.
jv http_secrets_reveal_url(struct http_secrets *secrets, jv url);
// Takes `value`; returns it with `secret:NAME` in the place of each placeholder: as it may be shown.
jv http_secrets_unmark(jv value);
// The policy properties that a secret of this name holds; invalid when there is none.
jv http_secrets_policy(struct http_secrets *secrets, const char *name);

// One more that is to be taken out. NULL is none.
void http_secrets_remember(struct http_secrets *secrets, const char *text);
// The same of what was made of `from`, if there is a secret in that: "user:password" in base64.
void http_secrets_derive(struct http_secrets *secrets, const char *from, const char *made);

// The text with no secret in it, to be freed. Takes NULL, and gives it.
char *http_secrets_redact(const struct http_secrets *secrets, const char *text);
// Takes the value; the same of all texts in it, names of members and numbers too.
jv http_secrets_redact_value(const struct http_secrets *secrets, jv value);
void http_secrets_redact_bytes(const struct http_secrets *secrets, struct buf *bytes);
