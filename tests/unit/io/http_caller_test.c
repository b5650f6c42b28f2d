// SPDX-License-Identifier: Apache-2.0
// Calls against a real server on the loop.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <stdbool.h>

#include "base/clock.h"
#include "base/text.h"
#include "http_site.h"
#include "io/http_caller.h"

struct heard {
  bool came, completed, retryable;
  jv output;
  char *type, *detail, *internal;
  int status, count;
  usec_t retry_after;
};

struct fixture {
  struct event_base *loop;
  struct site site, other; // two origins
  struct http_caller *caller;
  struct heard heard;
  const char *says, *says_type; // what /say answers
  int says_status;
  int failures; // how often /flaky fails first
};

static void on_answer(void *user, const struct http_answer *answer) {
  struct heard *heard = user;
  heard->came = true;
  heard->count++;
  heard->completed = answer->completed;
  heard->retryable = answer->retryable;
  heard->status = answer->error_status;
  heard->retry_after = answer->retry_after;
  heard->output = answer->completed ? jv_copy(answer->output) : jv_null();
  heard->type = answer->error_type ? xstrdup(answer->error_type) : NULL;
  heard->detail = answer->error_detail ? xstrdup(answer->error_detail) : NULL;
  heard->internal = answer->detail_internal ? xstrdup(answer->detail_internal) : NULL;
}

static void forget(struct heard *heard) {
  jv_free(heard->output);
  free(heard->type);
  free(heard->detail);
  free(heard->internal);
  *heard = (struct heard){.output = jv_null()};
}

// Echoes what it was asked, by JSON.
static void echo(struct site *site, struct evhttp_request *request) {
  const char *authorization = site_field(request, "Authorization"), *key = site_field(request, "X-Key");
  jv seen = jv_object_set(jv_object(), jv_string("method"), jv_string(site->method));
  seen = jv_object_set(seen, jv_string("target"), jv_string(site->target));
  seen = jv_object_set(seen, jv_string("body"), jv_string(site->body.data));
  seen = jv_object_set(seen, jv_string("authorization"), authorization ? jv_string(authorization) : jv_null());
  seen = jv_object_set(seen, jv_string("key"), key ? jv_string(key) : jv_null());
  jv text = jv_dump_string(seen, 0);
  site_reply(request, 200, "application/json", jv_string_value(text));
  jv_free(text);
}

static void serve(struct fixture *f, struct site *site, struct evhttp_request *request) {
  site_record(site, request);
  char there[64];
  snprintf(there, sizeof there, "http://127.0.0.1:%d/echo", f->other.port);
  if (strncmp(site->target, "/say", 4) == 0) {
    site_reply(request, f->says_status, f->says_type, f->says);
  } else if (strcmp(site->target, "/never") == 0) {
    // No answer: the connection stays as it is.
  } else if (strcmp(site->target, "/later") == 0) {
    evhttp_add_header(evhttp_request_get_output_headers(request), "Retry-After", "7");
    site_reply(request, 503, "text/plain", "come again");
  } else if (strncmp(site->target, "/away", 5) == 0) {
    site_redirect(request, atoi(site->target + 5), there);
  } else if (strncmp(site->target, "/here", 5) == 0) {
    site_redirect(request, atoi(site->target + 5), "echo?a=b");
  } else if (strcmp(site->target, "/round") == 0) {
    site_redirect(request, 302, "/round");
  } else if (strcmp(site->target, "/inside") == 0) {
    site_redirect(request, 302, "http://169.254.169.254/latest/meta-data");
  } else if (strcmp(site->target, "/file") == 0) {
    site_redirect(request, 302, "file:///etc/passwd");
  } else {
    echo(site, request);
  }
}

static void serve_site(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  serve(f, &f->site, request);
}

static void serve_other(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  serve(f, &f->other, request);
}

#define PASS TEXT_MARK_OPEN "secret:pass" TEXT_MARK_CLOSE

static char *reveal(void *user, const char *text) {
  (void)user;
  if (strstr(text, TEXT_MARK_OPEN "secret:none")) return NULL;
  const char *at = strstr(text, PASS);
  return at ? xasprintf("%.*sopen-sesame%s", (int)(at - text), text, at + strlen(PASS)) : xstrdup(text);
}

static jv secret(void *user, const char *name) {
  (void)user;
  return strcmp(name, "login") == 0 ? jv_parse("{\"username\":\"ali\",\"password\":\"baba\"}") : jv_invalid();
}

static const char *const loopback[] = {"127.0.0.0/8"};

