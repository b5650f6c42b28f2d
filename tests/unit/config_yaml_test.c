// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "config_yaml.h"

struct fixture {
  struct arena *arena;
  struct config_problems problems;
  struct config_node root;
};

static int setup(void **state) {
  static struct fixture fixture;
  fixture = (struct fixture){.arena = arena_new()};
  *state = &fixture;
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  arena_free(f->arena);
  config_problems_free(&f->problems);
  return 0;
}

static int parse(struct fixture *f, const char *document) {
  return config_yaml_parse(document, strlen(document), f->arena, &f->root, &f->problems);
}

static void test_tree_with_positions(void **state) {
  struct fixture *f = *state;
  assert_int_equal(parse(f, "a: 1\nb:\n  c: [x, 'y']\n  - d\n"), -WF_EINVAL);
  config_problems_free(&f->problems);
  assert_int_equal(parse(f, "a: 1\nb:\n  c: [x, 'y']\n"), 0);
  assert_int_equal(f->root.kind, CONFIG_NODE_MAP);
  assert_int_equal(f->root.count, 2);
  const struct config_node *b = &f->root.children[1], *c = &b->children[0];
  assert_string_equal(b->key, "b");
  assert_int_equal(b->line, 2);
  assert_int_equal(c->line, 3);
  assert_int_equal(c->column, 3);
  assert_int_equal(c->kind, CONFIG_NODE_LIST);
  assert_true(text_equal(c->children[1].scalar, TEXT("y")));
  assert_int_equal(c->children[1].column, 11);
}

static void test_null_forms(void **state) {
  struct fixture *f = *state;
  assert_int_equal(parse(f, "a:\nb: ~\nc: null\nd: \"\"\ne: 'null'\n"), 0);
  static const enum config_node_kind kinds[] = {CONFIG_NODE_NULL, CONFIG_NODE_NULL, CONFIG_NODE_NULL, CONFIG_NODE_SCALAR, CONFIG_NODE_SCALAR};
  for (size_t i = 0; i < 5; i++) assert_int_equal(f->root.children[i].kind, kinds[i]);
}

static void test_empty_document(void **state) {
  struct fixture *f = *state;
  assert_int_equal(parse(f, ""), 0);
  assert_int_equal(f->root.kind, CONFIG_NODE_NULL);
  assert_int_equal(f->problems.count, 0);
}

static void test_syntax_error_has_a_place(void **state) {
  struct fixture *f = *state;
  assert_int_equal(parse(f, "a: 1\nb: [2\nc: 3\n"), -WF_EINVAL);
  assert_true(f->problems.count >= 1);
  assert_true(f->problems.items[0].line >= 2);
}

static void test_duplicate_key_is_refused(void **state) {
  struct fixture *f = *state;
  assert_int_equal(parse(f, "a: 1\na: 2\n"), -WF_EINVAL);
  assert_non_null(strstr(f->problems.items[0].text, "duplicate key"));
  assert_int_equal(f->problems.items[0].line, 2);
}

static void test_second_document_is_refused(void **state) {
  struct fixture *f = *state;
  parse(f, "a: 1\n---\nb: 2\n");
  assert_int_equal(f->problems.count, 1);
  assert_non_null(strstr(f->problems.items[0].text, "second document"));
}

static void test_aliases_tags_and_odd_keys_are_refused(void **state) {
  struct fixture *f = *state;
  parse(f, "a: &x 1\nb: *x\nc: !!str d\n? [e]\n: f\n");
  assert_int_equal(f->problems.count, 3);
  assert_int_equal(f->problems.items[0].line, 2);
  assert_int_equal(f->problems.items[1].line, 3);
}

static void test_what_is_no_utf8_is_refused(void **state) {
  struct fixture *f = *state;
  assert_int_equal(config_yaml_parse("a: \xFF", 4, f->arena, &f->root, &f->problems), -WF_EINVAL);
  assert_int_equal(config_yaml_parse("a: \0", 4, f->arena, &f->root, &f->problems), -WF_EINVAL);
  assert_int_equal(f->problems.count, 2);
}

static void test_deep_nesting_ends(void **state) {
  struct fixture *f = *state;
  char deep[4096];
  memset(deep, '[', sizeof deep - 1);
  deep[sizeof deep - 1] = '\0';
  assert_int_equal(parse(f, deep), -WF_EINVAL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_tree_with_positions, setup, teardown),
      cmocka_unit_test_setup_teardown(test_null_forms, setup, teardown),
      cmocka_unit_test_setup_teardown(test_empty_document, setup, teardown),
      cmocka_unit_test_setup_teardown(test_syntax_error_has_a_place, setup, teardown),
      cmocka_unit_test_setup_teardown(test_duplicate_key_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_second_document_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_aliases_tags_and_odd_keys_are_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_no_utf8_is_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_deep_nesting_ends, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
