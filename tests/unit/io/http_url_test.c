// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/http_url.h"

static void assert_text(char *text, const char *expected) {
  assert_non_null(text);
  assert_string_equal(text, expected);
  free(text);
}

static void test_what_is_a_url(void **state) {
  (void)state;
  static const char *const good[] = {"http://h", "HTTPS://h:1/a?b#c", "http://[::1]:80/", "http://h/a b", NULL};
  static const char *const bad[] = {"", "h/a", "//h", "file:///etc/passwd", "ftp://h/", "http://", "http://u:p@h/",
                                    "http://u@h/", "http://h:99999/", "gopher://h/", "javascript:alert(1)", NULL};
  for (const char *const *text = good; *text; text++) {
    CURLU *url = http_url_new(*text);
    assert_non_null(url);
    curl_url_cleanup(url);
  }
  for (const char *const *text = bad; *text; text++) assert_null(http_url_new(*text));
}

static bool same(const char *a, const char *b) {
  CURLU *of_a = http_url_new(a), *of_b = http_url_new(b);
  bool is = http_url_same_origin(of_a, of_b);
  curl_url_cleanup(of_a);
  curl_url_cleanup(of_b);
  return is;
}

static void test_origins(void **state) {
  (void)state;
  assert_true(same("http://h/a", "HTTP://H:80/b?c"));
  assert_false(same("http://h/", "https://h/"));
  assert_false(same("http://h/", "http://h:81/"));
  assert_false(same("http://h/", "http://g/"));
}

static void test_resolving(void **state) {
  (void)state;
  assert_text(http_url_resolve("http://h/a/b?c", "d"), "http://h/a/d");
  assert_text(http_url_resolve("http://h/a/b", "/d"), "http://h/d");
  assert_text(http_url_resolve("http://h/a/b", ""), "http://h/a/b");
  assert_text(http_url_resolve("http://h/a/b", "https://g/x"), "https://g/x");
  assert_null(http_url_resolve("http://h/a/b", "file:///x"));
  assert_null(http_url_resolve("x", "d"));
}

static void test_for_people(void **state) {
  (void)state;
  assert_text(http_url_describe("https://h:8443/a?token=b#c"), "https://h:8443/a");
  assert_text(http_url_describe("nothing?token=b"), "nothing");
  assert_text(http_url_authority("https://h:443/a"), "h");
  assert_text(http_url_authority("https://h:80/a"), "h:80");
  assert_null(http_url_authority("h"));
}

static void test_query(void **state) {
  (void)state;
  struct buf query = {0};
  assert_text(http_url_with_query("http://h/a#f", &query), "http://h/a");
  http_url_add_query(&query, "a b", "c&d");
  http_url_add_query(&query, "e", "");
  assert_text(http_url_with_query("http://h/a#f", &query), "http://h/a?a%20b=c%26d&e=");
  assert_text(http_url_with_query("http://h/a?x=y", &query), "http://h/a?x=y&a%20b=c%26d&e=");
  assert_text(http_url_with_query("http://h/a?", &query), "http://h/a?a%20b=c%26d&e=");
  buf_free(&query);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_a_url),
      cmocka_unit_test(test_origins),
      cmocka_unit_test(test_resolving),
      cmocka_unit_test(test_for_people),
      cmocka_unit_test(test_query),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
