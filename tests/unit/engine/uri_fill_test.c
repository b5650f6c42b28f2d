// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "engine/uri_fill.h"

static void expands(const char *text, const char *json, const char *expected) {
  struct arena *arena = arena_new();
  jv values = jv_parse(json), expanded;
  const char *problem;
  if (wf_uri_fill(text, values, arena, &expanded, &problem) == 0) {
    assert_string_equal(jv_string_value(expanded), expected);
    jv_free(expanded);
  } else {
    assert_string_equal(arena_printf(arena, "! %s", problem), expected);
  }
  jv_free(values);
  arena_free(arena);
}

static void test_values(void **state) {
  (void)state;
  expands("https://e.com/{a}/{b}/{c}/{d}", "{\"a\":\"x\",\"b\":1.5,\"c\":true,\"d\":null}", "https://e.com/x/1.5/true/");
  expands("/{none}/", "{}", "//");
  expands("/{a}", "[1]", "/");
  expands("/{a}", "null", "/");
  expands("plain", "{}", "plain");
  expands("{a}{a}", "{\"a\":\"z\"}", "zz");
}

static void test_only_unreserved_characters_stay(void **state) {
  (void)state;
  expands("/{a}", "{\"a\":\"a b/c?d=e&f%g\"}", "/a%20b%2Fc%3Fd%3De%26f%25g");
  expands("/{a}", "{\"a\":\"A-z_0.~\"}", "/A-z_0.~");
  expands("/{a}", "{\"a\":\"\u00e9\"}", "/%C3%A9");
}

static void test_names_are_taken_as_they_are(void **state) {
  (void)state;
  expands("/{pet.id}", "{\"pet\":{\"id\":1},\"pet.id\":2}", "/2");
  expands("/{+a}", "{\"a\":1,\"+a\":2}", "/2");
}

static void test_what_has_no_text(void **state) {
  (void)state;
  expands("/{a}", "{\"a\":{}}", "! {a} is an object: expected a text, a number, true, false or null");
  expands("/{a}", "{\"a\":[1]}", "! {a} is a list: expected a text, a number, true, false or null");
  expands("/{a", "{}", "! `{a`: expected `}` behind the name");
  expands("/{a{b}", "{}", "! `{a`: expected `}` behind the name");
}

static void test_placeholders_stay_whole(void **state) {
  (void)state;
#define MARKED TEXT_MARK_OPEN "secret:t/x" TEXT_MARK_CLOSE
  expands("/{a}", "{\"a\":\"b c" MARKED "d e\"}", "/b%20c" MARKED "d%20e");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_only_unreserved_characters_stay),
      cmocka_unit_test(test_names_are_taken_as_they_are),
      cmocka_unit_test(test_what_has_no_text),
      cmocka_unit_test(test_placeholders_stay_whole),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
