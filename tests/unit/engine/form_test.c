// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/form.h"

// What is taken of `json`, or "! " and the problem.
static void takes(const char *function, const char *json, const char *expected) {
  struct arena *arena = arena_new();
  const char *problem = NULL;
  jv value = wf_form_take(wf_form_of(function), jv_parse(json), arena, &problem);
  if (!jv_is_valid(value)) {
    assert_string_equal(arena_printf(arena, "! %s", problem), expected);
  } else {
    jv text = jv_dump_string(value, JV_PRINT_SORTED);
    assert_string_equal(jv_string_value(text), expected);
    jv_free(text);
  }
  arena_free(arena);
}

static void test_numbers_count_as_texts(void **state) {
  (void)state;
  takes("http", "{\"headers\":{\"a\":1,\"b\":true,\"c\":\"x\"},\"query\":{\"n\":2,\"o\":{\"x\":1},\"q\":[1,\"a\"]}}",
        "{\"headers\":{\"a\":\"1\",\"b\":\"true\",\"c\":\"x\"},\"query\":{\"n\":\"2\",\"o\":{\"x\":1},\"q\":[1,\"a\"]}}");
  takes("script", "{\"arguments\":[1,\"a\"]}", "{\"arguments\":[\"1\",\"a\"]}");
  takes("script", "{\"arguments\":{\"a\":[1]}}", "{\"arguments\":{\"a\":[1]}}");
  takes("shell", "{\"command\":5,\"arguments\":[1,\"a\"]}", "{\"arguments\":[\"1\",\"a\"],\"command\":\"5\"}");
}

static void test_null_is_nothing_where_nothing_is_needed(void **state) {
  (void)state;
  takes("http", "{\"method\":\"get\",\"headers\":null,\"body\":null,\"query\":{\"a\":null}}",
        "{\"body\":null,\"method\":\"get\",\"query\":{}}");
  takes("http", "{\"method\":null}", "! method is null: expected a text");
}

static void test_what_expressions_may_not_give(void **state) {
  (void)state;
  takes("http", "{\"endpoint\":\"e.com\"}", "! endpoint is \"e.com\": expected an absolute URI");
  takes("http", "{\"endpoint\":{\"uri\":5}}", "! endpoint.uri is 5: expected an absolute URI");
  takes("http", "{\"headers\":[1]}", "! headers is [1]: expected an object");
  takes("http", "{\"headers\":{\"a\":{}}}", "! headers.a is {}: expected a text");
  takes("http", "{\"endpoint\":{\"uri\":\"https://e.com\",\"authentication\":{\"bearer\":{\"token\":null}}}}",
        "! endpoint.authentication.bearer.token is null: expected a text");
  takes("openapi", "{\"parameters\":\"x\"}", "! parameters is \"x\": expected an object");
  takes("shell", "{\"arguments\":\"x\"}", "! arguments is \"x\": expected a list of texts");
  takes("container", "{\"lifetime\":{\"after\":\"soon\"}}",
        "! lifetime.after is \"soon\": expected a duration such as PT2H30M, P1D or {hours: 2, minutes: 30} (days, hours, minutes, "
        "seconds, milliseconds), not negative, at most 100 years");
}

static void test_uris(void **state) {
  (void)state;
  assert_true(wf_form_is_uri("https://e.com"));
  assert_true(wf_form_is_uri("a+b.c-1://"));
  assert_false(wf_form_is_uri("1a://x"));
  assert_false(wf_form_is_uri("mailto:a"));
  assert_false(wf_form_is_uri("/x"));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers_count_as_texts),
      cmocka_unit_test(test_null_is_nothing_where_nothing_is_needed),
      cmocka_unit_test(test_what_expressions_may_not_give),
      cmocka_unit_test(test_uris),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