static void start_with(void **state, struct http_caller_config config) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  f->loop = event_base_new();
  site_open(&f->site, f->loop, serve_site, f);
  site_open(&f->other, f->loop, serve_other, f);
  f->says_status = 200;
  f->heard.output = jv_null();
  char *error = NULL;
  assert_int_equal(http_caller_new(f->loop, &config, &f->caller, &error), 0);
}

static int setup(void **state) {
  static const struct http_signing_key keys[] = {{"127.0.0.1", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}};
  start_with(state, (struct http_caller_config){.allow = loopback, .allow_count = 1, .reveal = reveal, .secret = secret,
                                               .response_bytes_max = 10000, .request_bytes_max = 10000,
                                               .redirects_max = 3, .in_flight_max = 4, .signing_keys = keys,
                                               .signing_key_count = 1});
  return 0;
}

static int setup_strict(void **state) {
  start_with(state, (struct http_caller_config){0});
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  http_caller_free(f->caller);
  forget(&f->heard);
  site_close(&f->site);
  site_close(&f->other);
  event_base_free(f->loop);
  free(f);
  return 0;
}

// The text with every @ as the site's origin, as JSON.
static jv with_of(struct fixture *f, const char *text) {
  struct buf out = {0};
  for (; *text; text++)
    if (*text == '@')
      buf_printf(&out, "http://127.0.0.1:%d", f->site.port);
    else
      buf_put_u8(&out, (uint8_t)*text);
  jv with = jv_parse_sized(out.data, (int)out.size);
  buf_free(&out);
  assert_true(jv_is_valid(with));
  return with;
}

static struct heard *ask_within(struct fixture *f, const char *text, usec_t timeout) {
  forget(&f->heard);
  jv with = with_of(f, text);
  const struct http_call call = {HTTP_CALL_HTTP, with, "key-1/1", "00-1-2-01", timeout};
  struct http_ticket *ticket;
  assert_int_equal(http_caller_start(f->caller, &call, on_answer, &f->heard, &ticket), 0);
  jv_free(with);
  assert_false(f->heard.came);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (!f->heard.came && clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_true(f->heard.came);
  assert_int_equal(http_caller_in_flight(f->caller), 0);
  return &f->heard;
}

static struct heard *ask(struct fixture *f, const char *text) { return ask_within(f, text, 10 * USEC_PER_SEC); }

static void assert_output(struct fixture *f, const char *json) {
  jv text = jv_dump_string(jv_copy(f->heard.output), 0);
  if (f->heard.detail) print_message("%s\n", f->heard.detail);
  assert_true(f->heard.completed);
  assert_string_equal(jv_string_value(text), json);
  jv_free(text);
}

static void assert_member(struct fixture *f, const char *name, const char *json) {
  jv text = jv_dump_string(jv_object_get(jv_copy(f->heard.output), jv_string(name)), 0);
  assert_string_equal(jv_string_value(text), json);
  jv_free(text);
}

static void assert_error(struct fixture *f, const char *word, int status, bool retryable) {
  assert_false(f->heard.completed);
  assert_string_equal(strrchr(f->heard.type, '/') + 1, word);
  assert_int_equal(f->heard.status, status);
  assert_int_equal(f->heard.retryable, retryable);
}

static void test_content_is_a_value(void **state) {
  struct fixture *f = *state;
  f->says = "{\"id\":1}", f->says_type = "application/json; charset=utf-8";
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\"}");
  assert_output(f, "{\"id\":1}");
  assert_string_equal(f->site.method, "GET");
}

static void test_content_that_is_no_json(void **state) {
  struct fixture *f = *state;
  f->says = "{\"id\":", f->says_type = "application/json";
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\"}");
  assert_error(f, "communication", 500, true);
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\",\"output\":\"raw\"}");
  assert_output(f, "\"eyJpZCI6\"");
}

static void test_the_whole_response(void **state) {
  struct fixture *f = *state;
  f->says = "hello", f->says_type = "text/plain", f->says_status = 201;
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/say?x=1\"},\"headers\":{\"X-A\":\"b\",\"Authorization\":\"Bearer t\"},\"output\":\"response\"}");
  assert_member(f, "statusCode", "201");
  assert_member(f, "content", "\"hello\"");
  char *request = xasprintf("{\"method\":\"get\",\"uri\":\"http://127.0.0.1:%d/say?x=1\",\"headers\":{\"X-A\":\"b\",\"Authorization\":\"***\"}}", f->site.port);
  assert_member(f, "request", request);
  free(request);
  jv headers = jv_object_get(jv_copy(f->heard.output), jv_string("headers"));
  jv type = jv_object_get(headers, jv_string("Content-Type"));
  assert_string_equal(jv_string_value(type), "text/plain");
  jv_free(type);
}

