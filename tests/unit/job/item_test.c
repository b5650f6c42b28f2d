// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "job/home.h"
#include "job/item.h"

static struct home home = {.number = 3, .topic = (char *)"triggers", .partition = 5};

static void test_a_record_is_copied_whole(void **state) {
  (void)state;
  char topic[] = "triggers", key[] = "k", value[] = "v\0v", name[] = "h", header[] = "hv";
  struct message_header headers[] = {{name, header, 2}, {name, NULL, 0}};
  struct record record = {.topic = topic, .partition = 5, .offset = 9, .timestamp = 7, .key = key, .key_size = 1, .value = value, .value_size = 3, .headers = headers, .header_count = 2};
  struct item *item = item_from_record(ITEM_TRIGGER, &home, &record);
  memset(topic, 'x', 8), memset(key, 'x', 1), memset(value, 'x', 3), memset(name, 'x', 1), memset(header, 'x', 2);
  assert_ptr_equal(item->source, &home);
  assert_string_equal(item->record.topic, "triggers");
  assert_memory_equal(item->record.key, "k", 1);
  assert_int_equal(item->record.value_size, 3);
  assert_memory_equal(item->record.value, "v\0v", 3);
  assert_string_equal(item->record.headers[0].name, "h");
  assert_memory_equal(item->record.headers[0].value, "hv", 2);
  assert_null(item->record.headers[1].value);
  assert_true(item->record.offset == 9 && item->record.timestamp == 7);
  item_free(item);
}

static void test_what_is_absent_stays_absent(void **state) {
  (void)state;
  struct item *item = item_from_record(ITEM_RESULT, &home, &(struct record){.topic = "results"});
  assert_null(item->record.key);
  assert_null(item->record.value);
  item_free(item);
}

static void test_bytes_count_what_is_held(void **state) {
  (void)state;
  char value[1000] = "";
  struct item *small = item_from_record(ITEM_TRIGGER, &home, &(struct record){.topic = "t"});
  struct item *large = item_from_record(ITEM_TRIGGER, &home, &(struct record){.topic = "t", .value = value, .value_size = sizeof value});
  assert_true(large->bytes >= small->bytes + sizeof value);
  item_free(small);
  item_free(large);
}

static void test_an_event_set_aside_knows_its_run(void **state) {
  (void)state;
  struct uuid run_id = {{1, 2, 3}};
  struct item *item = item_from_inbox(&home, &(struct store_inbox_row){.dst_home = 3, .src_home = 8195, .src_pos = 4, .kind = "event", .run_id = run_id, .payload = TEXT("{}")});
  assert_true(item->is_event);
  assert_string_equal(item->record.topic, ITEM_TOPIC_EVENT);
  assert_int_equal(item->record.partition, 3);
  struct item *again = item_from_inbox(&home, &(struct store_inbox_row){.dst_home = 3, .src_pos = 1, .kind = "replay", .quarantine_id = 7, .record = item->record});
  assert_true(again->is_event && !again->is_start);
  assert_true(uuid_equal(&again->run_id, &run_id));
  item_free(item);
  item_free(again);
}

static void test_what_is_to_be_judged_is_known_again(void **state) {
  (void)state;
  struct item *item = item_from_inbox(&home, &(struct store_inbox_row){.dst_home = 3, .src_home = 8195, .src_pos = 4, .kind = "judge", .payload = TEXT("{}")});
  assert_true(item->is_judge && !item->is_start && !item->is_event);
  assert_string_equal(item->record.topic, ITEM_TOPIC_JUDGE);
  struct item *again = item_from_inbox(&home, &(struct store_inbox_row){.dst_home = 3, .src_pos = 1, .kind = "replay", .quarantine_id = 7, .record = item->record});
  assert_true(again->is_judge);
  item_free(item);
  item_free(again);
}

static void test_an_inbox_row_keeps_its_kind_and_place(void **state) {
  (void)state;
  char payload[] = "{}";
  struct item *item = item_from_inbox(&home, &(struct store_inbox_row){.dst_home = 3, .src_home = 8, .src_pos = 44, .kind = "result", .payload = {payload, 2}});
  memset(payload, 'x', 2);
  assert_int_equal(item->kind, ITEM_INBOX);
  assert_string_equal(item->record.topic, "result");
  assert_memory_equal(item->record.value, "{}", 2);
  assert_int_equal(item->inbox_source, 8);
  assert_int_equal(item->inbox_position, 44);
  assert_false(item_is_record(item)); // moves no offset
  item_free(item);
}

static void test_an_order_keeps_its_texts(void **state) {
  (void)state;
  char key[] = "key", id[] = "x", collection[] = "c";
  struct recipient_ref recipients[] = {{{collection, 1}, {id, 1}}, {{NULL, 0}, {id, 1}}};
  struct item *item = item_from_order(&home, &(struct store_command_row){.command_id = 4, .home = 3, .key = {key, 3}, .recipients = recipients, .recipient_count = 2});
  memset(key, '?', 3), *id = '?', *collection = '?';
  assert_true(text_equal(item->order.key, TEXT("key")));
  assert_null(item->order.tenant.data);
  assert_true(text_equal(item->order.recipients[0].collection, TEXT("c")));
  assert_true(text_equal(item->order.recipients[1].id, TEXT("x")));
  assert_null(item->order.recipients[1].collection.data);
  assert_false(item_is_record(item));
  item_free(item);
}

static void test_timers_and_pieces_move_no_offset(void **state) {
  (void)state;
  struct fanout *none = NULL;
  struct item *timer = item_from_timer(&(struct timer){.timer_no = 3}), *piece = item_from_fanout(none);
  assert_int_equal(timer->timer.timer_no, 3);
  assert_false(item_is_record(timer));
  assert_false(item_is_record(piece));
  item_free(timer);
  item_free(piece);
}

static void test_records_of_every_topic_do(void **state) {
  (void)state;
  for (enum item_kind kind = ITEM_TRIGGER; kind <= ITEM_RESULT; kind++) assert_true(item_is_record(&(struct item){.kind = kind}));
}

static void test_the_reason_ends_with_the_item(void **state) {
  (void)state;
  struct item *item = item_from_timer(&(struct timer){.timer_no = 1});
  item->rejected = xstrdup("why");
  item_free(item); // the sanitizer tells when not
  item_free(NULL);
}

static void test_a_list_is_freed_and_empty(void **state) {
  (void)state;
  struct item_list list = TAILQ_HEAD_INITIALIZER(list);
  for (int i = 0; i < 3; i++) {
    struct item *item = item_from_timer(&(struct timer){.timer_no = i});
    TAILQ_INSERT_TAIL(&list, item, link);
  }
  item_list_free(&list);
  assert_true(TAILQ_EMPTY(&list));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_record_is_copied_whole),
      cmocka_unit_test(test_what_is_absent_stays_absent),
      cmocka_unit_test(test_bytes_count_what_is_held),
      cmocka_unit_test(test_an_event_set_aside_knows_its_run),
      cmocka_unit_test(test_an_inbox_row_keeps_its_kind_and_place),
      cmocka_unit_test(test_what_is_to_be_judged_is_known_again),
      cmocka_unit_test(test_an_order_keeps_its_texts),
      cmocka_unit_test(test_timers_and_pieces_move_no_offset),
      cmocka_unit_test(test_records_of_every_topic_do),
      cmocka_unit_test(test_the_reason_ends_with_the_item),
      cmocka_unit_test(test_a_list_is_freed_and_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
