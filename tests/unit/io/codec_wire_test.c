// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_wire.h"
#include "workflow/v1/trigger_event.pb-c.h"
#include "workflow/v1/worker.pb-c.h"

static const Workflow__V1__TriggerEvent *accepted(struct arena *arena, struct text wire) {
  ProtobufCMessage *message;
  struct refusal refusal = {0};
  if (codec_wire_unpack(&workflow__v1__trigger_event__descriptor, wire, &small_bounds, arena, &message, &refusal) < 0)
    fail_msg("refused: %s", refusal.text);
  return (const Workflow__V1__TriggerEvent *)message;
}

static struct refusal refused(struct arena *arena, struct text wire) {
  ProtobufCMessage *message = NULL;
  struct refusal refusal = {0};
  assert_true(
      codec_wire_unpack(&workflow__v1__trigger_event__descriptor, wire, &small_bounds, arena, &message, &refusal) < 0);
  assert_null(message);
  return refusal;
}

static void test_reads_fields(void **state) {
  const Workflow__V1__TriggerEvent *event = accepted(*state, TEXT("\x0a\x02"
                                                                  "e1"
                                                                  "\x70\xff\x01"
                                                                  "\x42\x04\x12\x02"
                                                                  "r1"));
  assert_string_equal(event->id, "e1");
  assert_int_equal(event->time_us, 255);
  assert_int_equal(event->n_recipients, 1);
  assert_string_equal(event->recipients[0]->id, "r1");
}

static void test_nothing_is_a_message_without_fields(void **state) {
  assert_string_equal(accepted(*state, (struct text){"", 0})->id, "");
}

static void test_a_nul_in_a_text_is_refused(void **state) {
  struct refusal refusal = refused(*state, TEXT("\x0a\x03"
                                                "e\0x"));
  assert_refusal(&refusal, "nul_in_text", "id: ");
  refusal = refused(*state, TEXT("\x42\x04\x12\x02"
                                 "r1"
                                 "\x42\x04\x12\x02"
                                 "r\0"));
  assert_refusal(&refusal, "nul_in_text", "recipients[1].id: ");
}

static void test_a_text_that_is_not_utf8_is_refused(void **state) {
  struct refusal refusal = refused(*state, TEXT("\x0a\x02\xC0\x80"));
  assert_refusal(&refusal, "bad_utf8", "id: ");
}

static void test_bytes_may_hold_anything(void **state) {
  const Workflow__V1__TriggerEvent *event = accepted(*state, TEXT("\x52\x03\xFF\0\x01"));
  assert_int_equal(event->data.len, 3);
}

static void test_unknown_fields_are_ignored(void **state) {
  // Field 1000 as varint, 1001 as bytes, 1002 as fixed64, 1003 as fixed32.
  accepted(*state, TEXT("\xc0\x3e\x05"
                        "\xca\x3e\x02\xFF\0"
                        "\xd1\x3e"
                        "12345678"
                        "\xdd\x3e"
                        "1234"
                        "\x0a\x01"
                        "e"));
}

static void test_too_many_unknown_fields_are_refused(void **state) {
  struct buf buf = {0};
  for (int i = 0; i < 1024; i++) buf_put(&buf, "\xc0\x3e\x05", 3);
  accepted(*state, (struct text){buf.data, buf.size});
  buf_put(&buf, "\xc0\x3e\x05", 3);
  struct refusal refusal = refused(*state, (struct text){buf.data, buf.size});
  assert_refusal(&refusal, "too_large", "unknown fields");
  buf_free(&buf);
}

static void test_a_field_of_another_type_is_refused(void **state) {
  struct refusal refusal = refused(*state, TEXT("\x08\x01")); // id as varint
  assert_refusal(&refusal, "wrong_type", "id: ");
  refusal = refused(*state, TEXT("\x72\x01"
                                 "x")); // time_us as bytes
  assert_refusal(&refusal, "wrong_type", "time_us: ");
}

static void test_a_field_given_twice_is_refused(void **state) {
  struct refusal refusal = refused(*state, TEXT("\x0a\x01"
                                                "a"
                                                "\x0a\x01"
                                                "b"));
  assert_refusal(&refusal, "undecodable", "id: given twice");
}

static void test_two_of_a_oneof_are_refused(void **state) {
  ProtobufCMessage *message;
  struct refusal refusal = {0};
  int status = codec_wire_unpack(&workflow__v1__worker_reply__descriptor, TEXT("\x0a\x00\x12\x00"), &small_bounds,
                                 *state, &message, &refusal);
  assert_int_equal(status, -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "heartbeat: given together with result");
}

static void test_elements_are_counted_before_they_cost_memory(void **state) {
  struct buf buf = {0};
  for (size_t i = 0; i < small_bounds.recipients; i++) buf_put(&buf, "\x42\x00", 2);
  accepted(*state, (struct text){buf.data, buf.size});
  for (size_t i = 0; i < 20000; i++) buf_put(&buf, "\x42\x00", 2);
  size_t before = arena_used(*state);
  struct refusal refusal = refused(*state, (struct text){buf.data, buf.size});
  assert_refusal(&refusal, "too_large", "recipients: more than 100");
  assert_true(arena_used(*state) - before < 1000);
  buf_free(&buf);
}

static void test_broken_bytes_are_refused(void **state) {
  const struct text bad[] = {
      TEXT("\x0a"), // no length
      TEXT("\x0a\x05"
           "abc"),                                              // shorter than its length
      TEXT("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),     // a length of 2^64
      TEXT("\x70\x80"),                                         // a varint without its end
      TEXT("\x70\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), // one of 11 bytes
      TEXT("\x00\x01"),                                         // field number 0
      TEXT("\x7b\x22"),                                         // a group, as "{\"" would be
      TEXT("\xdc\x3e"),                                         // the end of one
      TEXT("\xd1\x3e"
           "1234"), // fixed64 cut short
  };
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct refusal refusal = refused(*state, bad[i]);
    assert_refusal(&refusal, "undecodable", "not protobuf");
  }
}

static void test_packs_behind_what_is_there(void **state) {
  (void)state;
  Workflow__V1__ReplyTo message = WORKFLOW__V1__REPLY_TO__INIT;
  struct buf buf = {0};
  message.partition = 5;
  buf_puts(&buf, "x");
  codec_wire_pack(&message.base, &buf);
  assert_int_equal(buf.size, 3);
  assert_memory_equal(buf.data, "x\x10\x05", 3);
  buf_free(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_reads_fields),
      codec_case(test_nothing_is_a_message_without_fields),
      codec_case(test_a_nul_in_a_text_is_refused),
      codec_case(test_a_text_that_is_not_utf8_is_refused),
      codec_case(test_bytes_may_hold_anything),
      codec_case(test_unknown_fields_are_ignored),
      codec_case(test_too_many_unknown_fields_are_refused),
      codec_case(test_a_field_of_another_type_is_refused),
      codec_case(test_a_field_given_twice_is_refused),
      codec_case(test_two_of_a_oneof_are_refused),
      codec_case(test_elements_are_counted_before_they_cost_memory),
      codec_case(test_broken_bytes_are_refused),
      codec_case(test_packs_behind_what_is_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