static void test_query_headers_and_body(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"POST\",\"endpoint\":\"@/echo?a=1\",\"query\":{\"b\":\"x y\",\"c\":[1,2]},\"headers\":{\"X-Key\":\"k\"},\"body\":{\"d\":true}}");
  assert_member(f, "target", "\"/echo?a=1&b=x%20y&c=1&c=2\"");
  assert_member(f, "key", "\"k\"");
  assert_member(f, "body", "\"{\\\"d\\\":true}\"");
  assert_non_null(strstr(f->site.fields.data, "Content-Type: application/json\n"));
  assert_non_null(strstr(f->site.fields.data, "Idempotency-Key: key-1/1\n"));
  assert_non_null(strstr(f->site.fields.data, "traceparent: 00-1-2-01\n"));
  assert_non_null(strstr(f->site.fields.data, "User-Agent: workflowd/"));
}

static void test_a_post_without_body(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/echo\"}");
  assert_member(f, "body", "\"\"");
  assert_non_null(strstr(f->site.fields.data, "Content-Length: 0\n"));
  assert_null(strstr(f->site.fields.data, "Content-Type"));
}

static void test_methods(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"delete\",\"endpoint\":\"@/echo\"}");
  assert_member(f, "method", "\"DELETE\"");
  ask(f, "{\"method\":\"Patch\",\"endpoint\":\"@/echo\",\"body\":1}");
  assert_member(f, "method", "\"PATCH\"");
  ask(f, "{\"method\":\"head\",\"endpoint\":\"@/echo\"}");
  assert_output(f, "null");
  assert_string_equal(f->site.method, "HEAD");
}

static void test_a_status_is_an_error(void **state) {
  struct fixture *f = *state;
  f->says = "no such pet", f->says_status = 404, f->says_type = "text/plain";
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say?key=value\"}");
  assert_error(f, "communication", 404, true);
  assert_non_null(strstr(f->heard.detail, "/say answered 404"));
  assert_null(strstr(f->heard.detail, "value"));
  assert_string_equal(f->heard.internal, "the server said: no such pet");
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/later\"}");
  assert_error(f, "communication", 503, true);
  assert_int_equal(f->heard.retry_after, 7 * USEC_PER_SEC);
}

static void test_an_answer_has_a_bound(void **state) {
  struct fixture *f = *state;
  char large[10002];
  memset(large, 'x', sizeof large - 1);
  large[sizeof large - 1] = '\0';
  f->says = large, f->says_type = "text/plain";
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\"}");
  assert_error(f, "communication", 500, false);
  large[10000] = '\0';
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\"}");
  assert_true(f->heard.completed);
}

static void test_a_request_has_a_bound(void **state) {
  struct fixture *f = *state;
  char *text = xasprintf("{\"method\":\"post\",\"endpoint\":\"@/echo\",\"body\":\"%010001d\"}", 0);
  ask(f, text), free(text);
  assert_error(f, "configuration", 400, false);
  assert_int_equal(f->site.requests, 0);
}

static void test_a_redirect_is_an_error_unless_allowed(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/here302\"}");
  assert_error(f, "communication", 302, true);
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/here302\",\"redirect\":true}");
  assert_member(f, "target", "\"/echo?a=b\"");
  f->says = "", f->says_status = 304;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/say\",\"redirect\":true}");
  assert_true(f->heard.completed);
}

static void test_what_a_redirect_makes_of_a_post(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/here307\",\"redirect\":true,\"body\":{\"a\":1}}");
  assert_member(f, "method", "\"POST\"");
  assert_member(f, "body", "\"{\\\"a\\\":1}\"");
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/here303\",\"redirect\":true,\"body\":{\"a\":1}}");
  assert_member(f, "method", "\"GET\"");
  assert_member(f, "body", "\"\"");
  assert_null(strstr(f->site.fields.data, "Content-Type"));
}

static void test_redirects_have_a_bound(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/round\",\"redirect\":true}");
  assert_error(f, "communication", 500, true);
  assert_int_equal(f->site.requests, 4);
}

#define BASIC "\"authentication\":{\"basic\":{\"username\":\"ali\",\"password\":\"baba\"}}"

