// SPDX-License-Identifier: Apache-2.0
// A token endpoint to serve at a site, and the policy of its client.
#pragma once

#include "http_ends_fixture.h"

struct token_site {
  int fetched, life, fails; // tokens given out, seconds that they live, how often it fails first
};

static void serve_token(struct token_site *given, struct evhttp_request *request) {
  char text[100];
  if (given->fails > 0 && given->fails--) {
    site_reply(request, 400, "application/json", "{\"error\":\"invalid_client\"}");
    return;
  }
  snprintf(text, sizeof text, "{\"access_token\":\"token-%d\",\"expires_in\":%d}", ++given->fetched, given->life);
  site_reply(request, 200, "application/json", text);
}

// The policy of a client of this site; `more` members.
static struct http_auth token_policy(const struct site *site, bool is_oidc, const char *more) {
  char *text = xasprintf("{\"authority\":\"http://127.0.0.1:%d\",\"client\":{\"id\":\"me\",\"secret\":\"s\"}%s}", site->port, more);
  struct http_auth auth = {.kind = HTTP_AUTH_TOKEN, .grant = jv_parse(text), .is_oidc = is_oidc};
  assert_true(jv_is_valid(auth.grant));
  free(text);
  return auth;
}
