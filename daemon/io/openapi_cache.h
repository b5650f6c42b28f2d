// SPDX-License-Identifier: Apache-2.0
// OpenAPI documents by URL, fetched when they are asked for, and kept in memory: as long as
// Cache-Control's max-age says (a minute without it, an hour at most) without asking, then
// revalidated by ETag or Last-Modified. Who asks for one that is being fetched waits for the
// same request. When a revalidation fails by the network or by the server (5xx), the document
// that is there goes on to serve. The least recently used are forgotten beyond the bound.
#pragma once

#include "io/http_dispatch.h"

struct openapi_cache;
struct openapi_wait;

struct openapi_cache_config {
  struct event_base *loop;
  const struct http_exchange_config *exchange; // borrowed
  struct http_tokens *tokens;                  // borrowed
  size_t document_bytes_max; // of one
  size_t bytes_max;          // of all that is kept, as values; one that is larger alone is not kept
};

struct openapi_cache *openapi_cache_new(const struct openapi_cache_config *config);
// Nobody may be waiting any more. Takes NULL.
void openapi_cache_free(struct openapi_cache *cache);

// The document and the URL that it came from, after redirects, lent; or a fault, lent: then
// the document is invalid.
typedef void openapi_cache_done(void *context, jv document, const char *url, const struct http_fault *fault);

// What the policy lets see is kept apart by policy. Calls `done` once, from the loop.
struct openapi_wait *openapi_cache_ask(struct openapi_cache *cache, const char *url, const struct http_auth *auth,
                                       openapi_cache_done *done, void *context);
// Without `done`. Takes NULL.
void openapi_cache_cancel(struct openapi_wait *wait);

size_t openapi_cache_bytes(const struct openapi_cache *cache); // kept now