static void test_credentials_stay_with_their_origin(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/here302\"," BASIC "},\"headers\":{\"X-Key\":\"" PASS "\"},\"redirect\":true}");
  assert_member(f, "authorization", "\"Basic YWxpOmJhYmE=\"");
  assert_non_null(strstr(f->site.fields.data, "X-Key: open-sesame\n"));
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/away302\"," BASIC "},\"headers\":{\"X-Key\":\"" PASS "\"},\"redirect\":true}");
  assert_int_equal(f->other.requests, 1);
  assert_member(f, "authorization", "null");
  assert_member(f, "key", "null");
  assert_null(strstr(f->other.fields.data, "webhook-signature"));
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/away307\",\"body\":\"" PASS "\",\"redirect\":true}");
  assert_error(f, "authorization", 403, false);
  assert_int_equal(f->other.requests, 1);
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/away307\",\"body\":\"open\",\"redirect\":true}");
  assert_member(f, "body", "\"open\"");
}

static void test_a_redirect_reaches_no_further_than_a_call(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/inside\",\"redirect\":true}");
  assert_error(f, "authorization", 403, false);
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/file\",\"redirect\":true}");
  assert_error(f, "communication", 500, true);
}

static void test_what_is_not_public_is_refused(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/echo\"}");
  assert_error(f, "authorization", 403, false);
  assert_non_null(strstr(f->heard.detail, "127.0.0.1 has a loopback address"));
  char *text = xasprintf("{\"method\":\"get\",\"endpoint\":\"http://localhost:%d/echo\"}", f->site.port);
  ask(f, text), free(text);
  assert_error(f, "authorization", 403, false);
  assert_int_equal(f->site.requests, 0);
}

static void test_what_is_no_url(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":\"ftp://127.0.0.1/x\"}");
  assert_error(f, "configuration", 400, false);
  ask(f, "{\"method\":\"get\",\"endpoint\":\"http://ali:baba@127.0.0.1/x\"}");
  assert_error(f, "configuration", 400, false);
  assert_null(strstr(f->heard.detail, "baba"));
}

static void test_nobody_listens(void **state) {
  struct fixture *f = *state;
  uint16_t port = f->other.port;
  evhttp_free(f->other.http);
  f->other.http = evhttp_new(f->loop);
  char *text = xasprintf("{\"method\":\"get\",\"endpoint\":\"http://127.0.0.1:%d/\"}", port);
  ask(f, text), free(text);
  assert_error(f, "communication", 500, true);
}

static void test_timeout(void **state) {
  struct fixture *f = *state;
  ask_within(f, "{\"method\":\"get\",\"endpoint\":\"@/never\"}", 20 * USEC_PER_MSEC);
  assert_error(f, "timeout", 408, true);
  assert_int_equal(f->site.requests, 1);
}

static void test_cancelled_says_nothing(void **state) {
  struct fixture *f = *state;
  jv with = with_of(f, "{\"method\":\"get\",\"endpoint\":\"@/never\"}");
  const struct http_call call = {HTTP_CALL_HTTP, with, NULL, NULL, USEC_PER_SEC};
  struct http_ticket *first, *second;
  assert_int_equal(http_caller_start(f->caller, &call, on_answer, &f->heard, &first), 0);
  assert_int_equal(http_caller_start(f->caller, &call, on_answer, &f->heard, &second), 0);
  http_caller_cancel(second); // before it has begun
  while (f->site.requests == 0) event_base_loop(f->loop, EVLOOP_ONCE);
  http_caller_cancel(first);
  assert_int_equal(http_caller_in_flight(f->caller), 0);
  jv_free(with);
  ask(f, "{\"method\":\"get\",\"endpoint\":\"@/echo\"}");
  assert_int_equal(f->heard.count, 1);
}

static void test_as_many_as_may_be(void **state) {
  struct fixture *f = *state;
  jv with = with_of(f, "{\"method\":\"get\",\"endpoint\":\"@/never\"}");
  const struct http_call call = {.with = with};
  struct http_ticket *ticket;
  for (int i = 0; i < 4; i++) assert_int_equal(http_caller_start(f->caller, &call, on_answer, &f->heard, &ticket), 0);
  assert_int_equal(http_caller_start(f->caller, &call, on_answer, &f->heard, &ticket), -WF_ETOOBIG);
  assert_int_equal(http_caller_in_flight(f->caller), 4);
  jv_free(with);
}

