// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "http_ends_fixture.h"
#include "io/openapi_cache.h"

struct fixture {
  struct http_ends ends;
  struct site site;
  struct openapi_cache *cache;
  const char *control, *etag; // what is answered with
  int status;
};

struct heard {
  int count;
  bool has_document;
  char path[20]; // where it came from
  enum wf_error_kind kind;
};

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  site_record(&f->site, request);
  struct evkeyvalq *out = evhttp_request_get_output_headers(request);
  if (f->control) evhttp_add_header(out, "Cache-Control", f->control);
  if (f->etag) evhttp_add_header(out, "ETag", f->etag);
  if (strcmp(f->site.target, "/moved") == 0) {
    site_redirect(request, 301, "/here");
    return;
  }
  const char *known = site_field(request, "If-None-Match");
  if (known && f->etag && strcmp(known, f->etag) == 0)
    site_reply(request, 304, NULL, "");
  else
    site_reply(request, f->status, "application/json", strcmp(f->site.target, "/odd") == 0 ? "<html>" : "{\"openapi\":\"3.0.0\"}");
}

static int setup(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  ends_open(&f->ends);
  f->status = 200;
  site_open(&f->site, f->ends.loop, serve, f);
  f->cache = openapi_cache_new(&(struct openapi_cache_config){f->ends.loop, &f->ends.config, f->ends.tokens, 1000, 1100});
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  openapi_cache_free(f->cache);
  ends_close(&f->ends, &f->site);
  free(f);
  return 0;
}

static void on_document(void *context, jv document, const char *url, const struct http_fault *fault) {
  struct heard *heard = context;
  heard->count++;
  heard->has_document = jv_is_valid(document);
  if (url) snprintf(heard->path, sizeof heard->path, "%s", strrchr(url, '/'));
  heard->kind = fault ? fault->kind : WF_ERROR_RUNTIME;
}

static struct openapi_wait *begin(struct fixture *f, const char *path, struct heard *heard) {
  char url[80];
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", f->site.port, path);
  return openapi_cache_ask(f->cache, url, &(struct http_auth){0}, on_document, heard);
}

static void turn_until(struct fixture *f, const struct heard *heard, int count) {
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (heard->count < count && clock_boottime() < until) event_base_loop(f->ends.loop, EVLOOP_ONCE);
  assert_int_equal(heard->count, count);
}

static struct heard ask(struct fixture *f, const char *path) {
  struct heard heard = {0};
  begin(f, path, &heard);
  assert_int_equal(heard.count, 0);
  turn_until(f, &heard, 1);
  return heard;
}

static void test_a_fresh_one_is_not_fetched(void **state) {
  struct fixture *f = *state;
  assert_true(ask(f, "/a").has_document);
  assert_true(ask(f, "/a").has_document);
  assert_int_equal(f->site.requests, 1);
  f->control = "private, max-age=60";
  ask(f, "/b");
  ask(f, "/b");
  assert_int_equal(f->site.requests, 2);
}

static void test_one_fetch_for_all_who_wait(void **state) {
  struct fixture *f = *state;
  struct heard heard = {0}, cancelled = {0};
  begin(f, "/a", &heard);
  struct openapi_wait *wait = begin(f, "/a", &cancelled);
  begin(f, "/a", &heard);
  openapi_cache_cancel(wait);
  turn_until(f, &heard, 2);
  assert_int_equal(cancelled.count, 0);
  assert_int_equal(f->site.requests, 1);
}

static void test_revalidation(void **state) {
  struct fixture *f = *state;
  f->control = "max-age=0", f->etag = "\"1\"";
  ask(f, "/a");
  assert_null(strstr(f->site.fields.data, "If-None-Match"));
  assert_true(ask(f, "/a").has_document);
  assert_non_null(strstr(f->site.fields.data, "If-None-Match: \"1\"\n"));
  f->etag = "\"2\"";
  assert_true(ask(f, "/a").has_document);
  assert_true(ask(f, "/a").has_document);
  assert_non_null(strstr(f->site.fields.data, "If-None-Match: \"2\"\n"));
  assert_int_equal(f->site.requests, 4);
}

static void test_what_is_there_serves_on(void **state) {
  struct fixture *f = *state;
  f->control = "no-cache";
  ask(f, "/a");
  f->status = 503;
  assert_true(ask(f, "/a").has_document);
  assert_int_equal(f->site.requests, 2);
  assert_true(ask(f, "/a").has_document); // for a while without asking
  assert_int_equal(f->site.requests, 2);
  assert_int_equal(ask(f, "/b").kind, WF_ERROR_COMMUNICATION);
}

static void test_what_is_no_document(void **state) {
  struct fixture *f = *state;
  struct heard heard = ask(f, "/odd");
  assert_false(heard.has_document);
  assert_int_equal(heard.kind, WF_ERROR_COMMUNICATION);
  f->status = 404;
  assert_int_equal(ask(f, "/a").kind, WF_ERROR_COMMUNICATION);
  assert_int_equal(openapi_cache_bytes(f->cache), 0);
}

static void test_where_it_came_from(void **state) {
  struct fixture *f = *state;
  assert_string_equal(ask(f, "/a").path, "/a");
  assert_string_equal(ask(f, "/moved").path, "/here");
  assert_string_equal(ask(f, "/moved").path, "/here");
}

static void test_no_url(void **state) {
  struct fixture *f = *state;
  struct heard heard = {0};
  openapi_cache_ask(f->cache, "file:///etc/passwd", &(struct http_auth){0}, on_document, &heard);
  turn_until(f, &heard, 1);
  assert_int_equal(heard.kind, WF_ERROR_CONFIGURATION);
}

static void test_the_bound(void **state) {
  struct fixture *f = *state;
  ask(f, "/a"); // 492 bytes each as a value, 1,100 may be kept
  ask(f, "/b");
  assert_int_equal(openapi_cache_bytes(f->cache), 984);
  ask(f, "/a");
  ask(f, "/c");
  assert_int_equal(openapi_cache_bytes(f->cache), 984);
  ask(f, "/a");
  assert_int_equal(f->site.requests, 3);
  ask(f, "/b"); // was the least recently used
  assert_int_equal(f->site.requests, 4);
}

static void test_policies_see_their_own(void **state) {
  struct fixture *f = *state;
  struct heard heard = {0};
  char url[80], header[] = "Bearer t";
  snprintf(url, sizeof url, "http://127.0.0.1:%d/a", f->site.port);
  ask(f, "/a");
  openapi_cache_ask(f->cache, url, &(struct http_auth){.kind = HTTP_AUTH_HEADER, .authorization = header}, on_document, &heard);
  turn_until(f, &heard, 1);
  assert_int_equal(f->site.requests, 2);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Bearer t\n"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_a_fresh_one_is_not_fetched, setup, teardown),
      cmocka_unit_test_setup_teardown(test_one_fetch_for_all_who_wait, setup, teardown),
      cmocka_unit_test_setup_teardown(test_revalidation, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_there_serves_on, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_no_document, setup, teardown),
      cmocka_unit_test_setup_teardown(test_where_it_came_from, setup, teardown),
      cmocka_unit_test_setup_teardown(test_no_url, setup, teardown),
      cmocka_unit_test_setup_teardown(test_the_bound, setup, teardown),
      cmocka_unit_test_setup_teardown(test_policies_see_their_own, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
