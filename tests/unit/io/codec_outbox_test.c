// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_outbox.h"

static struct outbox_request example(int32_t seq) {
  static const struct message_header headers[] = {{"content-type", "application/x-protobuf", 22}, {"empty", NULL, 0}};
  struct outbox_request request = {.seq = seq,
                                   .action_no = 2,
                                   .attempt = 3,
                                   .timer_no = 4,
                                   .deadline = 5000000,
                                   .heartbeat = 6000000,
                                   .message = {.topic = "requests",
                                               .partition = -1,
                                               .key = "k\0y",
                                               .key_size = 3,
                                               .value = "v\0\xFF",
                                               .value_size = 3,
                                               .headers = headers,
                                               .header_count = 2}};
  for (size_t i = 0; i < sizeof request.run_id.bytes; i++) request.run_id.bytes[i] = (uint8_t)(i * 17);
  return request;
}

static void test_a_batch_survives_in_order(void **state) {
  struct buf buf = {0};
  for (int32_t seq = 1; seq <= 3; seq++) {
    struct outbox_request request = example(seq);
    codec_outbox_append(&request, &buf);
  }
  struct outbox_request *out;
  size_t count;
  assert_int_equal(codec_outbox_unpack((struct text){buf.data, buf.size}, *state, &out, &count), 0);
  buf_free(&buf);
  assert_int_equal(count, 3);
  for (int32_t i = 0; i < 3; i++) {
    struct outbox_request in = example(i + 1);
    assert_int_equal(out[i].seq, i + 1);
    assert_true(uuid_equal(&out[i].run_id, &in.run_id));
    assert_int_equal(out[i].action_no, 2);
    assert_int_equal(out[i].attempt, 3);
    assert_int_equal(out[i].timer_no, 4);
    assert_int_equal(out[i].deadline, 5000000);
    assert_int_equal(out[i].heartbeat, 6000000);
    assert_string_equal(out[i].message.topic, "requests");
    assert_int_equal(out[i].message.partition, -1);
    assert_int_equal(out[i].message.key_size, 3);
    assert_memory_equal(out[i].message.key, "k\0y", 3);
    assert_int_equal(out[i].message.value_size, 3);
    assert_memory_equal(out[i].message.value, "v\0\xFF", 3);
    assert_int_equal(out[i].message.header_count, 2);
    assert_string_equal(out[i].message.headers[0].name, "content-type");
    assert_memory_equal(out[i].message.headers[0].value, "application/x-protobuf", 22);
    assert_int_equal(out[i].message.headers[1].size, 0);
  }
}

static void test_nothing_packed_is_nothing(void **state) {
  struct outbox_request *out;
  size_t count = 9;
  assert_int_equal(codec_outbox_unpack((struct text){0}, *state, &out, &count), 0);
  assert_int_equal(count, 0);
}

static void test_a_watch_has_nothing_to_send(void **state) {
  struct buf buf = {0};
  struct outbox_request watch = {.action_no = 2, .attempt = 3, .timer_no = 4, .deadline = 5000000, .heartbeat = 6000000, .message.topic = ""}, *out;
  size_t count;
  codec_outbox_append(&watch, &buf);
  assert_int_equal(codec_outbox_unpack((struct text){buf.data, buf.size}, *state, &out, &count), 0);
  assert_int_equal(count, 1);
  assert_string_equal(out->message.topic, "");
  assert_true(out->timer_no == 4 && out->deadline == 5000000 && out->heartbeat == 6000000);
  buf_reset(&buf);
  watch.deadline = 0; // neither to be sent nor to be watched
  codec_outbox_append(&watch, &buf);
  assert_int_equal(codec_outbox_unpack((struct text){buf.data, buf.size}, *state, &out, &count), -WF_EINVAL);
  buf_free(&buf);
}

static void test_damage_is_seen(void **state) {
  struct buf buf = {0};
  struct outbox_request request = example(1), *out;
  size_t count;
  codec_outbox_append(&request, &buf);
  assert_int_equal(codec_outbox_unpack((struct text){buf.data, buf.size - 1}, *state, &out, &count), -WF_EINVAL);
  assert_int_equal(codec_outbox_unpack(TEXT("\x0a\x00"), *state, &out, &count), -WF_EINVAL); // a message without a run
  assert_int_equal(codec_outbox_unpack(TEXT("garbage"), *state, &out, &count), -WF_EINVAL);
  buf_free(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_a_batch_survives_in_order),
      codec_case(test_nothing_packed_is_nothing),
      codec_case(test_a_watch_has_nothing_to_send),
      codec_case(test_damage_is_seen),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
