// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_worker.h"

static struct action_id action_of(int32_t number) {
  struct action_id id = {.action_no = number};
  assert_int_equal(uuid_parse(RUN_ID, strlen(RUN_ID), &id.run_id), 0);
  return id;
}

static int decode_reply(struct arena *arena, struct record record, struct worker_reply *reply,
                        struct refusal *refusal) {
  return codec_decode_reply(&record, &small_bounds, arena, reply, refusal);
}

static struct action_result result_back(struct arena *arena, const struct action_result *result) {
  struct buf buf = {0};
  struct worker_reply reply;
  struct refusal refusal;
  codec_encode_result(result, arena, &buf);
  if (decode_reply(arena, record_of_buf(&buf), &reply, &refusal) != 0) fail_msg("refused: %s", refusal.text);
  assert_false(reply.is_heartbeat);
  buf_free(&buf);
  return reply.result;
}

static struct refusal bad_reply(struct arena *arena, const char *json, int status) {
  struct worker_reply reply;
  struct refusal refusal;
  assert_int_equal(decode_reply(arena, record_of(text_of(json)), &reply, &refusal), status);
  return refusal;
}

static void test_completed_survives(void **state) {
  struct action_result in = {.action = action_of(3),
                             .attempt = 2,
                             .completed = true,
                             .output = TEXT("{\"n\":10000000000000000001}"),
                             .outcome = TEXT("answered"),
                             .external_reference = TEXT("call-9"),
                             .summary = TEXT("ok"),
                             .detail_internal = TEXT("dbg")};
  struct action_result out = result_back(*state, &in);
  assert_true(uuid_equal(&in.action.run_id, &out.action.run_id));
  assert_int_equal(out.action.action_no, 3);
  assert_int_equal(out.attempt, 2);
  assert_true(out.completed);
  assert_text(out.output, "{\"n\":10000000000000000001}");
  assert_text(out.outcome, "answered");
  assert_text(out.external_reference, "call-9");
  assert_text(out.summary, "ok");
  assert_text(out.detail_internal, "dbg");
}

static void test_completed_without_output_stays_completed(void **state) {
  struct action_result in = {.action = action_of(1), .attempt = 1, .completed = true};
  struct action_result out = result_back(*state, &in);
  assert_true(out.completed);
  assert_null(out.output.data);
}

static void test_failed_survives(void **state) {
  struct action_result in = {.action = action_of(1),
                             .attempt = 1,
                             .error_type = TEXT("https://e/x"),
                             .error_title = TEXT("T"),
                             .error_detail = TEXT("D"),
                             .error_status = 503,
                             .retryable = false,
                             .retry_after = 2500000};
  struct action_result out = result_back(*state, &in);
  assert_false(out.completed);
  assert_text(out.error_type, "https://e/x");
  assert_text(out.error_title, "T");
  assert_text(out.error_detail, "D");
  assert_int_equal(out.error_status, 503);
  assert_false(out.retryable);
  assert_int_equal(out.retry_after, 2500000);
  in.retryable = true;
  assert_true(result_back(*state, &in).retryable);
}

static void test_heartbeat_survives(void **state) {
  struct action_heartbeat in = {.action = action_of(5), .attempt = 1, .progress = TEXT("{\"done\":3}")};
  struct buf buf = {0};
  struct worker_reply reply;
  struct refusal refusal;
  codec_encode_heartbeat(&in, &buf);
  assert_int_equal(decode_reply(*state, record_of_buf(&buf), &reply, &refusal), 0);
  assert_true(reply.is_heartbeat);
  assert_int_equal(reply.heartbeat.action.action_no, 5);
  assert_text(reply.heartbeat.progress, "{\"done\":3}");
  buf_free(&buf);
}

static void test_json_reply(void **state) {
  struct worker_reply reply;
  struct refusal refusal;
  const char *json = "{\"result\":{\"actionId\":\"" RUN_ID
                     ":4\",\"attempt\":1,\"completed\":{\"output\":[1.50]},\"outcome\":\"no_answer\"}}";
  assert_int_equal(decode_reply(*state, record_of(text_of(json)), &reply, &refusal), 0);
  assert_text(reply.result.output, "[1.50]");
  assert_text(reply.result.outcome, "no_answer");
  json = "{\"result\":{\"action_id\":\"" RUN_ID
         ":4\",\"attempt\":1,\"failed\":{\"nonRetryable\":true,\"retry_after_us\":\"7\"}}}";
  assert_int_equal(decode_reply(*state, record_of(text_of(json)), &reply, &refusal), 0);
  assert_false(reply.result.completed);
  assert_false(reply.result.retryable);
  assert_int_equal(reply.result.retry_after, 7);
  json = "{\"heartbeat\":{\"action_id\":\"" RUN_ID ":4\",\"attempt\":1}}";
  assert_int_equal(decode_reply(*state, record_of(text_of(json)), &reply, &refusal), 0);
  assert_true(reply.is_heartbeat);
}

