// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "http_site.h"
#include "io/http_exchange.h"

// What http_caller_test.c sees through a whole call is tested there; here, what it cannot see.
struct heard {
  bool came;
  enum http_end end;
  int status;
  struct http_fields fields;
  struct buf body;
  char *reason, *url;
};

struct fixture {
  struct event_base *loop;
  struct site site;
  struct http_client *client;
  struct http_address_list *allowed;
  struct http_exchange_config config;
  struct heard heard;
};

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  site_record(&f->site, request);
  struct evkeyvalq *out = evhttp_request_get_output_headers(request);
  if (strcmp(f->site.target, "/large-header") == 0) {
    char value[30001];
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 3; i++) evhttp_add_header(out, "X-Large", value);
  }
  if (strcmp(f->site.target, "/odd-header") == 0) {
    evhttp_add_header(out, "X-Bytes", "\xff");
    evhttp_add_header(out, "X-Blank", "  a b \t");
  }
  if (strcmp(f->site.target, "/digest") == 0 && !site_field(request, "Authorization")) {
    evhttp_add_header(out, "WWW-Authenticate", "Digest realm=\"cave\", nonce=\"n1\", qop=\"auth\", algorithm=MD5");
    site_reply(request, 401, "text/plain", "who are you");
    return;
  }
  if (strcmp(f->site.target, "/away") == 0) {
    evhttp_add_header(out, "Location", "http://localhost/x");
    site_reply(request, 302, NULL, "");
    return;
  }
  site_reply(request, 200, "text/plain", "body");
}

static void on_done(void *context, struct http_result *result) {
  struct fixture *f = context;
  f->heard = (struct heard){true, result->end, result->status, result->fields, result->body, result->reason, result->url};
  *result = (struct http_result){0};
}

static int setup(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  static const char *const entries[] = {"127.0.0.1"};
  size_t bad;
  f->loop = event_base_new();
  site_open(&f->site, f->loop, serve, f);
  f->client = http_client_new(f->loop);
  assert_int_equal(http_address_list_new(entries, 1, &f->allowed, &bad), 0);
  f->config = (struct http_exchange_config){.client = f->client, .allowed = f->allowed, .connect_timeout = 5 * USEC_PER_SEC};
  return 0;
}

static void forget(struct fixture *f) {
  http_fields_clear(&f->heard.fields);
  buf_free(&f->heard.body);
  free(f->heard.reason);
  free(f->heard.url);
  f->heard = (struct heard){0};
}

static int teardown(void **state) {
  struct fixture *f = *state;
  forget(f);
  http_client_free(f->client);
  http_address_list_free(f->allowed);
  site_close(&f->site);
  event_base_free(f->loop);
  free(f);
  return 0;
}

static void ask(struct fixture *f, const char *path, struct http_message *message) {
  forget(f);
  message->method = xstrdup("GET");
  message->url = xasprintf("http://127.0.0.1:%d%s", f->site.port, path);
  struct http_exchange *exchange;
  assert_int_equal(http_exchange_start(&f->config, message, 1000, 0, on_done, f, &exchange), 0);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (!f->heard.came && clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_true(f->heard.came);
  http_message_clear(message);
}

static void test_a_digest_is_answered(void **state) {
  struct fixture *f = *state;
  struct http_message message = {.digest_user = xstrdup("ali"), .digest_password = xstrdup("baba")};
  ask(f, "/digest", &message);
  assert_int_equal(f->heard.end, HTTP_END_ANSWERED);
  assert_int_equal(f->heard.status, 200);
  assert_int_equal(f->site.requests, 2);
  assert_int_equal(f->heard.body.size, 4); // nothing of the challenge is left
  assert_null(http_fields_get(&f->heard.fields, "WWW-Authenticate"));
  assert_non_null(strstr(f->site.fields.data, "Authorization: Digest username=\"ali\", realm=\"cave\", nonce=\"n1\""));
}

static void test_headers_have_a_bound(void **state) {
  struct fixture *f = *state;
  struct http_message message = {0};
  ask(f, "/large-header", &message);
  assert_int_equal(f->heard.end, HTTP_END_TOO_LARGE);
}

static void test_headers_are_text(void **state) {
  struct fixture *f = *state;
  struct http_message message = {0};
  ask(f, "/odd-header", &message);
  assert_int_equal(f->heard.end, HTTP_END_ANSWERED);
  assert_null(http_fields_get(&f->heard.fields, "X-Bytes"));
  assert_string_equal(http_fields_get(&f->heard.fields, "X-Blank"), "a b");
}

static void test_no_redirect_may_be_allowed(void **state) {
  struct fixture *f = *state;
  struct http_message message = {.follows = true};
  ask(f, "/away", &message);
  assert_int_equal(f->heard.end, HTTP_END_REDIRECTS);
}

static void test_a_kept_connection_is_checked_again(void **state) {
  struct fixture *f = *state;
  struct http_message message = {0};
  ask(f, "/", &message);
  assert_int_equal(f->heard.end, HTTP_END_ANSWERED);
  http_address_list_free(f->allowed);
  size_t bad;
  assert_int_equal(http_address_list_new(NULL, 0, &f->allowed, &bad), 0);
  f->config.allowed = f->allowed;
  ask(f, "/", &message);
  assert_int_equal(f->heard.end, HTTP_END_REFUSED);
  assert_int_equal(f->site.requests, 1);
}

static void test_an_empty_header_is_sent(void **state) {
  struct fixture *f = *state;
  struct http_message message = {0};
  http_fields_add(&message.fields, "X-Empty", "");
  ask(f, "/", &message);
  assert_non_null(strstr(f->site.fields.data, "X-Empty: \n"));
}

static void test_no_url(void **state) {
  struct fixture *f = *state;
  char url[] = "gopher://h/", method[] = "GET";
  struct http_message message = {.url = url, .method = method};
  struct http_exchange *exchange;
  assert_int_equal(http_exchange_start(&f->config, &message, 1000, 0, on_done, f, &exchange), -WF_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_digest_is_answered, setup, teardown),
      cmocka_unit_test_setup_teardown(test_headers_have_a_bound, setup, teardown),
      cmocka_unit_test_setup_teardown(test_headers_are_text, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_redirect_may_be_allowed, setup, teardown),
      cmocka_unit_test_setup_teardown(test_a_kept_connection_is_checked_again, setup, teardown),
      cmocka_unit_test_setup_teardown(test_an_empty_header_is_sent, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_url, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
