// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "api/query.h"
#include "arena_fixture.h"

static struct query parse(const char *text) {
  struct query query;
  assert_int_equal(query_parse(text_of(text), arena, &query), 0);
  return query;
}

static void test_pairs_come_in_order(void **state) {
  (void)state;
  struct query query = parse("a=1&b=&c&a=2");
  assert_int_equal(query.count, 4);
  assert_string_equal(query.pairs[2].name, "c");
  assert_string_equal(query.pairs[2].value, "");
  assert_string_equal(query_value(&query, "a"), "2");
}

static void test_empty_is_absent(void **state) {
  (void)state;
  struct query query = parse("a=&b");
  assert_null(query_value(&query, "a"));
  assert_null(query_value(&query, "b"));
  assert_null(query_value(&query, "c"));
  assert_int_equal(parse("").count, 0);
  assert_int_equal(parse("&&").count, 0);
}

static void test_escapes_are_undone(void **state) {
  (void)state;
  struct query query = parse("na%6De=%41+b%2Bc%3D%26&x=a=b");
  assert_string_equal(query_value(&query, "name"), "A b+c=&");
  assert_string_equal(query_value(&query, "x"), "a=b");
}

static void test_what_cannot_be_read(void **state) {
  (void)state;
  static const char *const bad[] = {"a=%", "a=%4", "a=%4g", "%zz=1", "a=%00", "a=%ff", "a=%c3%28"};
  struct query query = {.count = 77};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) assert_int_equal(query_parse(text_of(bad[i]), arena, &query), -WF_EINVAL);
  assert_int_equal(query.count, 77);
}

static void test_pairs_have_a_bound(void **state) {
  (void)state;
  char text[2 * QUERY_PAIRS_MAX + 2] = "";
  struct query query;
  memset(text, '&', QUERY_PAIRS_MAX - 1);
  assert_int_equal(query_parse(text_of(text), arena, &query), 0);
  memset(text, '&', QUERY_PAIRS_MAX);
  assert_int_equal(query_parse(text_of(text), arena, &query), -WF_ETOOBIG);
}

static void test_lists_in_three_forms(void **state) {
  (void)state;
  static const char *const forms[] = {"s=a&s=b", "s[]=a&s[]=b", "s[0]=a&s[1]=b", "s%5B%5D=a&x=1&s=b&s="};
  for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
    struct query query = parse(forms[i]);
    const char *values[4];
    assert_int_equal(query_list(&query, "s", values, 4), 2);
    assert_string_equal(values[0], "a");
    assert_string_equal(values[1], "b");
  }
}

static void test_a_list_of_more_than_is_wanted(void **state) {
  (void)state;
  struct query query = parse("s=a&s=b&s=c");
  const char *values[2] = {NULL};
  assert_int_equal(query_list(&query, "s", values, 1), 3);
  assert_null(values[1]);
}

static void test_members(void **state) {
  (void)state;
  struct query query = parse("r[id]=1&r[collection]=c&r[a][b]=n&rid=x&r[=y&r[empty]=");
  assert_string_equal(query_member(&query, "r", "id"), "1");
  assert_string_equal(query_member(&query, "r", "collection"), "c");
  assert_null(query_member(&query, "r", "a"));
  assert_null(query_member(&query, "r", "a][b"));
  assert_null(query_member(&query, "r", "empty"));
  assert_null(query_member(&query, "ri", "d"));
  assert_int_equal(query_list(&query, "r", NULL, 0), 0);
}

static void test_a_part_of_a_path(void **state) {
  (void)state;
  const char *value = NULL;
  assert_int_equal(query_decode(TEXT("a%2Fb+c"), arena, &value), 0);
  assert_string_equal(value, "a/b+c");
  assert_int_equal(query_decode(TEXT("%"), arena, &value), -WF_EINVAL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_pairs_come_in_order),
      CASE(test_empty_is_absent),
      CASE(test_escapes_are_undone),
      CASE(test_what_cannot_be_read),
      CASE(test_pairs_have_a_bound),
      CASE(test_lists_in_three_forms),
      CASE(test_a_list_of_more_than_is_wanted),
      CASE(test_members),
      CASE(test_a_part_of_a_path),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
