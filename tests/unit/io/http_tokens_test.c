// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "http_token_fixture.h"
#include "io/http_tokens.h"

struct fixture {
  struct http_ends ends;
  struct site site;
  struct token_site given;
};

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  site_record(&f->site, request);
  char text[100];
  if (strcmp(f->site.target, "/.well-known/openid-configuration") == 0) {
    snprintf(text, sizeof text, "{\"token_endpoint\":\"http://127.0.0.1:%d/connect/token\"}", f->site.port);
    site_reply(request, 200, "application/json", text);
  } else if (strcmp(f->site.target, "/odd/.well-known/openid-configuration") == 0) {
    site_reply(request, 200, "application/json", "{}");
  } else {
    serve_token(&f->given, request);
  }
}

static int setup(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  ends_open(&f->ends);
  f->given.life = 300;
  site_open(&f->site, f->ends.loop, serve, f);
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  ends_close(&f->ends, &f->site);
  free(f);
  return 0;
}

struct heard {
  int count;
  char authorization[40], detail[300];
  enum wf_error_kind kind;
  bool is_final;
};

static void on_token(void *context, const char *authorization, const struct http_fault *fault) {
  struct heard *heard = context;
  heard->count++;
  snprintf(heard->authorization, sizeof heard->authorization, "%s", authorization ? authorization : "");
  if (!fault) return;
  snprintf(heard->detail, sizeof heard->detail, "%s", fault->detail);
  heard->kind = fault->kind;
  heard->is_final = fault->is_final;
}

static void turn_until(struct fixture *f, const struct heard *heard, int count) {
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (heard->count < count && clock_boottime() < until) event_base_loop(f->ends.loop, EVLOOP_ONCE);
  assert_int_equal(heard->count, count);
}

static struct heard ask(struct fixture *f, const struct http_auth *auth) {
  struct heard heard = {0};
  assert_non_null(http_tokens_ask(f->ends.tokens, auth, on_token, &heard));
  assert_int_equal(heard.count, 0);
  turn_until(f, &heard, 1);
  return heard;
}

static void test_a_token_is_kept(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, ""), other = token_policy(&f->site, false, ",\"scopes\":[\"x\"]");
  assert_null(http_tokens_have(f->ends.tokens, &auth));
  assert_string_equal(ask(f, &auth).authorization, "Bearer token-1");
  assert_string_equal(f->site.target, "/oauth2/token");
  assert_string_equal(f->site.method, "POST");
  assert_string_equal(http_tokens_have(f->ends.tokens, &auth), "Bearer token-1");
  assert_null(http_tokens_have(f->ends.tokens, &other));
  assert_string_equal(ask(f, &other).authorization, "Bearer token-2");
  http_auth_clear(&auth);
  http_auth_clear(&other);
}

static void test_one_fetch_for_all_who_wait(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  struct heard heard = {0}, cancelled = {0};
  http_tokens_ask(f->ends.tokens, &auth, on_token, &heard);
  struct http_token_wait *wait = http_tokens_ask(f->ends.tokens, &auth, on_token, &cancelled);
  http_tokens_ask(f->ends.tokens, &auth, on_token, &heard);
  http_tokens_cancel(wait);
  turn_until(f, &heard, 2);
  assert_int_equal(cancelled.count, 0);
  assert_int_equal(f->given.fetched, 1);
  http_auth_clear(&auth);
}

static void test_expired_and_dropped(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  f->given.life = 0;
  ask(f, &auth);
  assert_null(http_tokens_have(f->ends.tokens, &auth));
  f->given.life = 300;
  ask(f, &auth);
  http_tokens_drop(f->ends.tokens, &auth, "Bearer token-1"); // an older one
  assert_string_equal(http_tokens_have(f->ends.tokens, &auth), "Bearer token-2");
  http_tokens_drop(f->ends.tokens, &auth, "Bearer token-2");
  assert_null(http_tokens_have(f->ends.tokens, &auth));
  http_auth_clear(&auth);
}

static void test_discovery(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, true, "");
  assert_string_equal(ask(f, &auth).authorization, "Bearer token-1");
  assert_string_equal(f->site.target, "/connect/token");
  assert_int_equal(f->site.requests, 2);
  http_auth_clear(&auth);
}

static void test_the_endpoint_refuses(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  f->given.fails = 1;
  struct heard heard = ask(f, &auth);
  assert_int_equal(heard.kind, WF_ERROR_AUTHENTICATION);
  assert_false(heard.is_final);
  assert_non_null(strstr(heard.detail, "/oauth2/token answered 400"));
  assert_string_equal(ask(f, &auth).authorization, "Bearer token-1"); // tried again
  http_auth_clear(&auth);
}

static struct heard ask_with(struct fixture *f, bool is_oidc, const char *json) {
  struct http_auth auth = {.kind = HTTP_AUTH_TOKEN, .grant = jv_parse(json), .is_oidc = is_oidc};
  struct heard heard = ask(f, &auth);
  http_auth_clear(&auth);
  return heard;
}

static void test_policies_that_cannot_be(void **state) {
  struct fixture *f = *state;
  struct heard heard = ask_with(f, false, "{}");
  assert_int_equal(heard.kind, WF_ERROR_CONFIGURATION);
  heard = ask_with(f, false, "{\"authority\":\"ldap://h\"}");
  assert_int_equal(heard.kind, WF_ERROR_CONFIGURATION);
  heard = ask_with(f, true, "{\"authority\":\"ldap://h\"}");
  assert_int_equal(heard.kind, WF_ERROR_CONFIGURATION);
  heard = ask_with(f, false, "{\"authority\":\"http://h\",\"grant\":\"authorization_code\"}");
  assert_int_equal(heard.kind, WF_ERROR_CONFIGURATION);
  assert_true(heard.is_final);
  heard = ask_with(f, false, "{\"authority\":\"http://127.1.1.1\"}");
  assert_int_equal(heard.kind, WF_ERROR_AUTHORIZATION);
  char *text = xasprintf("{\"authority\":\"http://127.0.0.1:%d/odd\"}", f->site.port);
  heard = ask_with(f, true, text);
  free(text);
  assert_int_equal(heard.kind, WF_ERROR_AUTHENTICATION);
  assert_non_null(strstr(heard.detail, "token_endpoint"));
}

static void test_freed_while_fetching(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  struct heard heard = {0};
  struct http_token_wait *wait = http_tokens_ask(f->ends.tokens, &auth, on_token, &heard);
  while (f->site.requests == 0) event_base_loop(f->ends.loop, EVLOOP_ONCE);
  http_tokens_cancel(wait);
  http_auth_clear(&auth); // the rest is freed by teardown
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_token_is_kept, setup, teardown),
      cmocka_unit_test_setup_teardown(test_one_fetch_for_all_who_wait, setup, teardown),
      cmocka_unit_test_setup_teardown(test_expired_and_dropped, setup, teardown),
      cmocka_unit_test_setup_teardown(test_discovery, setup, teardown),
      cmocka_unit_test_setup_teardown(test_the_endpoint_refuses, setup, teardown),
      cmocka_unit_test_setup_teardown(test_policies_that_cannot_be, setup, teardown),
      cmocka_unit_test_setup_teardown(test_freed_while_fetching, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
