// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_json.h"
#include "workflow/v1/trigger_event.pb-c.h"
#include "workflow/v1/worker.pb-c.h"

static int read_as(const ProtobufCMessageDescriptor *type, struct arena *arena, const char *json,
                   ProtobufCMessage **message, struct refusal *refusal) {
  struct json_scan_value value;
  struct json_scan_fault fault;
  assert_int_equal(json_scan_check(text_of(json), &value, &fault), 0);
  return codec_json_read(type, value, &small_bounds, arena, message, refusal);
}

static const Workflow__V1__TriggerEvent *accepted(struct arena *arena, const char *json) {
  ProtobufCMessage *message;
  struct refusal refusal = {0};
  if (read_as(&workflow__v1__trigger_event__descriptor, arena, json, &message, &refusal) < 0)
    fail_msg("refused: %s", refusal.text);
  return (const Workflow__V1__TriggerEvent *)message;
}

static struct refusal refused(const ProtobufCMessageDescriptor *type, struct arena *arena, const char *json) {
  ProtobufCMessage *message;
  struct refusal refusal = {0};
  assert_true(read_as(type, arena, json, &message, &refusal) < 0);
  return refusal;
}

static const ProtobufCMessageDescriptor *const event_type = &workflow__v1__trigger_event__descriptor;
static const ProtobufCMessageDescriptor *const reply_type = &workflow__v1__worker_reply__descriptor;

static void test_both_spellings_of_a_name(void **state) {
  assert_string_equal(accepted(*state, "{\"workflow_version\":\"1\"}")->workflow_version, "1");
  assert_string_equal(accepted(*state, "{\"workflowVersion\":\"1\"}")->workflow_version, "1");
  assert_string_equal(accepted(*state, "{\"\\u0069d\":\"escaped\"}")->id, "escaped");
}

static void test_unknown_names_are_refused(void **state) {
  struct refusal refusal = refused(event_type, *state, "{\"tenants\":\"acme\"}");
  assert_refusal(&refusal, "undecodable", "message: unknown name \"tenants\", expected perhaps tenant");
  refusal = refused(event_type, *state, "{\"WorkflowVersion\":\"1\"}"); // neither spelling
  assert_refusal(&refusal, "undecodable", "expected perhaps workflow_version");
  refusal = refused(event_type, *state, "{\"workflow_Version\":\"1\"}");
  assert_refusal(&refusal, "undecodable", "expected perhaps workflow_version");
  refusal = refused(event_type, *state, "{\"recipients\":[\"a\",{\"id\":\"b\",\"dta\":{}}]}");
  assert_refusal(&refusal, "undecodable", "recipients[1]: unknown name \"dta\", expected perhaps data");
  refusal = refused(reply_type, *state, "{\"result\":{\"completed\":{\"something\":null}}}");
  assert_refusal(&refusal, "undecodable", "result.completed: unknown name \"something\", expected one of output");
  assert_int_equal(accepted(*state, "{\"data\":{\"tenants\":1}}")->data.len, 13); // what is within is the producer's
}

static void test_time_is_an_instant(void **state) {
  assert_int_equal(accepted(*state, "{\"time\":\"1970-01-01T01:00:01.5+01:00\"}")->time_us, 1500000);
  assert_int_equal(accepted(*state, "{\"time\":null}")->time_us, 0);
  struct refusal refusal = refused(event_type, *state, "{\"time\":\"soon\"}");
  assert_refusal(&refusal, "wrong_type", "time: \"soon\", expected an instant by RFC 3339");
  refusal = refused(event_type, *state, "{\"time\":1500000}");
  assert_refusal(&refusal, "wrong_type", "time: a number, expected an instant");
  refusal = refused(event_type, *state, "{\"time\":\"1970-01-01T00:00:01Z\",\"time_us\":1000000}");
  assert_refusal(&refusal, "undecodable", "time_us: given twice");
  refusal = refused(reply_type, *state, "{\"time\":\"1970-01-01T00:00:01Z\"}");
  assert_refusal(&refusal, "undecodable", "unknown name \"time\"");
}

static void test_null_is_absent(void **state) {
  const Workflow__V1__TriggerEvent *event =
      accepted(*state, "{\"id\":null,\"source\":null,\"recipients\":null,\"time_us\":null,\"data\":null}");
  assert_string_equal(event->id, "");
  assert_null(event->source);
  assert_int_equal(event->n_recipients, 0);
  assert_int_equal(event->data.len, 0);
}

static void test_integers_as_number_or_string(void **state) {
  assert_int_equal(accepted(*state, "{\"time_us\":9007199254740993}")->time_us, 9007199254740993);
  assert_int_equal(accepted(*state, "{\"time_us\":\"9007199254740993\"}")->time_us, 9007199254740993);
  struct refusal refusal = refused(event_type, *state, "{\"time_us\":1.5}");
  assert_refusal(&refusal, "wrong_type", "time_us: a number, expected a whole number");
  refusal = refused(event_type, *state, "{\"time_us\":\"noon\"}");
  assert_refusal(&refusal, "wrong_type", "time_us: a string");
}

