// SPDX-License-Identifier: Apache-2.0
// The DSL's `call: http` and `call: openapi`: libcurl on the loop. One call is one
// attempt: retry policies are the engine's.
//
// Only http and https; no proxy; no cookie is kept; credentials go to the origin they were
// meant for and not along with a redirect to another. An address that is not public is
// refused unless it is allowed, and it is the address really connected to that counts.
// Everything has a bound, and an answer that is larger ends its call.
//
// Secrets: placeholders in texts are resolved just before they are sent. What was resolved, and
// what was made of it (a header of basic, a URL's part, a token that was fetched), stands in
// nothing of the answer, also where the server says it back: "secret:NAME" or "***" is there.
#pragma once

#include <event2/event.h>
#include <jv.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

struct http_caller; // of one loop
struct http_ticket; // a call under way

// Requests to matching endpoints are signed by the Standard Webhooks scheme (webhook-id,
// webhook-timestamp, webhook-signature). The longest endpoint that matches counts.
struct http_signing_key {
  const char *endpoint; // "host", "host:port", or the beginning of a URL, "https://host/hooks/"
  const char *key;      // "whsec_" and base64, or base64 alone
};

struct http_caller_config { // copied, with its texts
  int in_flight_max;          // calls under way; 0 = 64
  size_t response_bytes_max;  // of one answer's content; 0 = 1 MiB
  size_t request_bytes_max;   // of one request's body; 0 = 1 MiB
  int redirects_max;          // followed in one call; 0 = 10
  usec_t connect_timeout;     // name look-up, connect and TLS; 0 = 10 s
  size_t document_bytes_max;  // of one OpenAPI document; 0 = 4 MiB
  size_t document_cache_max;  // bytes of memory for those that are kept; 0 = 32 MiB
  const char *const *allow;   // networks ("10.0.0.0/8", "::1"), host names ("api.internal", "*.internal")
  size_t allow_count;
  const char *ca_file;        // PEM; NULL = the system's authorities
  const char *user_agent;     // NULL = "workflowd/VERSION"
  const struct http_signing_key *signing_keys;
  size_t signing_key_count;
  // The text with its placeholders resolved, from malloc; NULL when one of them cannot be:
  // then the call fails with the authorization error. May be NULL: texts are as they are.
  char *(*reveal)(void *user, const char *text);
  // The secret of this name that an authentication policy refers to (`basic: {use: name}`):
  // an object of the policy's properties, owned; invalid when there is none. May be NULL.
  jv (*secret)(void *user, const char *name);
  void *user; // theirs
};

// Returns 0 and the caller, to be freed before the loop; or -WF_EINVAL when an entry of
// `allow` or a signing key cannot be read: then *ret_error says which, to be freed.
int http_caller_new(struct event_base *loop, const struct http_caller_config *config, struct http_caller **ret_caller,
                    char **ret_error);
// Ends what is under way, without answers. Not from within an answer. Takes NULL.
void http_caller_free(struct http_caller *caller);

// Everything is evaluated: no expression and no URI template is left.
struct http_call {
  enum { HTTP_CALL_HTTP, HTTP_CALL_OPENAPI } kind;
  // The DSL's `with`; borrowed. An endpoint's `authentication` is the policy itself.
  jv with;
  const char *idempotency_key; // the header Idempotency-Key, and the id of a signed request
  const char *traceparent;     // the header, or NULL
  usec_t timeout;              // of the whole call; 0 = none
};

// What became of it; for the call only. Fits the engine's `struct wf_result`.
struct http_answer {
  bool completed;
  jv output;              // completed: by `output`, content response or raw; borrowed
  const char *error_type; // failed: a standard error type of the DSL
  const char *error_title, *error_detail; // for the customer
  const char *detail_internal;            // for the operator: the begin of what a server said; or NULL
  int error_status;
  bool retryable;     // false: it can never work as it stands
  usec_t retry_after; // by Retry-After, at most a day; 0 = none
};

// Called once, from the loop, never inside http_caller_start(). May start and cancel others.
typedef void http_answer_fn(void *user, const struct http_answer *answer);

// Returns 0 and a ticket that lasts until the answer; or -WF_ETOOBIG when as many as may be
// are under way: ask again when one has ended.
int http_caller_start(struct http_caller *caller, const struct http_call *call, http_answer_fn *answer, void *user,
                      struct http_ticket **ret_ticket) WF_MUST_CHECK;
// Aborts; no answer follows. Takes NULL.
void http_caller_cancel(struct http_ticket *ticket);

size_t http_caller_in_flight(const struct http_caller *caller);
