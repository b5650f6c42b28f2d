// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <workflow/v1/worker.pb-c.h>

#include "worker/wire.h"

static int set_up(void **state) {
  *state = arena_new();
  return 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static Workflow__V1__ActionRequest make_request(Workflow__V1__ReplyTo *reply_to) {
  workflow__v1__reply_to__init(reply_to);
  reply_to->topic = (char *)"workflow.action-results";
  reply_to->partition = 3;
  Workflow__V1__ActionRequest request = WORKFLOW__V1__ACTION_REQUEST__INIT;
  request.action_id = (char *)"0198:1";
  request.run_id = (char *)"0198";
  request.attempt = 2;
  request.function = (char *)"noop";
  request.arguments = (ProtobufCBinaryData){2, (uint8_t *)"{}"};
  request.heartbeat_timeout_us = 30;
  request.reply_to = reply_to;
  return request;
}

static int read_request(void **state, Workflow__V1__ActionRequest *request, struct wire_message *ret_message) {
  Workflow__V1__WorkerRequest envelope = WORKFLOW__V1__WORKER_REQUEST__INIT;
  envelope.message_case = WORKFLOW__V1__WORKER_REQUEST__MESSAGE_REQUEST;
  envelope.request = request;
  uint8_t bytes[512];
  assert_true(workflow__v1__worker_request__get_packed_size(&envelope) <= sizeof bytes);
  return wire_read(bytes, workflow__v1__worker_request__pack(&envelope, bytes), *state, ret_message);
}

static void test_reads_a_request(void **state) {
  Workflow__V1__ReplyTo reply_to;
  Workflow__V1__ActionRequest request = make_request(&reply_to);
  struct wire_message message;
  assert_int_equal(read_request(state, &request, &message), 0);
  assert_int_equal(message.kind, WIRE_REQUEST);
  assert_string_equal(message.action_id, "0198:1");
  assert_int_equal(message.attempt, 2);
  assert_string_equal(message.function, "noop");
  assert_string_equal(message.reply_topic, "workflow.action-results");
  assert_int_equal(message.reply_partition, 3);
  assert_int_equal(message.heartbeat_timeout, 30);
  assert_true(text_equal(message.arguments, TEXT("{}")));
}

static void test_request_without_what_an_answer_needs(void **state) {
  struct wire_message message;
  Workflow__V1__ReplyTo reply_to;
  Workflow__V1__ActionRequest request = make_request(&reply_to);
  request.reply_to = NULL;
  assert_int_equal(read_request(state, &request, &message), -WF_EINVAL);
  request = make_request(&reply_to);
  reply_to.partition = -1;
  assert_int_equal(read_request(state, &request, &message), -WF_EINVAL);
  request = make_request(&reply_to);
  request.action_id = (char *)"";
  assert_int_equal(read_request(state, &request, &message), -WF_EINVAL);
  request = make_request(&reply_to);
  request.attempt = 0;
  assert_int_equal(read_request(state, &request, &message), -WF_EINVAL);
}

static void test_reads_a_cancel(void **state) {
  Workflow__V1__ActionCancel cancel = WORKFLOW__V1__ACTION_CANCEL__INIT;
  cancel.action_id = (char *)"0198:1";
  cancel.attempt = 1;
  Workflow__V1__WorkerRequest envelope = WORKFLOW__V1__WORKER_REQUEST__INIT;
  envelope.message_case = WORKFLOW__V1__WORKER_REQUEST__MESSAGE_CANCEL;
  envelope.cancel = &cancel;
  uint8_t bytes[128];
  struct wire_message message;
  assert_int_equal(wire_read(bytes, workflow__v1__worker_request__pack(&envelope, bytes), *state, &message), 0);
  assert_int_equal(message.kind, WIRE_CANCEL);
  assert_string_equal(message.action_id, "0198:1");
}

static void test_refuses_what_is_no_request(void **state) {
  struct wire_message message;
  assert_int_equal(wire_read("\xff\xff", 2, *state, &message), -WF_EINVAL);
  assert_int_equal(wire_read("", 0, *state, &message), -WF_EINVAL);
  assert_int_equal(wire_read("{\"request\":{}}", 14, *state, &message), -WF_EINVAL);
}

static Workflow__V1__WorkerReply *unpack(struct text bytes) {
  Workflow__V1__WorkerReply *reply = workflow__v1__worker_reply__unpack(NULL, bytes.size, (const uint8_t *)bytes.data);
  assert_non_null(reply);
  return reply;
}

static void test_writes_a_completed_result(void **state) {
  struct work_result result = {.completed = true, .output = "{\"a\":1}", .outcome = "answered", .external_reference = "call-1"};
  Workflow__V1__WorkerReply *reply = unpack(wire_write_result("0198:1", 2, &result, *state));
  assert_int_equal(reply->message_case, WORKFLOW__V1__WORKER_REPLY__MESSAGE_RESULT);
  assert_string_equal(reply->result->action_id, "0198:1");
  assert_int_equal(reply->result->attempt, 2);
  assert_int_equal(reply->result->result_case, WORKFLOW__V1__ACTION_RESULT__RESULT_COMPLETED);
  assert_int_equal(reply->result->completed->output.len, 7);
  assert_memory_equal(reply->result->completed->output.data, "{\"a\":1}", 7);
  assert_string_equal(reply->result->outcome, "answered");
  assert_string_equal(reply->result->external_reference, "call-1");
  workflow__v1__worker_reply__free_unpacked(reply, NULL);
}

static void test_writes_a_failed_result(void **state) {
  struct work_result result = {.error_type = "urn:x", .error_status = 503, .error_title = "t", .detail_internal = "inside",
                               .non_retryable = true};
  Workflow__V1__WorkerReply *reply = unpack(wire_write_result("0198:1", 1, &result, *state));
  assert_int_equal(reply->result->result_case, WORKFLOW__V1__ACTION_RESULT__RESULT_FAILED);
  assert_string_equal(reply->result->failed->type, "urn:x");
  assert_int_equal(reply->result->failed->status, 503);
  assert_true(reply->result->failed->non_retryable);
  assert_string_equal(reply->result->detail_internal, "inside");
  workflow__v1__worker_reply__free_unpacked(reply, NULL);
}

static void test_writes_a_heartbeat(void **state) {
  Workflow__V1__WorkerReply *reply = unpack(wire_write_heartbeat("0198:1", 4, *state));
  assert_int_equal(reply->message_case, WORKFLOW__V1__WORKER_REPLY__MESSAGE_HEARTBEAT);
  assert_string_equal(reply->heartbeat->action_id, "0198:1");
  assert_int_equal(reply->heartbeat->attempt, 4);
  workflow__v1__worker_reply__free_unpacked(reply, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_reads_a_request),
      CASE(test_request_without_what_an_answer_needs),
      CASE(test_reads_a_cancel),
      CASE(test_refuses_what_is_no_request),
      CASE(test_writes_a_completed_result),
      CASE(test_writes_a_failed_result),
      CASE(test_writes_a_heartbeat),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
