// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/log.h"
#include "job/registry.h"

static const struct wf_catalog catalog = {.functions = NULL, .count = 0};
static const struct text absent = {NULL, 0};

static void quiet(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message, (void)fields, (void)context;
}

static int setup(void **state) {
  log_set_sink(quiet, NULL);
  *state = registry_new(&catalog);
  return 0;
}

static int teardown(void **state) {
  registry_free(*state);
  return 0;
}

#define DOCUMENT TEXT("document: {dsl: '1.0.0', namespace: n, name: n, version: 1.0.0}\ndo: [{a: {set: {b: 1}}}]\n")
#define ROW(id, ns, name_, version_, active_) {.definition_id = id, .namespace = ns, .name = name_, .version = version_, .active = active_, .document = DOCUMENT}

static void fill(struct registry *registry, int64_t generation, const struct store_definition *rows, size_t count) {
  registry_update(registry, &(struct store_definitions_reply){.generation = generation, .definitions = rows, .definition_count = count});
}

static int32_t find(struct registry *registry, const char *workflow, const char *version) {
  const struct registry_entry *entry = registry_find(registry, text_of(workflow), version ? text_of(version) : absent);
  return entry ? entry->definition_id : 0;
}

static void test_before_the_first_table_there_is_none(void **state) {
  assert_int_equal(registry_generation(*state), 0);
  assert_int_equal(find(*state, "a/b", NULL), 0);
  assert_null(registry_by_id(*state, 1));
}

static void test_the_newest_version_is_chosen_by_number(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.9.0", true), ROW(2, "a", "b", "1.10.0", true), ROW(3, "a", "b", "1.2.0", true)};
  fill(*state, 5, rows, 3);
  assert_int_equal(registry_generation(*state), 5);
  assert_int_equal(find(*state, "a/b", NULL), 2);
}

static void test_a_release_comes_after_its_candidates(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "2.0.0-rc.1", true), ROW(2, "a", "b", "2.0.0", true), ROW(3, "a", "b", "2.0.0-rc.2", true)};
  fill(*state, 1, rows, 3);
  assert_int_equal(find(*state, "a/b", NULL), 2);
}

static void test_a_version_that_is_named_is_taken(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "b", "2.0.0", true)};
  fill(*state, 1, rows, 2);
  assert_int_equal(find(*state, "a/b", "1.0.0"), 1);
  assert_int_equal(find(*state, "a/b", "3.0.0"), 0);
}

static void test_inactive_ones_start_nothing_but_are_there(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "b", "2.0.0", false)};
  fill(*state, 1, rows, 2);
  assert_int_equal(find(*state, "a/b", NULL), 1);
  assert_int_equal(find(*state, "a/b", "2.0.0"), 0);
  assert_non_null(registry_by_id(*state, 2)); // for runs that are on it
}

static void test_the_newest_changes_with_the_table(void **state) {
  struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "c", "1.0.0", true), ROW(3, "a", "b", "2.0.0", true)};
  struct arena *arena = arena_new();
  const struct registry_entry **newest;
  fill(*state, 1, rows, 2);
  assert_int_equal(find(*state, "a/b", NULL), 1);
  fill(*state, 2, rows, 3);
  assert_int_equal(find(*state, "a/b", NULL), 3);
  assert_int_equal(registry_newest(*state, arena, &newest), 2);
  assert_int_equal(newest[0]->definition_id, 2);
  assert_int_equal(newest[1]->definition_id, 3);
  rows[2].active = false;
  fill(*state, 3, rows, 3);
  assert_int_equal(find(*state, "a/b", NULL), 1);
  fill(*state, 4, &rows[1], 1); // the others have gone
  assert_int_equal(find(*state, "a/b", NULL), 0);
  assert_int_equal(registry_newest(*state, arena, &newest), 1);
  arena_free(arena);
}

static void test_a_bare_name_means_the_default_namespace(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "default", "b", "1.0.0", true)};
  fill(*state, 1, rows, 2);
  assert_int_equal(find(*state, "b", NULL), 2);
  assert_int_equal(find(*state, "default/b", NULL), 2);
  assert_int_equal(find(*state, "a/b", NULL), 1);
  assert_int_equal(find(*state, "", NULL), 0);
}

static void test_what_does_not_load_is_kept_with_its_problem(void **state) {
  struct store_definition rows[] = {ROW(1, "a", "bad", "1.0.0", true), ROW(2, "a", "good", "1.0.0", true)};
  rows[0].document = TEXT("document: {dsl: '1.0.0', namespace: a, name: bad, version: 1.0.0}\ndo: [{a: {sett: {b: 1}}}]\n");
  fill(*state, 1, rows, 2);
  const struct registry_entry *bad = registry_find(*state, TEXT("a/bad"), absent);
  assert_null(bad->definition);
  assert_true(bad->problem[0] == '2' && bad->problem[1] == ':'); // line:column
  assert_non_null(registry_find(*state, TEXT("a/good"), absent)->definition);
}

static void test_what_is_loaded_stays_as_it_is(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true)};
  fill(*state, 1, rows, 1);
  const struct wf_definition *before = registry_by_id(*state, 1)->definition;
  fill(*state, 2, rows, 1);
  assert_ptr_equal(registry_by_id(*state, 1)->definition, before);
  assert_int_equal(registry_generation(*state), 2);
}

