// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_command.h"

static int decode(struct arena *arena, struct record record, struct run_command *command, struct refusal *refusal) {
  return codec_decode_command(&record, &small_bounds, arena, command, refusal);
}

static struct run_command round_trip(struct arena *arena, const struct run_command *command) {
  struct buf buf = {0};
  struct run_command back;
  struct refusal refusal;
  codec_encode_command(command, arena, &buf);
  if (decode(arena, record_of_buf(&buf), &back, &refusal) != 0) fail_msg("refused: %s", refusal.text);
  buf_free(&buf);
  return back;
}

static struct refusal bad_json(struct arena *arena, const char *json, int status) {
  struct run_command command;
  struct refusal refusal;
  assert_int_equal(decode(arena, record_of(text_of(json)), &command, &refusal), status);
  return refusal;
}

static void test_run_id_survives(void **state) {
  struct run_command in = {.kind = COMMAND_SUSPEND,
                           .id = TEXT("c1"),
                           .has_run_id = true,
                           .actor = TEXT("ops"),
                           .reason = TEXT("why"),
                           .time = 99};
  assert_int_equal(uuid_parse(RUN_ID, strlen(RUN_ID), &in.run_id), 0);
  struct run_command out = round_trip(*state, &in);
  assert_int_equal(out.kind, COMMAND_SUSPEND);
  assert_true(out.has_run_id);
  assert_true(uuid_equal(&in.run_id, &out.run_id));
  assert_text(out.id, "c1");
  assert_text(out.actor, "ops");
  assert_text(out.reason, "why");
  assert_int_equal(out.time, 99);
}

static void test_cancel_by_key_survives(void **state) {
  struct recipient_ref recipients[] = {{TEXT("leads"), TEXT("l1")}, {.id = TEXT("l2")}};
  struct run_command in = {.kind = COMMAND_CANCEL,
                           .tenant = TEXT("acme"),
                           .workflow = TEXT("w"),
                           .cancellation_key = TEXT("k"),
                           .recipients = recipients,
                           .recipient_count = 2};
  struct run_command out = round_trip(*state, &in);
  assert_false(out.has_run_id);
  assert_text(out.tenant, "acme");
  assert_text(out.workflow, "w");
  assert_text(out.cancellation_key, "k");
  assert_int_equal(out.recipient_count, 2);
  assert_text(out.recipients[0].collection, "leads");
  assert_text(out.recipients[1].id, "l2");
}

static void test_time_falls_back_to_the_record(void **state) {
  struct run_command in = {.kind = COMMAND_CANCEL, .cancellation_key = TEXT("k")};
  assert_int_equal(round_trip(*state, &in).time, 1700000000000000);
}

static void test_each_kind(void **state) {
  for (int kind = COMMAND_CANCEL; kind <= COMMAND_RETRY; kind++) {
    struct run_command in = {.kind = (enum run_command_kind)kind, .has_run_id = true};
    assert_int_equal(round_trip(*state, &in).kind, kind);
  }
}

static void test_a_long_reason_is_cut_between_characters(void **state) {
  struct buf reason = {0};
  while (reason.size <= MESSAGE_SUMMARY_MAX) buf_puts(&reason, "\xE2\x82\xAC");
  struct run_command in = {.kind = COMMAND_RESUME, .has_run_id = true, .reason = {reason.data, reason.size}};
  struct run_command out = round_trip(*state, &in);
  assert_int_equal(out.reason.size, MESSAGE_SUMMARY_MAX / 3 * 3);
  assert_int_equal(out.reason.data[out.reason.size], 0);
  assert_true(text_is_clean_utf8(out.reason.data, out.reason.size));
  buf_free(&reason);
}

static void test_json(void **state) {
  struct run_command command;
  struct refusal refusal;
  const char *json = "{\"kind\":\"cancel\",\"runId\":\"" RUN_ID "\",\"reason\":\"r\"}";
  assert_int_equal(decode(*state, record_of(text_of(json)), &command, &refusal), 0);
  assert_true(command.has_run_id);
  json = "{\"kind\":\"RUN_COMMAND_KIND_CANCEL\",\"cancellation\":{\"cancellation_key\":\"k\",\"recipients\":[\"a\"]}}";
  assert_int_equal(decode(*state, record_of(text_of(json)), &command, &refusal), 0);
  assert_text(command.cancellation_key, "k");
  assert_text(command.recipients[0].id, "a");
}

static void test_refuses_half_commands(void **state) {
  struct refusal refusal = bad_json(*state, "{\"runId\":\"" RUN_ID "\"}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "kind");
  refusal = bad_json(*state, "{\"kind\":\"cancel\"}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "run_id or cancellation");
  refusal = bad_json(*state, "{\"kind\":\"cancel\",\"cancellation\":{\"tenant\":\"a\"}}", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "cancellation.cancellation_key");
  refusal = bad_json(*state, "{\"kind\":\"cancel\",\"runId\":\"x\"}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "run_id: \"x\"");
  refusal = bad_json(*state, "{\"kind\":\"wake\",\"runId\":\"" RUN_ID "\"}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "kind: \"wake\", expected one of cancel, suspend, resume, retry");
  refusal = bad_json(*state, "{\"kind\":\"cancel\",\"runId\":\"" RUN_ID "\",\"time_us\":9223372036854775807}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "time_us: 9223372036854775807 is behind the year 9999");
  refusal = bad_json(*state, "{\"kind\":9,\"runId\":\"" RUN_ID "\"}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "kind: 9");
}

static void test_refuses_two_targets(void **state) {
  struct refusal refusal =
      bad_json(*state, "{\"kind\":\"cancel\",\"runId\":\"" RUN_ID "\",\"cancellation\":{\"cancellationKey\":\"k\"}}",
               -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "given together with run_id");
}

static void test_only_cancel_goes_by_key(void **state) {
  struct refusal refusal =
      bad_json(*state, "{\"kind\":\"suspend\",\"cancellation\":{\"cancellationKey\":\"k\"}}", -WF_EUNSUPPORTED);
  assert_refusal(&refusal, "not_supported", "only CANCEL");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_run_id_survives),
      codec_case(test_cancel_by_key_survives),
      codec_case(test_time_falls_back_to_the_record),
      codec_case(test_each_kind),
      codec_case(test_a_long_reason_is_cut_between_characters),
      codec_case(test_json),
      codec_case(test_refuses_half_commands),
      codec_case(test_refuses_two_targets),
      codec_case(test_only_cancel_goes_by_key),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