static void test_enums_by_name_short_name_or_number(void **state) {
  const int schedule = WORKFLOW__V1__TRIGGER_SOURCE_KIND__TRIGGER_SOURCE_KIND_SCHEDULE;
  assert_int_equal(accepted(*state, "{\"source\":{\"kind\":\"TRIGGER_SOURCE_KIND_SCHEDULE\"}}")->source->kind,
                   schedule);
  assert_int_equal(accepted(*state, "{\"source\":{\"kind\":\"Schedule\"}}")->source->kind, schedule);
  assert_int_equal(accepted(*state, "{\"source\":{\"kind\":3}}")->source->kind, schedule);
  struct refusal refusal = refused(event_type, *state, "{\"source\":{\"kind\":true}}");
  assert_refusal(&refusal, "wrong_type", "source.kind: true, expected a name");
  refusal = refused(event_type, *state, "{\"source\":{\"kind\":\"unspecified\",\"name\":\"x\"},\"recipients\":[7]}");
  assert_refusal(&refusal, "wrong_type", "recipients[0]: a number, expected an object or an id");
  refusal = refused(event_type, *state, "{\"source\":{\"kind\":\"rumour\"}}");
  assert_refusal(&refusal, "wrong_type", "source.kind: \"rumour\", expected one of api, audience, schedule, broadcast, workflow_step, integration, rehearsal");
}

static void test_json_within_stays_as_received(void **state) {
  const Workflow__V1__TriggerEvent *event = accepted(*state, "{\"data\" : { \"a\":1.0e1 , \"a\":\"\\u00e9\"} }");
  const char *expected = "{ \"a\":1.0e1 , \"a\":\"\\u00e9\"}";
  assert_int_equal(event->data.len, strlen(expected));
  assert_memory_equal(event->data.data, expected, strlen(expected));
}

static void test_a_plain_text_is_an_id_where_one_is_meant(void **state) {
  const Workflow__V1__TriggerEvent *event = accepted(*state, "{\"actor\":\"a\",\"recipients\":[\"x\",{\"id\":\"y\"}]}");
  assert_string_equal(event->actor->id, "a");
  assert_string_equal(event->recipients[0]->id, "x");
  assert_string_equal(event->recipients[1]->id, "y");
  struct refusal refusal = refused(event_type, *state, "{\"source\":\"crm\"}");
  assert_refusal(&refusal, "wrong_type", "source: a string, expected an object");
}

static void test_a_name_given_twice_is_refused(void **state) {
  struct refusal refusal = refused(event_type, *state, "{\"workflow_version\":\"1\",\"workflowVersion\":\"2\"}");
  assert_refusal(&refusal, "undecodable", "workflow_version: given twice");
}

static void test_two_of_a_oneof_are_refused(void **state) {
  struct refusal refusal = refused(reply_type, *state, "{\"result\":{},\"heartbeat\":{}}");
  assert_refusal(&refusal, "undecodable", "heartbeat: given together with result");
  ProtobufCMessage *message;
  assert_int_equal(read_as(reply_type, *state, "{\"result\":null,\"heartbeat\":{}}", &message, &refusal), 0);
}

static void test_truth_values(void **state) {
  ProtobufCMessage *message;
  struct refusal refusal;
  assert_int_equal(
      read_as(reply_type, *state, "{\"result\":{\"failed\":{\"non_retryable\":true}}}", &message, &refusal), 0);
  assert_true(((const Workflow__V1__WorkerReply *)message)->result->failed->non_retryable);
  refusal = refused(reply_type, *state, "{\"result\":{\"failed\":{\"non_retryable\":\"yes\"}}}");
  assert_refusal(&refusal, "wrong_type", "result.failed.non_retryable: a string, expected true or false");
}

static void test_elements_are_bounded(void **state) {
  struct buf json = {0};
  buf_puts(&json, "{\"recipients\":[\"r\"");
  for (size_t i = 1; i < small_bounds.recipients; i++) buf_puts(&json, ",\"r\"");
  size_t size = json.size;
  buf_put(&json, "]}", 3);
  assert_int_equal(accepted(*state, json.data)->n_recipients, small_bounds.recipients);
  json.size = size;
  buf_put(&json, ",\"r\"]}", 7);
  struct refusal refusal = refused(event_type, *state, json.data);
  assert_refusal(&refusal, "too_large", "recipients: more than 100");
  buf_free(&json);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_both_spellings_of_a_name),
      codec_case(test_unknown_names_are_refused),
      codec_case(test_time_is_an_instant),
      codec_case(test_null_is_absent),
      codec_case(test_integers_as_number_or_string),
      codec_case(test_enums_by_name_short_name_or_number),
      codec_case(test_json_within_stays_as_received),
      codec_case(test_a_plain_text_is_an_id_where_one_is_meant),
      codec_case(test_a_name_given_twice_is_refused),
      codec_case(test_two_of_a_oneof_are_refused),
      codec_case(test_truth_values),
      codec_case(test_elements_are_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