static void test_refuses_what_is_no_reply(void **state) {
  struct refusal refusal = bad_reply(*state, "{}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "result or heartbeat");
  refusal = bad_reply(*state, "{\"result\":{\"attempt\":1,\"completed\":{}}}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "action_id");
  refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID "\",\"attempt\":1,\"completed\":{}}}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "action_id: \"" RUN_ID "\"");
  refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID ":1\",\"completed\":{}}}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "attempt: 0");
  refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID ":1\",\"attempt\":1}}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "completed or failed");
  refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID ":1\",\"attempt\":1,\"failed\":{\"status\":42}}}",
                      -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "failed.status: 42");
  refusal = bad_reply(*state,
                      "{\"result\":{\"action_id\":\"" RUN_ID
                      ":1\",\"attempt\":1,\"failed\":{\"retry_after_us\":99999999999999}}}",
                      -WF_ETOOBIG);
  assert_refusal(&refusal, "too_large", "retry_after_us");
  refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID ":1\",\"attempt\":4294967296}}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "result.attempt: more than 32 bits");
}

static void test_a_late_result_still_names_its_action(void **state) {
  struct refusal refusal = bad_reply(*state, "{\"result\":{\"action_id\":\"" RUN_ID ":7\",\"attempt\":1}}", -WF_EINVAL);
  assert_text(refusal.id, RUN_ID ":7");
}

static void test_cloudevents_are_no_replies(void **state) {
  struct worker_reply reply;
  struct refusal refusal;
  struct message_header header = {"ce_specversion", "1.0", 3};
  struct record record = record_of(TEXT("{}"));
  record.headers = &header;
  record.header_count = 1;
  assert_int_equal(decode_reply(*state, record, &reply, &refusal), -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "WorkerReply");
}

static void test_request_survives(void **state) {
  struct action_request in = {.action = action_of(2),
                              .attempt = 3,
                              .reference = "/do/1/call",
                              .workflow = "ns/w",
                              .workflow_version = "1",
                              .function = "placeCall",
                              .tenant = "acme",
                              .recipient_collection = "leads",
                              .recipient_id = "l1",
                              .arguments = TEXT("{\"a\":1}"),
                              .deadline = 77,
                              .heartbeat_timeout = 5,
                              .answer_topic = "workflow.action-results",
                              .answer_partition = 0,
                              .traceparent = "00-a"};
  struct buf buf = {0};
  struct worker_request out;
  struct refusal refusal;
  codec_encode_request(&in, &buf);
  struct record record = record_of_buf(&buf);
  assert_int_equal(codec_decode_request(&record, &small_bounds, *state, &out, &refusal), 0);
  assert_false(out.is_cancel);
  assert_int_equal(out.request.action.action_no, 2);
  assert_int_equal(out.request.attempt, 3);
  assert_string_equal(out.request.reference, "/do/1/call");
  assert_string_equal(out.request.workflow, "ns/w");
  assert_string_equal(out.request.workflow_version, "1");
  assert_string_equal(out.request.function, "placeCall");
  assert_string_equal(out.request.tenant, "acme");
  assert_string_equal(out.request.recipient_collection, "leads");
  assert_string_equal(out.request.recipient_id, "l1");
  assert_text(out.request.arguments, "{\"a\":1}");
  assert_int_equal(out.request.deadline, 77);
  assert_int_equal(out.request.heartbeat_timeout, 5);
  assert_string_equal(out.request.answer_topic, "workflow.action-results");
  assert_int_equal(out.request.answer_partition, 0);
  assert_string_equal(out.request.traceparent, "00-a");
  buf_free(&buf);
}

static void test_request_without_options(void **state) {
  struct action_request in = {.action = action_of(2), .attempt = 1, .function = "f"};
  struct buf buf = {0};
  struct worker_request out;
  struct refusal refusal;
  codec_encode_request(&in, &buf);
  struct record record = record_of_buf(&buf);
  assert_int_equal(codec_decode_request(&record, &small_bounds, *state, &out, &refusal), 0);
  assert_null(out.request.tenant);
  assert_null(out.request.recipient_id);
  assert_null(out.request.answer_topic);
  assert_null(out.request.traceparent);
  assert_null(out.request.arguments.data);
  buf_free(&buf);
}

static void test_cancel_survives(void **state) {
  struct action_cancel in = {.action = action_of(9), .attempt = 4, .reason = "timeout"};
  struct buf buf = {0};
  struct worker_request out;
  struct refusal refusal;
  codec_encode_cancel(&in, &buf);
  struct record record = record_of_buf(&buf);
  assert_int_equal(codec_decode_request(&record, &small_bounds, *state, &out, &refusal), 0);
  assert_true(out.is_cancel);
  assert_int_equal(out.cancel.action.action_no, 9);
  assert_int_equal(out.cancel.attempt, 4);
  assert_string_equal(out.cancel.reason, "timeout");
  buf_free(&buf);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_completed_survives),
      codec_case(test_completed_without_output_stays_completed),
      codec_case(test_failed_survives),
      codec_case(test_heartbeat_survives),
      codec_case(test_json_reply),
      codec_case(test_refuses_what_is_no_reply),
      codec_case(test_a_late_result_still_names_its_action),
      codec_case(test_cloudevents_are_no_replies),
      codec_case(test_request_survives),
      codec_case(test_request_without_options),
      codec_case(test_cancel_survives),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