static void test_secrets_are_sent_and_not_shown(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/echo?k=" PASS "\",\"headers\":{\"X-Key\":\"" PASS "\"},\"body\":{\"a\":\"" PASS "\"},\"output\":\"response\"}");
  assert_non_null(strstr(f->site.fields.data, "X-Key: open-sesame\n"));
  assert_string_equal(f->site.target, "/echo?k=open-sesame");
  assert_string_equal(f->site.body.data, "{\"a\":\"open-sesame\"}");
  jv request = jv_dump_string(jv_object_get(jv_copy(f->heard.output), jv_string("request")), 0);
  assert_null(strstr(jv_string_value(request), "open-sesame"));
  assert_non_null(strstr(jv_string_value(request), "/echo?k=secret:pass\""));
  jv_free(request);
  jv content = jv_dump_string(jv_object_get(jv_copy(f->heard.output), jv_string("content")), 0);
  assert_null(strstr(jv_string_value(content), "open-sesame"));
  assert_non_null(strstr(jv_string_value(content), "\"key\":\"secret:pass\""));
  jv_free(content);
  f->says = "you sent open-sesame", f->says_type = "text/plain", f->says_status = 400;
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/say\",\"body\":{\"a\":\"" PASS "\"}}");
  assert_string_equal(f->heard.internal, "the server said: you sent secret:pass");
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/say\",\"body\":{\"a\":\"" TEXT_MARK_OPEN "secret:none" TEXT_MARK_CLOSE "\"}}");
  assert_error(f, "authorization", 403, false);
}

static void test_a_policy_from_a_secret(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/echo\",\"authentication\":{\"basic\":{\"use\":\"login\"}}}}");
  assert_non_null(strstr(f->site.fields.data, "Authorization: Basic YWxpOmJhYmE=\n"));
  assert_member(f, "authorization", "\"Basic ***\"");
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/echo\",\"authentication\":{\"basic\":{\"username\":\"a\",\"password\":\"b\"}}}}");
  assert_member(f, "authorization", "\"Basic YTpi\""); // it stands in the definition
  ask(f, "{\"method\":\"get\",\"endpoint\":{\"uri\":\"@/echo\",\"authentication\":{\"basic\":{\"use\":\"other\"}}}}");
  assert_error(f, "authorization", 403, false);
}

static void test_requests_are_signed(void **state) {
  struct fixture *f = *state;
  ask(f, "{\"method\":\"post\",\"endpoint\":\"@/echo\",\"body\":{\"a\":1}}");
  assert_non_null(strstr(f->site.fields.data, "webhook-id: key-1/1\n"));
  assert_non_null(strstr(f->site.fields.data, "webhook-signature: v1,"));
}

static void test_a_config_that_cannot_be(void **state) {
  (void)state;
  struct event_base *loop = event_base_new();
  const char *const networks[] = {"10.0.0.0/8", "10.0.0.0/33"};
  const struct http_signing_key keys[] = {{"host", "whsec_short"}};
  struct http_caller *caller;
  char *error;
  assert_int_equal(http_caller_new(loop, &(struct http_caller_config){.allow = networks, .allow_count = 2}, &caller, &error), -WF_EINVAL);
  assert_non_null(strstr(error, "10.0.0.0/33"));
  free(error);
  assert_int_equal(http_caller_new(loop, &(struct http_caller_config){.signing_keys = keys, .signing_key_count = 1}, &caller, &error), -WF_EINVAL);
  assert_null(strstr(error, "short"));
  free(error);
  event_base_free(loop);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  setenv("http_proxy", "http://127.0.0.1:1", 1); // is not used
  const struct CMUnitTest tests[] = {
      CASE(test_content_is_a_value), CASE(test_content_that_is_no_json), CASE(test_the_whole_response),
      CASE(test_query_headers_and_body), CASE(test_a_post_without_body), CASE(test_methods),
      CASE(test_a_status_is_an_error), CASE(test_an_answer_has_a_bound), CASE(test_a_request_has_a_bound),
      CASE(test_a_redirect_is_an_error_unless_allowed), CASE(test_what_a_redirect_makes_of_a_post),
      CASE(test_redirects_have_a_bound), CASE(test_credentials_stay_with_their_origin),
      CASE(test_a_redirect_reaches_no_further_than_a_call),
      cmocka_unit_test_setup_teardown(test_what_is_not_public_is_refused, setup_strict, teardown),
      CASE(test_what_is_no_url), CASE(test_nobody_listens), CASE(test_timeout), CASE(test_cancelled_says_nothing),
      CASE(test_as_many_as_may_be), CASE(test_secrets_are_sent_and_not_shown), CASE(test_a_policy_from_a_secret),
      CASE(test_requests_are_signed), cmocka_unit_test(test_a_config_that_cannot_be),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
