// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_encode.h"

static struct pg_parameters *parameters(void **state) { return *state; }

static int setup(void **state) {
  *state = calloc(1, sizeof(struct pg_parameters));
  return 0;
}

static int teardown(void **state) {
  pg_parameters_free(*state);
  free(*state);
  return 0;
}

static void assert_bytes(const struct buf *buf, const char *bytes, size_t size) {
  assert_int_equal(buf->size, size);
  assert_memory_equal(buf->data, bytes, size);
}
#define ASSERT_BYTES(buf, literal) assert_bytes(buf, literal, sizeof(literal) - 1)

static void an_array_has_its_header(void **state) {
  struct buf *to = pg_array(parameters(state), PG_INT4, 2);
  pg_put_int4(to, 7);
  pg_put_null(to);
  ASSERT_BYTES(to, "\0\0\0\1\0\0\0\1\0\0\0\27\0\0\0\2\0\0\0\1\0\0\0\4\0\0\0\7\377\377\377\377");
}

static void an_empty_array_has_no_dimension(void **state) {
  ASSERT_BYTES(pg_array(parameters(state), PG_TEXT, 0), "\0\0\0\0\0\0\0\1\0\0\0\31");
}

static void numbers_are_big_endian(void **state) {
  struct buf to = {0};
  (void)state;
  pg_put_int2(&to, -2);
  ASSERT_BYTES(&to, "\0\0\0\2\377\376");
  buf_reset(&to);
  pg_put_int8(&to, INT64_C(0x0102030405060708));
  ASSERT_BYTES(&to, "\0\0\0\10\1\2\3\4\5\6\7\10");
  buf_reset(&to);
  pg_put_bool(&to, true);
  ASSERT_BYTES(&to, "\0\0\0\1\1");
  buf_free(&to);
}

static void zero_is_no_number_and_no_instant(void **state) {
  struct buf to = {0};
  (void)state;
  pg_put_number(&to, 0);
  pg_put_timestamp(&to, 0);
  ASSERT_BYTES(&to, "\377\377\377\377\377\377\377\377");
  buf_free(&to);
}

static void instants_count_from_2000(void **state) {
  struct buf to = {0};
  (void)state;
  pg_put_timestamp(&to, PG_EPOCH + 1);
  ASSERT_BYTES(&to, "\0\0\0\10\0\0\0\0\0\0\0\1");
  buf_free(&to);
}

static void absent_text_is_null_and_empty_text_is_not(void **state) {
  struct buf to = {0};
  (void)state;
  pg_put_string(&to, NULL);
  pg_put_string(&to, "");
  pg_put_string(&to, "ab");
  ASSERT_BYTES(&to, "\377\377\377\377\0\0\0\0\0\0\0\2ab");
  buf_free(&to);
}

static void jsonb_has_its_version(void **state) {
  struct buf to = {0};
  (void)state;
  jv value = jv_parse("{\"a\":1}");
  pg_put_jsonb(&to, value);
  ASSERT_BYTES(&to, "\0\0\0\10\1{\"a\":1}");
  assert_int_equal(jv_get_refcnt(value), 1); // borrowed
  jv_free(value);
  buf_free(&to);
}

static void an_empty_object_may_be_left_out(void **state) {
  struct buf to = {0};
  (void)state;
  pg_put_jsonb_object(&to, jv_invalid());
  jv empty = jv_object(), one = jv_array();
  pg_put_jsonb_object(&to, empty);
  pg_put_jsonb_object(&to, one);
  ASSERT_BYTES(&to, "\377\377\377\377\377\377\377\377\0\0\0\3\1[]");
  jv_free(empty);
  jv_free(one);
  buf_free(&to);
}

static void single_values_know_null(void **state) {
  struct pg_parameters *p = parameters(state);
  pg_parameter_text(p, (struct text){0});
  pg_parameter_text(p, TEXT("x"));
  pg_parameter_timestamp(p, 0);
  pg_parameter_int2(p, 5);
  assert_int_equal(p->count, 4);
  assert_true(p->nulls[0] && !p->nulls[1] && p->nulls[2] && !p->nulls[3]);
  ASSERT_BYTES(&p->values[1], "x");
  ASSERT_BYTES(&p->values[3], "\0\5");
}

static void a_reset_keeps_nothing_but_the_memory(void **state) {
  struct pg_parameters *p = parameters(state);
  pg_parameter_int8(p, 5);
  pg_parameters_reset(p);
  assert_int_equal(p->count, 0);
  pg_parameter_int4(p, 6);
  ASSERT_BYTES(&p->values[0], "\0\0\0\6");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(an_array_has_its_header, setup, teardown),
      cmocka_unit_test_setup_teardown(an_empty_array_has_no_dimension, setup, teardown),
      cmocka_unit_test(numbers_are_big_endian),
      cmocka_unit_test(zero_is_no_number_and_no_instant),
      cmocka_unit_test(instants_count_from_2000),
      cmocka_unit_test(absent_text_is_null_and_empty_text_is_not),
      cmocka_unit_test(jsonb_has_its_version),
      cmocka_unit_test(an_empty_object_may_be_left_out),
      cmocka_unit_test_setup_teardown(single_values_know_null, setup, teardown),
      cmocka_unit_test_setup_teardown(a_reset_keeps_nothing_but_the_memory, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
