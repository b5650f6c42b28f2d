// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "engine/yaml.h"

struct fixture {
  struct arena *arena;
  struct wf_problem_list problems;
};

static int set_up(void **state) {
  struct arena *arena = arena_new();
  struct fixture *fixture = arena_alloc0(arena, sizeof *fixture);
  fixture->arena = fixture->problems.arena = arena;
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  arena_free(((struct fixture *)*state)->arena);
  return 0;
}

static const struct wf_yaml *read_sized(struct fixture *fixture, const char *text, size_t size) {
  const struct wf_yaml *root = NULL;
  fixture->problems.count = 0;
  wf_yaml_read(text, size, 1 << 20, 8, fixture->arena, &fixture->problems, &root);
  return root;
}

static const struct wf_yaml *read(struct fixture *fixture, const char *text) {
  return read_sized(fixture, text, strlen(text));
}

static const char *to_json(struct fixture *fixture, const char *text) {
  const struct wf_yaml *root = read(fixture, text);
  assert_non_null(root);
  jv value = jv_dump_string(wf_yaml_to_json(root, &fixture->problems), 0);
  const char *json = arena_strdup(fixture->arena, jv_string_value(value));
  jv_free(value);
  return json;
}

static void assert_refused(struct fixture *fixture, const char *text, int line, int column, const char *words) {
  assert_null(read(fixture, text));
  assert_true(fixture->problems.count > 0);
  const struct wf_problem *first = &fixture->problems.items[0];
  if (first->line != line || first->column != column || !strstr(first->text, words)) {
    print_error("%d:%d: %s\n", first->line, first->column, first->text);
    fail();
  }
}

static void test_values_by_the_core_schema(void **state) {
  assert_string_equal(to_json(*state, "a: ~\nb: True\nc: 0x10\nd: yes\ne: '1'\nf: \"~\"\ng:\nh: 1.5\n"),
                      "{\"a\":null,\"b\":true,\"c\":16,\"d\":\"yes\",\"e\":\"1\",\"f\":\"~\",\"g\":null,\"h\":1.5}");
}

static void test_json_is_yaml(void **state) {
  assert_string_equal(to_json(*state, "{\"a\": [1, {\"b\": \"\\ud83d\\ude00 \\/\"}], \"c\": true}"),
                      "{\"a\":[1,{\"b\":\"😀 /\"}],\"c\":true}");
}

static void test_block_texts(void **state) {
  assert_string_equal(to_json(*state, "a: |\n  x\n  y\nb: >\n  x\n  y\n"), "{\"a\":\"x\\ny\\n\",\"b\":\"x y\\n\"}");
}

static void test_positions(void **state) {
  const struct wf_yaml *root = read(*state, "a: 1\nlist:\n  - x\n  - {k: 'v'}\n");
  const struct wf_yaml *list = wf_yaml_get(root, "list");
  assert_int_equal(root->entries[1].line, 2);
  assert_int_equal(root->entries[1].column, 1);
  assert_int_equal(list->entries[1].value->line, 4);
  assert_int_equal(list->entries[1].value->column, 5);
  const struct wf_yaml *v = wf_yaml_get(list->entries[1].value, "k");
  assert_int_equal(v->line, 4);
  assert_int_equal(v->column, 9);
}

static void test_get_of_nothing(void **state) {
  const struct wf_yaml *root = read(*state, "a: [1]");
  assert_null(wf_yaml_get(root, "b"));
  assert_null(wf_yaml_get(wf_yaml_get(root, "a"), "b"));
}

static void test_describe(void **state) {
  const struct wf_yaml *root = read(*state, "[{}, [], x, 'x', 1, '1', true, ~]");
  static const char *const expected[] = {"an object", "a list", "a text",        "a text",
                                         "a number",  "a text", "true or false", "null"};
  for (size_t i = 0; i < 8; i++) assert_string_equal(wf_yaml_describe(root->entries[i].value), expected[i]);
}

static void test_anchors_aliases_and_tags_are_refused(void **state) {
  assert_refused(*state, "a: &x 1\n", 1, 4, "anchors");
  assert_refused(*state, "a: &x [1]\n", 1, 4, "anchors");
  assert_refused(*state, "a: &x {b: 1}\n", 1, 4, "anchors");
  assert_refused(*state, "a: *x\n", 1, 4, "aliases");
  assert_refused(*state, "a: !!str 1\n", 1, 4, "tags");
  assert_refused(*state, "a: !x [1]\n", 1, 4, "tags");
}

