// SPDX-License-Identifier: Apache-2.0
// What tests of calls over HTTP begin with: a client that may reach 127.0.0.1 alone, and
// tokens of its own.
#pragma once

#include "http_site.h"
#include "io/http_tokens.h"

struct http_ends {
  struct event_base *loop;
  struct http_client *client;
  struct http_address_list *allowed;
  struct http_exchange_config config;
  struct http_tokens *tokens;
};

static void ends_open(struct http_ends *ends) {
  static const char *const entries[] = {"127.0.0.1"};
  size_t bad;
  ends->loop = event_base_new();
  ends->client = http_client_new(ends->loop);
  assert_int_equal(http_address_list_new(entries, 1, &ends->allowed, &bad), 0);
  ends->config = (struct http_exchange_config){.client = ends->client, .allowed = ends->allowed, .connect_timeout = 5 * USEC_PER_SEC, .redirects_max = 3};
  ends->tokens = http_tokens_new(ends->loop, &ends->config);
}

// The site goes first of what is left when the client has gone.
static void ends_close(struct http_ends *ends, struct site *site) {
  http_tokens_free(ends->tokens);
  http_client_free(ends->client);
  http_address_list_free(ends->allowed);
  site_close(site);
  event_base_free(ends->loop);
}
