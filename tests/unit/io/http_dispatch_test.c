// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "http_site.h"
#include "io/http_dispatch.h"

struct fixture {
  struct event_base *loop;
  struct site site;
  struct http_client *client;
  struct http_address_list *allowed;
  struct http_exchange_config config;
  struct http_tokens *tokens;
  int fetched, life, fails; // tokens given out, seconds that they live, how often the endpoint fails first
  int refused; // requests whose token is not taken first
  bool came;
  int status;
  enum wf_error_kind fault;
};

static void serve_token(struct fixture *f, struct evhttp_request *request) {
  char text[100];
  if (f->fails > 0 && f->fails--) {
    site_reply(request, 400, "application/json", "{\"error\":\"invalid_client\"}");
    return;
  }
  snprintf(text, sizeof text, "{\"access_token\":\"token-%d\",\"expires_in\":%d}", ++f->fetched, f->life);
  site_reply(request, 200, "application/json", text);
}

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  if (strcmp(evhttp_request_get_uri(request), "/oauth2/token") == 0) {
    serve_token(f, request);
    return;
  }
  site_record(&f->site, request);
  bool is_refused = f->refused > 0 && f->refused--;
  site_reply(request, is_refused ? 401 : 200, NULL, "");
}

static int setup(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  static const char *const entries[] = {"127.0.0.1"};
  size_t bad;
  f->loop = event_base_new();
  f->life = 300;
  site_open(&f->site, f->loop, serve, f);
  f->client = http_client_new(f->loop);
  assert_int_equal(http_address_list_new(entries, 1, &f->allowed, &bad), 0);
  f->config = (struct http_exchange_config){.client = f->client, .allowed = f->allowed, .connect_timeout = 5 * USEC_PER_SEC, .redirects_max = 3};
  f->tokens = http_tokens_new(f->loop, &f->config);
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  http_tokens_free(f->tokens);
  http_client_free(f->client);
  http_address_list_free(f->allowed);
  site_close(&f->site);
  event_base_free(f->loop);
  free(f);
  return 0;
}

// The policy of a client of this site; `more` members.
static struct http_auth policy(struct fixture *f, bool is_oidc, const char *more) {
  char *text = xasprintf("{\"authority\":\"http://127.0.0.1:%d\",\"client\":{\"id\":\"me\",\"secret\":\"s\"}%s}", f->site.port, more);
  struct http_auth auth = {.kind = HTTP_AUTH_TOKEN, .grant = jv_parse(text), .is_oidc = is_oidc};
  assert_true(jv_is_valid(auth.grant));
  free(text);
  return auth;
}

static void on_done(void *context, struct http_result *result, const struct http_fault *fault) {
  struct fixture *f = context;
  f->came = true;
  f->status = result ? result->status : 0;
  f->fault = fault ? fault->kind : WF_ERROR_RUNTIME;
}

static void send_with(struct fixture *f, const struct http_auth *auth) {
  struct http_message message = {.method = xstrdup("GET"), .url = xasprintf("http://127.0.0.1:%d/x", f->site.port)};
  http_fields_add(&message.fields, "authorization", "by hand");
  struct http_dispatch *dispatch;
  f->came = false;
  assert_int_equal(http_dispatch_start(&f->config, f->tokens, &message, auth, 1000, 5 * USEC_PER_SEC, on_done, f, &dispatch), 0);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (!f->came && clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_true(f->came);
  http_message_clear(&message);
}

static void test_without_a_policy(void **state) {
  struct fixture *f = *state;
  send_with(f, &(struct http_auth){0});
  assert_int_equal(f->status, 200);
  assert_non_null(strstr(f->site.fields.data, "authorization: by hand\n"));
}

static void test_with_a_header(void **state) {
  struct fixture *f = *state;
  char header[] = "Bearer x";
  send_with(f, &(struct http_auth){.kind = HTTP_AUTH_HEADER, .authorization = header});
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer x\n"));
  assert_null(strstr(f->site.fields.data, "by hand"));
}

static void test_with_a_token(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = policy(f, false, "");
  send_with(f, &auth);
  send_with(f, &auth);
  assert_int_equal(f->fetched, 1);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer token-1\n"));
  assert_null(strstr(f->site.fields.data, "by hand"));
  http_auth_clear(&auth);
}

static void test_a_token_is_renewed_once(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = policy(f, false, "");
  f->refused = 1;
  send_with(f, &auth);
  assert_int_equal(f->status, 200);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer token-2\n"));
  f->refused = 2;
  send_with(f, &auth);
  assert_int_equal(f->status, 401);
  assert_int_equal(f->fetched, 3);
  assert_int_equal(f->site.requests, 4);
  http_auth_clear(&auth);
}

static void test_there_is_no_token(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = policy(f, false, "");
  f->fails = 1;
  send_with(f, &auth);
  assert_int_equal(f->fault, WF_ERROR_AUTHENTICATION);
  assert_int_equal(f->site.requests, 0);
  http_auth_clear(&auth);
}

static void test_cancelled_in_each_stage(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = policy(f, false, "");
  struct http_message message = {.method = xstrdup("GET"), .url = xasprintf("http://127.0.0.1:%d/x", f->site.port)};
  struct http_dispatch *dispatch;
  for (int stage = 0; stage < 2; stage++) {
    assert_int_equal(http_dispatch_start(&f->config, f->tokens, &message, &auth, 1000, 0, on_done, f, &dispatch), 0);
    while (stage == 1 && f->fetched == 0) event_base_loop(f->loop, EVLOOP_ONCE);
    http_dispatch_cancel(dispatch);
  }
  event_base_loop(f->loop, EVLOOP_NONBLOCK);
  assert_false(f->came);
  http_message_clear(&message);
  http_auth_clear(&auth);
}

static void test_no_url(void **state) {
  struct fixture *f = *state;
  char method[] = "GET", url[] = "x";
  struct http_message message = {.method = method, .url = url};
  struct http_dispatch *dispatch;
  assert_int_equal(http_dispatch_start(&f->config, f->tokens, &message, &(struct http_auth){0}, 1000, 0, on_done, f, &dispatch), -WF_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_without_a_policy, setup, teardown),
      cmocka_unit_test_setup_teardown(test_with_a_header, setup, teardown),
      cmocka_unit_test_setup_teardown(test_with_a_token, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_token_is_renewed_once, setup, teardown),
      cmocka_unit_test_setup_teardown(test_there_is_no_token, setup, teardown),
      cmocka_unit_test_setup_teardown(test_cancelled_in_each_stage, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_url, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
