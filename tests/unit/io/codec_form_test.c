// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include <stdlib.h>

#include "io/codec_form.h"
#include "workflow/v1/trigger_event.pb-c.h"

static struct message_header header_of(const char *name, const char *value) {
  return (struct message_header){name, value, strlen(value)};
}

static enum codec_form form_of(struct arena *arena, const char *value, struct message_header *headers, size_t count) {
  struct record record = record_of(text_of(value));
  record.headers = headers;
  record.header_count = count;
  enum codec_form form;
  struct refusal refusal;
  if (codec_form_of(&record, arena, &form, &refusal) < 0) fail_msg("refused: %s", refusal.text);
  return form;
}

static void test_first_byte_decides_without_headers(void **state) {
  assert_int_equal(form_of(*state, "{\"id\":1}", NULL, 0), CODEC_JSON);
  assert_int_equal(form_of(*state,
                           "\x0a\x01"
                           "e",
                           NULL, 0),
                   CODEC_PROTOBUF);
  assert_int_equal(form_of(*state, "", NULL, 0), CODEC_PROTOBUF);
}

static void test_content_type_goes_before_the_first_byte(void **state) {
  static const struct {
    const char *value;
    enum codec_form form;
  } types[] = {{"application/json", CODEC_JSON},
               {"Application/JSON; charset=utf-8", CODEC_JSON},
               {" application/json ", CODEC_JSON},
               {"application/x-protobuf", CODEC_PROTOBUF},
               {"application/protobuf", CODEC_PROTOBUF},
               {"application/vnd.google.protobuf;proto=x", CODEC_PROTOBUF},
               {"application/cloudevents+json; charset=UTF-8", CODEC_CLOUDEVENT_STRUCTURED},
               {"", CODEC_JSON}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    struct message_header header = header_of("Content-Type", types[i].value);
    assert_int_equal(form_of(*state, "{}", &header, 1), types[i].form);
  }
}

static void test_specversion_goes_before_content_type(void **state) {
  struct message_header headers[] = {header_of("content-type", "application/x-protobuf"),
                                     header_of("ce_specversion", "1.0")};
  assert_int_equal(form_of(*state, "{}", headers, 2), CODEC_CLOUDEVENT_BINARY);
}

static struct refusal refused(struct arena *arena, struct record record, int status) {
  ProtobufCMessage *message;
  struct refusal refusal;
  assert_int_equal(
      codec_form_unpack(&workflow__v1__trigger_event__descriptor, &record, &small_bounds, arena, &message, &refusal),
      status);
  return refusal;
}

static void test_another_content_type_is_refused(void **state) {
  struct message_header header = header_of("content-type", "text/plain");
  struct record record = record_of(TEXT("{}"));
  record.headers = &header;
  record.header_count = 1;
  struct refusal refusal = refused(*state, record, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "content-type: \"text/plain\", expected application/x-protobuf");
  header = header_of("content-type", "\xFF\xFE");
  refusal = refused(*state, record, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "(not UTF-8)");
}

static void test_value_is_bounded(void **state) {
  char *value = calloc(1, small_bounds.payload_bytes + 1);
  struct refusal refusal =
      refused(*state, record_of((struct text){value, small_bounds.payload_bytes + 1}), -WF_ETOOBIG);
  assert_refusal(&refusal, "too_large", "65537 bytes, expected at most 65536");
  refusal = refused(*state, record_of((struct text){value, small_bounds.payload_bytes}), -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "not protobuf");
  free(value);
}

static void test_no_value_is_refused(void **state) {
  struct refusal refusal = refused(*state, record_of((struct text){0}), -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "record value: empty");
}

static void test_json_must_be_an_object(void **state) {
  struct message_header header = header_of("content-type", "application/json");
  struct record record = record_of(TEXT("[1]"));
  record.headers = &header;
  record.header_count = 1;
  struct refusal refusal = refused(*state, record, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "message: an array, expected an object");
  refusal = refused(*state, record_of(TEXT("{\"id\":\"\\ud800\"}")), -WF_EINVAL);
  assert_refusal(&refusal, "bad_utf8", "high surrogate");
  refusal = refused(*state, record_of(TEXT("{\"id\":\"e\"")), -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "at byte 9");
}

static void test_specversion_in_json_makes_a_cloudevent(void **state) {
  struct record record = record_of(TEXT("{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"s\",\"type\":\"t\"}"));
  ProtobufCMessage *message;
  struct refusal refusal;
  assert_int_equal(
      codec_form_unpack(&workflow__v1__trigger_event__descriptor, &record, &small_bounds, *state, &message, &refusal),
      0);
  assert_string_equal(((const Workflow__V1__TriggerEvent *)message)->source->name, "s");
}

static void test_a_refusal_names_its_json(void **state) {
  struct refusal refusal = refused(
      *state, record_of(TEXT("{\"recipients\":[true],\"tenant\":\"acme\",\"id\":\"e\\u0031\"}")), -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "recipients[0]");
  assert_text(refusal.id, "e1");
  assert_text(refusal.tenant, "acme");
  refusal = refused(*state, record_of(TEXT("{\"specversion\":\"1.0\",\"id\":\"e2\",\"type\":\"t\"}")), -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "source");
  assert_text(refusal.id, "e2");
  refusal = refused(*state, record_of(TEXT("{\"id\":7,\"tenant\":null}")), -WF_EINVAL);
  assert_null(refusal.id.data);
  assert_null(refusal.tenant.data);
}

static void test_a_refusal_names_its_binary_cloudevent(void **state) {
  struct message_header headers[] = {header_of("ce_specversion", "1.0"), header_of("ce_id", "e3"),
                                     header_of("ce_tenant", "\xff")};
  struct record record = record_of(TEXT("{}"));
  record.headers = headers;
  record.header_count = 3;
  struct refusal refusal = refused(*state, record, -WF_EINVAL);
  assert_text(refusal.id, "e3");
  assert_null(refusal.tenant.data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_first_byte_decides_without_headers),
      codec_case(test_content_type_goes_before_the_first_byte),
      codec_case(test_specversion_goes_before_content_type),
      codec_case(test_another_content_type_is_refused),
      codec_case(test_value_is_bounded),
      codec_case(test_no_value_is_refused),
      codec_case(test_json_must_be_an_object),
      codec_case(test_specversion_in_json_makes_a_cloudevent),
      codec_case(test_a_refusal_names_its_json),
      codec_case(test_a_refusal_names_its_binary_cloudevent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