static void test_alias_bomb_is_refused_at_its_first_anchor(void **state) {
  assert_refused(*state, "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\n", 1, 4, "anchors");
}

static void test_second_document_is_refused(void **state) {
  assert_refused(*state, "a: 1\n---\nb: 2\n", 2, 1, "second document");
}

static void test_repeated_key_is_refused(void **state) {
  struct fixture *fixture = *state;
  const struct wf_yaml *root = read(fixture, "a: 1\nb: 2\na: 3\n");
  assert_int_equal(fixture->problems.count, 1);
  assert_int_equal(fixture->problems.items[0].line, 3);
  assert_string_equal(fixture->problems.items[0].text, "key `a` stands twice (first on line 1): expected once");
  assert_string_equal(wf_yaml_get(root, "b")->text, "2"); // the rest is looked at too
}

static void test_key_that_is_no_text_is_refused(void **state) {
  assert_refused(*state, "? [1]\n: 2\n", 1, 3, "a key must be a text");
}

static void test_syntax_error(void **state) { assert_refused(*state, "a: 1\n b: [1,\n", 1, 4, "not valid YAML: "); }

static void test_empty_documents(void **state) {
  assert_refused(*state, "", 0, 0, "is empty");
  assert_refused(*state, "# nothing\n", 0, 0, "is empty");
}

static void test_bytes_that_are_no_text(void **state) {
  struct fixture *fixture = *state;
  assert_null(read_sized(fixture, "a: \0b", 5));
  assert_non_null(strstr(fixture->problems.items[0].text, "UTF-8"));
  assert_refused(fixture, "a: \xFF\n", 0, 0, "UTF-8");
  assert_refused(fixture, "a: \"x\\0y\"\n", 1, 4, "not allowed");
}

static void test_depth_at_and_beyond_its_bound(void **state) {
  assert_non_null(read(*state, "[[[[[[[[1]]]]]]]]"));
  assert_refused(*state, "[[[[[[[[[1]]]]]]]]]", 1, 9, "deeper than 8");
}

static void test_size_beyond_its_bound(void **state) {
  struct fixture *fixture = *state;
  const struct wf_yaml *root = NULL;
  assert_int_equal(wf_yaml_read("a: 1", 4, 4, 8, fixture->arena, &fixture->problems, &root), 0);
  assert_true(wf_yaml_read("a: 12", 5, 4, 8, fixture->arena, &fixture->problems, &root) != 0);
  assert_non_null(strstr(fixture->problems.items[0].text, "expected at most 4"));
}

static void test_inexact_number_is_a_problem(void **state) {
  struct fixture *fixture = *state;
  assert_string_equal(to_json(fixture, "[12345678901234567890]"), "[null]");
  assert_int_equal(fixture->problems.count, 1);
  assert_non_null(strstr(fixture->problems.items[0].text, "quotes"));
}

static void test_text_and_null(void **state) {
  const struct wf_yaml *root = read(*state, "[x, '', ~, 1, 'null']");
  static const bool text[] = {true, true, false, false, true}, null[] = {false, false, true, false, false};
  for (size_t i = 0; i < 5; i++) {
    assert_int_equal(wf_yaml_is_text(root->entries[i].value), text[i]);
    assert_int_equal(wf_yaml_is_null(root->entries[i].value), null[i]);
  }
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_values_by_the_core_schema),
      CASE(test_json_is_yaml),
      CASE(test_block_texts),
      CASE(test_positions),
      CASE(test_get_of_nothing),
      CASE(test_describe),
      CASE(test_anchors_aliases_and_tags_are_refused),
      CASE(test_alias_bomb_is_refused_at_its_first_anchor),
      CASE(test_second_document_is_refused),
      CASE(test_repeated_key_is_refused),
      CASE(test_key_that_is_no_text_is_refused),
      CASE(test_syntax_error),
      CASE(test_empty_documents),
      CASE(test_bytes_that_are_no_text),
      CASE(test_depth_at_and_beyond_its_bound),
      CASE(test_size_beyond_its_bound),
      CASE(test_inexact_number_is_a_problem),
      CASE(test_text_and_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
