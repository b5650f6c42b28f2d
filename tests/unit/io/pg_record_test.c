// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/pg_encode.h"
#include "io/pg_record.h"

// An element of an array of jsonb, as a result of one row whose columns from `column` on
// are the record's.
static PGresult *result_of(const struct buf *headers) {
  static char name[] = "c";
  PGresAttDesc columns[7] = {0};
  static const unsigned types[] = {PG_TEXT, PG_INT4, PG_INT8, PG_TIMESTAMPTZ, PG_BYTEA, PG_BYTEA, PG_JSONB};
  for (int i = 0; i < 7; i++) columns[i] = (PGresAttDesc){.name = name, .typid = types[i], .format = 1};
  PGresult *result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
  assert_true(PQsetResultAttrs(result, 7, columns));
  char topic[] = "triggers", partition[] = {0, 0, 0, 3}, offset[] = {0, 0, 0, 0, 0, 0, 1, 2}, timestamp[] = {0, 0, 0, 0, 0, 0, 0, 5}, value[] = {0, 1};
  assert_true(PQsetvalue(result, 0, 0, topic, 8));
  assert_true(PQsetvalue(result, 0, 1, partition, 4));
  assert_true(PQsetvalue(result, 0, 2, offset, 8));
  assert_true(PQsetvalue(result, 0, 3, timestamp, 8));
  assert_true(PQsetvalue(result, 0, 4, NULL, -1));
  assert_true(PQsetvalue(result, 0, 5, value, 2));
  assert_true(PQsetvalue(result, 0, 6, headers->data + 4, (int)headers->size - 4));
  return result;
}

static void a_record_comes_back_as_it_went_in(void **state) {
  (void)state;
  struct message_header headers[] = {{"a", "\0\xff\x10", 3}, {"none", NULL, 0}, {"empty", "", 0}};
  struct record record = {.headers = headers, .header_count = 3};
  struct buf put = {0};
  struct arena *arena = arena_new();
  pg_record_put_headers(&put, &record);
  PGresult *result = result_of(&put);
  struct record got = pg_record_get(result, 0, 0, arena);
  PQclear(result);
  assert_string_equal(got.topic, "triggers");
  assert_int_equal(got.partition, 3);
  assert_int_equal(got.offset, 258);
  assert_int_equal(got.timestamp, PG_EPOCH + 5);
  assert_null(got.key);
  assert_int_equal(got.value_size, 2);
  assert_int_equal(got.header_count, 3);
  assert_string_equal(got.headers[0].name, "a");
  assert_int_equal(got.headers[0].size, 3);
  assert_memory_equal(got.headers[0].value, "\0\xff\x10", 3);
  assert_null(got.headers[1].value);
  assert_non_null(got.headers[2].value);
  assert_int_equal(got.headers[2].size, 0);
  arena_free(arena);
  buf_free(&put);
}

static void references_come_back_as_they_went_in(void **state) {
  (void)state;
  struct recipient_ref refs[] = {{.id = TEXT("lead-1")}, {TEXT("users"), TEXT("\xc3\xa4\"")}};
  struct buf put = {0};
  struct arena *arena = arena_new();
  size_t count;
  pg_record_put_references(&put, refs, 2);
  PGresult *result = result_of(&put);
  const struct recipient_ref *got = pg_record_get_references(result, 0, 6, arena, &count);
  PQclear(result);
  assert_int_equal(count, 2);
  assert_true(text_equal(got[0].id, refs[0].id) && !got[0].collection.data);
  assert_true(text_equal(got[1].id, refs[1].id) && text_equal(got[1].collection, refs[1].collection));
  arena_free(arena);
  buf_free(&put);
}

static void no_references_are_null(void **state) {
  (void)state;
  struct buf put = {0};
  pg_record_put_references(&put, NULL, 0);
  assert_memory_equal(put.data, "\xff\xff\xff\xff", 4);
  buf_free(&put);
  assert_false(jv_is_valid(pg_record_reference(&(struct recipient_ref){0})));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_record_comes_back_as_it_went_in),
      cmocka_unit_test(references_come_back_as_they_went_in),
      cmocka_unit_test(no_references_are_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
