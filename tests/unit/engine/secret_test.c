// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "engine/secret.h"

#define MARKED(reference) TEXT_MARK_OPEN "secret:" reference TEXT_MARK_CLOSE

static void is_json(jv value, const char *expected) {
  jv text = jv_dump_string(value, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}

static void test_names(void **state) {
  (void)state;
  assert_true(wf_secret_is_name("crm-token.2_A"));
  assert_false(wf_secret_is_name(""));
  assert_false(wf_secret_is_name(".hidden"));
  assert_false(wf_secret_is_name("a/b"));
  assert_false(wf_secret_is_name("a b"));
  char name[WF_SECRET_NAME_MAX + 2];
  memset(name, 'a', sizeof name);
  name[WF_SECRET_NAME_MAX + 1] = '\0';
  assert_false(wf_secret_is_name(name));
  name[WF_SECRET_NAME_MAX] = '\0';
  assert_true(wf_secret_is_name(name));
}

static void test_shapes(void **state) {
  (void)state;
  jv value = jv_string("x");
  is_json(wf_secret_shape("t", value), "\"" MARKED("t") "\"");
  jv_free(value);
  value = jv_parse("{\"a/b~c\": 1, \"d\": {\"e\": [true, \"x\"]}}");
  is_json(wf_secret_shape("s", value),
          "{\"a/b~c\":\"" MARKED("s/a~1b~0c") "\",\"d\":{\"e\":[\"" MARKED("s/d/e/0") "\",\"" MARKED("s/d/e/1") "\"]}}");
  jv_free(value);
}

static void test_mentions(void **state) {
  (void)state;
  is_json(wf_secret_mentioned((const char *const[]){"s", NULL}), "\"" MARKED("s") "\"");
  is_json(wf_secret_mentioned((const char *const[]){"s", "a", "b/c", NULL}), "{\"a\":{\"b/c\":\"" MARKED("s/a/b~1c") "\"}}");
}

static void test_found_in_texts(void **state) {
  (void)state;
  static const char text[] = "Bearer " MARKED("t") " and " MARKED("u/x") ".";
  const char *reference, *end;
  size_t size;
  const char *mark = wf_secret_find(text, &reference, &size, &end);
  assert_ptr_equal(mark, text + 7);
  assert_int_equal(size, 1);
  assert_memory_equal(reference, "t", 1);
  mark = wf_secret_find(end, &reference, &size, &end);
  assert_memory_equal(reference, "u/x", size);
  assert_string_equal(end, ".");
  assert_null(wf_secret_find(end, &reference, &size, &end));
  assert_null(wf_secret_find(TEXT_MARK_OPEN "secret:open", &reference, &size, &end));
  assert_null(wf_secret_find(TEXT_MARK_OPEN "other" TEXT_MARK_CLOSE, &reference, &size, &end));
}

static bool is_t(const void *context, const char *name) {
  (void)context;
  return strcmp(name, "t") == 0;
}

static void test_denied_wherever_they_stand(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  static const struct {
    const char *json, *denied;
  } cases[] = {
      {"[\"" MARKED("t") "\"]", NULL},
      {"[\"" MARKED("t") MARKED("u/x") "\"]", "u"},
      {"{\"a\": {\"" MARKED("v") "\": 1}}", "v"},
      {"{\"a\": [1, \"x " MARKED("w") " y\"]}", "w"},
  };
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    jv value = jv_parse(cases[i].json);
    const char *denied = wf_secret_denied(value, is_t, NULL, arena);
    if (cases[i].denied) assert_string_equal(denied, cases[i].denied);
    else assert_null(denied);
    jv_free(value);
  }
  arena_free(arena);
}

static bool is_broken(const char *json) {
  jv value = jv_parse(json);
  bool broken = wf_secret_is_broken(value);
  jv_free(value);
  return broken;
}

static void test_broken_ones(void **state) {
  (void)state;
  assert_false(is_broken("{\"a\":[\"Bearer " MARKED("t/x") "" MARKED("u") "\",1,null],\"" MARKED("n") "\":\"\xf4\x8f\xbf\xbd\"}"));
  assert_true(is_broken("[\"" TEXT_MARK_OPEN "secret:t\"]")); // cut
  assert_true(is_broken("{\"a\":\"" MARKED("t") "ret:t" TEXT_MARK_CLOSE "\"}"));
  assert_true(is_broken("\"" TEXT_MARK_OPEN "SECRET:T" TEXT_MARK_CLOSE "\""));
  assert_true(is_broken("\"9I+/vnNlY3JldDp09I+/vw==\""));             // base64 of it
  assert_true(is_broken("\"Basic dTr0j7++c2VjcmV0OnT0j7+/\""));       // of u: and it
  assert_true(is_broken("\"Basic dXU69I+/vnNlY3JldDp09I+/vw==\""));   // of uu: and it
  assert_true(is_broken("\"Basic dXV1OvSPv75zZWNyZXQ6dPSPv78=\""));   // of uuu: and it
  assert_true(is_broken("\"https://e.com/%F4%8F%BF%BEsecret%3At%F4%8F%BF%BF\""));
}

static void test_without_marks(void **state) {
  (void)state;
  static const char text[] = "{\"a\":\"Bearer " MARKED("t/x") "\",\"b\":\"\xf4\x8f\xbf\xbd\"}";
  struct buf out = {0};
  wf_secret_unmark(text, sizeof text - 1, &out);
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, "{\"a\":\"Bearer secret:t/x\",\"b\":\"\xf4\x8f\xbf\xbd\"}");
  buf_reset(&out);
  wf_secret_unmark("\xf4\x8f\xbf", 3, &out); // cut short: as it is
  assert_int_equal(out.size, 3);
  buf_free(&out);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_names),
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_mentions),
      cmocka_unit_test(test_found_in_texts),
      cmocka_unit_test(test_denied_wherever_they_stand),
      cmocka_unit_test(test_broken_ones),
      cmocka_unit_test(test_without_marks),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
