// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "http_token_fixture.h"
#include "io/http_dispatch.h"

struct fixture {
  struct http_ends ends;
  struct site site;
  struct token_site given;
  int refused; // requests whose token is not taken first
  bool came;
  int status;
  enum wf_error_kind fault;
};

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  if (strcmp(evhttp_request_get_uri(request), "/oauth2/token") == 0) {
    serve_token(&f->given, request);
    return;
  }
  site_record(&f->site, request);
  bool is_refused = f->refused > 0 && f->refused--;
  site_reply(request, is_refused ? 401 : 200, NULL, "");
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
  assert_int_equal(http_dispatch_start(&f->ends.config, f->ends.tokens, &message, auth, 1000, 5 * USEC_PER_SEC, on_done, f, &dispatch), 0);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (!f->came && clock_boottime() < until) event_base_loop(f->ends.loop, EVLOOP_ONCE);
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
  struct http_auth auth = token_policy(&f->site, false, "");
  send_with(f, &auth);
  send_with(f, &auth);
  assert_int_equal(f->given.fetched, 1);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer token-1\n"));
  assert_null(strstr(f->site.fields.data, "by hand"));
  http_auth_clear(&auth);
}

static void test_a_token_is_renewed_once(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  f->refused = 1;
  send_with(f, &auth);
  assert_int_equal(f->status, 200);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer token-2\n"));
  f->refused = 2;
  send_with(f, &auth);
  assert_int_equal(f->status, 401);
  assert_int_equal(f->given.fetched, 3);
  assert_int_equal(f->site.requests, 4);
  http_auth_clear(&auth);
}

static void test_there_is_no_token(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  f->given.fails = 1;
  send_with(f, &auth);
  assert_int_equal(f->fault, WF_ERROR_AUTHENTICATION);
  assert_int_equal(f->site.requests, 0);
  http_auth_clear(&auth);
}

static void test_cancelled_in_each_stage(void **state) {
  struct fixture *f = *state;
  struct http_auth auth = token_policy(&f->site, false, "");
  struct http_message message = {.method = xstrdup("GET"), .url = xasprintf("http://127.0.0.1:%d/x", f->site.port)};
  struct http_dispatch *dispatch;
  for (int stage = 0; stage < 2; stage++) {
    assert_int_equal(http_dispatch_start(&f->ends.config, f->ends.tokens, &message, &auth, 1000, 0, on_done, f, &dispatch), 0);
    while (stage == 1 && f->given.fetched == 0) event_base_loop(f->ends.loop, EVLOOP_ONCE);
    http_dispatch_cancel(dispatch);
  }
  event_base_loop(f->ends.loop, EVLOOP_NONBLOCK);
  assert_false(f->came);
  http_message_clear(&message);
  http_auth_clear(&auth);
}

static void test_no_url(void **state) {
  struct fixture *f = *state;
  char method[] = "GET", url[] = "x";
  struct http_message message = {.method = method, .url = url};
  struct http_dispatch *dispatch;
  assert_int_equal(http_dispatch_start(&f->ends.config, f->ends.tokens, &message, &(struct http_auth){0}, 1000, 0, on_done, f, &dispatch), -WF_EINVAL);
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
