// SPDX-License-Identifier: Apache-2.0
#include "kafka_fixture.h"

#include "io/kafka_assignment.h"

static void test_finds_what_was_added(void **state) {
  (void)state;
  struct kafka_assignment assignment = {0};
  char topic[] = "a";
  for (int32_t p = 0; p < 50; p++) kafka_assignment_add(&assignment, topic, p, p * 10);
  topic[0] = 'b'; // it was copied
  kafka_assignment_add(&assignment, topic, 7, 1);
  bool *stopped;
  assert_int_equal(kafka_assignment_find(&assignment, "a", 49, &stopped)->offset, 490);
  assert_false(*stopped);
  *stopped = true;
  assert_int_equal(kafka_assignment_find(&assignment, "a", 7, NULL)->offset, 70);
  assert_int_equal(kafka_assignment_find(&assignment, "b", 7, NULL)->offset, 1);
  kafka_assignment_find(&assignment, "a", 49, &stopped);
  assert_true(*stopped);
  assert_null(kafka_assignment_find(&assignment, "b", 8, NULL));
  assert_null(kafka_assignment_find(&assignment, "c", 7, NULL));
  kafka_assignment_clear(&assignment);
}

static void test_clear_forgets(void **state) {
  (void)state;
  struct kafka_assignment assignment = {0};
  assert_null(kafka_assignment_find(&assignment, "a", 0, NULL));
  kafka_assignment_add(&assignment, "a", 0, 5);
  assert_non_null(kafka_assignment_find(&assignment, "a", 0, NULL));
  kafka_assignment_clear(&assignment);
  assert_int_equal(assignment.count, 0);
  assert_null(kafka_assignment_find(&assignment, "a", 0, NULL));
}

static void test_list_turns_negative_into_the_beginning(void **state) {
  (void)state;
  struct kafka_assignment assignment = {0};
  kafka_assignment_add(&assignment, "a", 0, -1);
  kafka_assignment_add(&assignment, "a", 1, 12);
  rd_kafka_topic_partition_list_t *list = kafka_assignment_list(&assignment);
  assert_int_equal(list->cnt, 2);
  assert_int_equal(list->elems[0].offset, RD_KAFKA_OFFSET_BEGINNING);
  assert_int_equal(list->elems[1].offset, 12);
  assert_int_equal(list->elems[1].partition, 1);
  rd_kafka_topic_partition_list_destroy(list);
  kafka_assignment_clear(&assignment);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_finds_what_was_added),
      cmocka_unit_test(test_clear_forgets),
      cmocka_unit_test(test_list_turns_negative_into_the_beginning),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