static void test_what_left_the_table_starts_nothing_more(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "c", "1.0.0", true)};
  fill(*state, 1, rows, 2);
  fill(*state, 2, rows + 1, 1);
  struct text any = {NULL, 0};
  assert_null(registry_find(*state, TEXT("a/b"), any));
  assert_non_null(registry_by_id(*state, 1)->definition); // a batch under way may hold it
  assert_non_null(registry_find(*state, TEXT("a/c"), any));
}

static void test_the_newest_of_each_come_by_id(void **state) {
  const struct store_definition rows[] = {ROW(4, "a", "b", "2.0.0", true), ROW(1, "a", "b", "1.0.0", true), ROW(3, "a", "c", "1.0.0", true), ROW(2, "a", "d", "1.0.0", false)};
  fill(*state, 1, rows, 4);
  struct arena *arena = arena_new();
  const struct registry_entry **entries;
  assert_int_equal(registry_newest(*state, arena, &entries), 2);
  assert_int_equal(entries[0]->definition_id, 3);
  assert_int_equal(entries[1]->definition_id, 4);
  arena_free(arena);
}

static void assert_missing(struct registry *registry, const char *workflow, const char *version, const char *expected) {
  char *text = registry_missing(registry, text_of(workflow), version ? text_of(version) : absent, 100);
  assert_string_equal(text, expected);
  free(text);
}

static void test_a_missing_workflow_is_told_with_those_that_can_be_started(void **state) {
  assert_missing(*state, "a/none", NULL, "no active workflow \"a/none\"; there are: none");
  const struct store_definition rows[] = {ROW(3, "z", "c", "1.0.0", true), ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "c", "1.0.0", false)};
  fill(*state, 1, rows, 3);
  assert_missing(*state, "a/other", NULL, "no active workflow \"a/other\"; there are: a/b@1.0.0, z/c@1.0.0");
}

static void test_a_missing_version_is_named_with_those_there_are(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.10.0", true), ROW(2, "a", "b", "1.9.0", true), ROW(3, "a", "b", "1.0.0", false), ROW(4, "a", "c", "7.0.0", true),
                                          ROW(5, "default", "d", "1.0.0", true)};
  fill(*state, 1, rows, 5);
  assert_missing(*state, "a/b", "2.0.0", "no active version \"2.0.0\" of workflow a/b; there are: 1.9.0, 1.10.0");
  assert_missing(*state, "a/b", "1.0.0", "no active version \"1.0.0\" of workflow a/b; there are: 1.9.0, 1.10.0");
  assert_missing(*state, "d", "7.0.0", "no active version \"7.0.0\" of workflow default/d; there are: 1.0.0");
}

static void test_a_bare_name_is_told_where_it_was_looked_for(void **state) {
  const struct store_definition rows[] = {ROW(1, "sales", "follow-up", "1.0.0", true)};
  fill(*state, 1, rows, 1);
  assert_missing(*state, "follow-up", NULL,
                 "no active workflow \"follow-up\" in namespace \"default\", which a name without one means, perhaps \"sales/follow-up\" is meant;"
                 " there are: sales/follow-up@1.0.0");
}

static void test_a_slip_is_told_with_what_was_meant(void **state) {
  const struct store_definition rows[] = {ROW(1, "sales", "follow-up", "1.0.0", true), ROW(2, "sales", "one", "1.0.0", true)};
  fill(*state, 1, rows, 2);
  assert_missing(*state, "sales/folow-up", NULL,
                 "no active workflow \"sales/folow-up\", perhaps \"sales/follow-up\" is meant; there are: sales/follow-up@1.0.0, sales/one@1.0.0");
  assert_missing(*state, "sales/else", NULL, "no active workflow \"sales/else\"; there are: sales/follow-up@1.0.0, sales/one@1.0.0");
}

static void test_what_there_is_is_cut_at_the_bound(void **state) {
  const struct store_definition rows[] = {ROW(1, "a", "b", "1.0.0", true), ROW(2, "a", "b", "2.0.0", true), ROW(3, "a", "b", "3.0.0", true)};
  fill(*state, 1, rows, 3);
  char *text = registry_missing(*state, TEXT("x/y"), absent, 20);
  assert_string_equal(text, "no active workflow \"x/y\"; there are: a/b@1.0.0, …");
  free(text);
  text = registry_missing(*state, TEXT("a/b"), TEXT("9"), 20);
  assert_string_equal(text, "no active version \"9\" of workflow a/b; there are: 1.0.0, 2.0.0, …");
  free(text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_before_the_first_table_there_is_none),
      CASE(test_the_newest_version_is_chosen_by_number),
      CASE(test_a_release_comes_after_its_candidates),
      CASE(test_a_version_that_is_named_is_taken),
      CASE(test_inactive_ones_start_nothing_but_are_there),
      CASE(test_the_newest_changes_with_the_table),
      CASE(test_a_bare_name_means_the_default_namespace),
      CASE(test_what_does_not_load_is_kept_with_its_problem),
      CASE(test_what_is_loaded_stays_as_it_is),
      CASE(test_what_left_the_table_starts_nothing_more),
      CASE(test_the_newest_of_each_come_by_id),
      CASE(test_a_missing_workflow_is_told_with_those_that_can_be_started),
      CASE(test_a_missing_version_is_named_with_those_there_are),
      CASE(test_a_bare_name_is_told_where_it_was_looked_for),
      CASE(test_a_slip_is_told_with_what_was_meant),
      CASE(test_what_there_is_is_cut_at_the_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
