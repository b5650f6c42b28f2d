// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_trigger.h"

static int decode(struct arena *arena, struct record record, struct trigger_event *event, struct refusal *refusal) {
  return codec_decode_trigger(&record, &small_bounds, arena, event, refusal);
}

static struct trigger_event good(struct arena *arena, struct record record) {
  struct trigger_event event;
  struct refusal refusal;
  if (decode(arena, record, &event, &refusal) != 0) fail_msg("refused: %s: %s", refusal.code, refusal.text);
  return event;
}

static struct trigger_event round_trip(struct arena *arena, const struct trigger_event *event) {
  struct buf buf = {0};
  codec_encode_trigger(event, arena, &buf);
  struct trigger_event back = good(arena, record_of_buf(&buf));
  buf_free(&buf);
  return back;
}

static struct refusal bad(struct arena *arena, const struct trigger_event *event, int status) {
  struct buf buf = {0};
  struct trigger_event back;
  struct refusal refusal;
  codec_encode_trigger(event, arena, &buf);
  assert_int_equal(decode(arena, record_of_buf(&buf), &back, &refusal), status);
  buf_free(&buf);
  return refusal;
}

static struct refusal bad_json(struct arena *arena, const char *json, int status) {
  struct trigger_event event;
  struct refusal refusal;
  assert_int_equal(decode(arena, record_of(text_of(json)), &event, &refusal), status);
  return refusal;
}

static void test_every_field_survives_protobuf(void **state) {
  struct trigger_recipient recipients[] = {
      {.ref = {TEXT("leads"), TEXT("l1")}, .data = TEXT("{\"n\":12345678901234567890}")}, {.ref = {.id = TEXT("l2")}}};
  struct trigger_event in = {.id = TEXT("e1"),
                             .type = TEXT("lead.created"),
                             .source_name = TEXT("crm"),
                             .tenant = TEXT("acme"),
                             .subject = TEXT("s"),
                             .audience_key = TEXT("ak"),
                             .schedule_id = TEXT("si"),
                             .cancellation_key = TEXT("ck"),
                             .correlation_id = TEXT("ci"),
                             .traceparent = TEXT("00-x"),
                             .source_kind = SOURCE_AUDIENCE,
                             .actor = {TEXT("users"), TEXT("u1")},
                             .workflow = TEXT("sales/follow-up"),
                             .workflow_version = TEXT("1.0.0"),
                             .recipients = recipients,
                             .recipient_count = 2,
                             .data = TEXT("{ \"a\": 1.10 }"),
                             .time = 1234567};
  struct trigger_event out = round_trip(*state, &in);
  assert_text(out.id, "e1");
  assert_text(out.type, "lead.created");
  assert_text(out.source_name, "crm");
  assert_text(out.tenant, "acme");
  assert_text(out.subject, "s");
  assert_text(out.audience_key, "ak");
  assert_text(out.schedule_id, "si");
  assert_text(out.cancellation_key, "ck");
  assert_text(out.correlation_id, "ci");
  assert_text(out.traceparent, "00-x");
  assert_int_equal(out.source_kind, SOURCE_AUDIENCE);
  assert_text(out.actor.collection, "users");
  assert_text(out.actor.id, "u1");
  assert_text(out.workflow, "sales/follow-up");
  assert_text(out.workflow_version, "1.0.0");
  assert_int_equal(out.recipient_count, 2);
  assert_text(out.recipients[0].ref.collection, "leads");
  assert_text(out.recipients[0].ref.id, "l1");
  assert_text(out.recipients[0].data, "{\"n\":12345678901234567890}");
  assert_null(out.recipients[1].ref.collection.data);
  assert_text(out.recipients[1].ref.id, "l2");
  assert_null(out.recipients[1].data.data);
  assert_text(out.data, "{ \"a\": 1.10 }");
  assert_int_equal(out.time, 1234567);
}

static void test_least_event_has_absent_fields(void **state) {
  struct trigger_event in = {.id = TEXT("e"), .type = TEXT("t")};
  struct trigger_event out = round_trip(*state, &in);
  assert_null(out.workflow.data);
  assert_null(out.tenant.data);
  assert_null(out.actor.id.data);
  assert_null(out.data.data);
  assert_int_equal(out.recipient_count, 0);
  assert_int_equal(out.source_kind, SOURCE_API);
  assert_int_equal(out.time, 0);
}

static void test_result_outlives_the_record(void **state) {
  char json[] = "{\"id\":\"e1\",\"type\":\"t\",\"data\":{\"a\":1}}";
  struct trigger_event event = good(*state, record_of(text_of(json)));
  memset(json, 'x', sizeof json - 1);
  assert_text(event.id, "e1");
  assert_text(event.data, "{\"a\":1}");
}

static void test_id_is_required(void **state) {
  struct refusal refusal = bad(*state, &(struct trigger_event){.type = TEXT("t")}, -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "id:");
}

static void test_type_or_workflow_is_required(void **state) {
  struct refusal refusal = bad(*state, &(struct trigger_event){.id = TEXT("e1"), .tenant = TEXT("acme")}, -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "type (or workflow)");
  assert_text(refusal.id, "e1");
  assert_text(refusal.tenant, "acme");
  round_trip(*state, &(struct trigger_event){.id = TEXT("e1"), .workflow = TEXT("w")});
}

static void test_ids_up_to_512_bytes(void **state) {
  char id[514];
  memset(id, 'i', sizeof id);
  struct trigger_event event = {.id = {id, 512}, .type = TEXT("t")};
  assert_int_equal(round_trip(*state, &event).id.size, 512);
  event.id.size = 513;
  struct refusal refusal = bad(*state, &event, -WF_ETOOBIG);
  assert_refusal(&refusal, "id_too_long", "id: 513 bytes");
  struct trigger_recipient recipient = {.ref.id = {id, 513}};
  refusal =
      bad(*state,
          &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .recipients = &recipient, .recipient_count = 1},
          -WF_ETOOBIG);
  assert_refusal(&refusal, "id_too_long", "recipients[0].id");
}

static void test_recipients_are_bounded(void **state) {
  struct trigger_recipient recipients[101];
  for (size_t i = 0; i < 101; i++) recipients[i] = (struct trigger_recipient){.ref.id = TEXT("r")};
  struct trigger_event event = {.id = TEXT("e"), .type = TEXT("t"), .recipients = recipients, .recipient_count = 100};
  assert_int_equal(round_trip(*state, &event).recipient_count, 100);
  event.recipient_count = 101;
  struct refusal refusal = bad(*state, &event, -WF_ETOOBIG);
  assert_refusal(&refusal, "too_large", "recipients: more than 100");
}

static void test_recipient_needs_an_id(void **state) {
  struct trigger_recipient recipients[] = {{.ref.id = TEXT("r")}, {.ref.collection = TEXT("leads")}};
  struct refusal refusal =
      bad(*state,
          &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .recipients = recipients, .recipient_count = 2},
          -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "recipients[1].id");
}

static void test_a_rehearsal_may_say_what_actions_give(void **state) {
  struct trigger_event event = {.id = TEXT("e"), .type = TEXT("t"), .source_kind = SOURCE_REHEARSAL};
  assert_int_equal(round_trip(*state, &event).source_kind, SOURCE_REHEARSAL);
  assert_null(round_trip(*state, &event).settings.results.data);
  event.settings.results = TEXT("{\"call\":{\"answered\":true}}");
  assert_text(round_trip(*state, &event).settings.results, "{\"call\":{\"answered\":true}}");
}

static void test_settings(void **state) {
  struct trigger_event event = {.id = TEXT("e"), .type = TEXT("t"), .settings = {.sandbox = true}};
  struct trigger_settings settings = round_trip(*state, &event).settings;
  assert_true(settings.sandbox);
  assert_false(settings.skip_delays);
  event.settings = (struct trigger_settings){.skip_delays = true};
  settings = round_trip(*state, &event).settings;
  assert_false(settings.sandbox);
  assert_true(settings.skip_delays);
  static char json[] = "{\"id\":\"e\",\"type\":\"t\",\"settings\":{\"sandbox\":true,\"skipDelays\":true,\"results\":{\"a\": 1}}}";
  settings = good(*state, record_of(text_of(json))).settings;
  assert_true(settings.sandbox && settings.skip_delays);
  assert_text(settings.results, "{\"a\": 1}");
}

// Set but empty asks for nothing; field 15 of length 0:
static void test_settings_that_are_empty(void **state) {
  struct trigger_event event = good(*state, record_of(TEXT("\x0a\x01"
                                                           "e"
                                                           "\x12\x01t\x7a\x00")));
  assert_false(event.settings.sandbox || event.settings.skip_delays || event.settings.results.data);
}

static void test_results_that_nothing_would_give(void **state) {
  struct refusal refusal = bad_json(*state, "{\"id\":\"e\",\"type\":\"t\",\"settings\":{\"results\":{}}}", -WF_EUNSUPPORTED);
  assert_refusal(&refusal, "not_supported", "settings.results: given for a trigger that asks workers");
  refusal = bad_json(*state, "{\"id\":\"e\",\"type\":\"t\",\"settings\":{\"sandbox\":true,\"results\":[]}}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "settings.results: an array, expected an object");
}

static void test_data_must_be_json(void **state) {
  struct refusal refusal =
      bad(*state, &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .data = TEXT("{\"a\":}")}, -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "data: ");
  refusal =
      bad(*state, &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .data = TEXT("\"\\u0000\"")}, -WF_EINVAL);
  assert_refusal(&refusal, "nul_in_text", "data: ");
}

static void test_data_is_any_value_unless_a_recipient_has_own(void **state) {
  struct trigger_recipient recipient = {.ref.id = TEXT("r")};
  struct trigger_event event = {.id = TEXT("e"), .type = TEXT("t"), .data = TEXT("[1]"), .recipients = &recipient, .recipient_count = 1};
  assert_text(round_trip(*state, &event).data, "[1]");
  event.workflow = TEXT("w");
  assert_text(round_trip(*state, &event).data, "[1]");
  recipient.data = TEXT("{}");
  struct refusal refusal = bad(*state, &event, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "data: an array, expected an object");
}

static void test_time_is_not_negative(void **state) {
  struct refusal refusal =
      bad(*state, &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .time = -1}, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "time_us");
}

static void test_time_is_of_this_unit(void **state) {
  struct trigger_event event = {.id = TEXT("e"), .type = TEXT("t"), .time = 253402300799999999};
  assert_int_equal(round_trip(*state, &event).time, 253402300799999999);
  event.time = 1800000000000000000; // nanoseconds
  struct refusal refusal = bad(*state, &event, -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "time_us: 1800000000000000000 is behind the year 9999, expected microseconds");
}

static void test_a_version_belongs_to_a_name(void **state) {
  struct refusal refusal =
      bad(*state, &(struct trigger_event){.id = TEXT("e"), .type = TEXT("t"), .workflow_version = TEXT("1.0.0")}, -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "workflow: missing");
}

static void test_json_in_snake_and_camel_case(void **state) {
  struct trigger_event event = good(
      *state,
      record_of(text_of("{\"id\":\"e1\",\"workflow\":\"w\",\"cancellationKey\":\"k\",\"correlation_id\":\"c\","
                        "\"timeUs\":\"1700000000000001\","
                        "\"recipients\":[\"lead-1\",{\"collection\":\"leads\",\"id\":\"lead-2\",\"data\":{\"x\":1e2}}],"
                        "\"source\":{\"kind\":\"schedule\",\"scheduleId\":\"s1\"},\"actor\":\"bob\",\"data\":{\"big\":"
                        "1234567890123456789}}")));
  assert_text(event.id, "e1");
  assert_text(event.cancellation_key, "k");
  assert_text(event.correlation_id, "c");
  assert_int_equal(event.time, 1700000000000001);
  assert_int_equal(event.recipient_count, 2);
  assert_text(event.recipients[0].ref.id, "lead-1");
  assert_text(event.recipients[1].ref.collection, "leads");
  assert_text(event.recipients[1].data, "{\"x\":1e2}");
  assert_int_equal(event.source_kind, SOURCE_SCHEDULE);
  assert_text(event.schedule_id, "s1");
  assert_text(event.actor.id, "bob");
  assert_text(event.data, "{\"big\":1234567890123456789}");
}

static void test_json_of_the_wrong_type_names_the_field(void **state) {
  struct refusal refusal = bad_json(*state, "{\"id\":7,\"type\":\"t\"}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "id: a number, expected a string");
  refusal = bad_json(*state, "{\"id\":\"e\",\"type\":\"t\",\"recipients\":{\"id\":\"x\"}}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "recipients: an object, expected an array");
  refusal = bad_json(*state, "{\"id\":\"e\",\"type\":\"t\",\"recipients\":[\"a\",{\"id\":1}]}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "recipients[1].id: a number");
  refusal = bad_json(*state, "{\"id\":\"e\",\"type\":\"t\",\"source\":{\"kind\":\"rumour\"}}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "source.kind: \"rumour\"");
}

static void test_a_misspelt_name_is_told(void **state) {
  struct refusal refusal = bad_json(*state, "{\"idd\":\"e\",\"type\":\"t\"}", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "message: unknown name \"idd\", expected perhaps id");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_every_field_survives_protobuf),
      codec_case(test_least_event_has_absent_fields),
      codec_case(test_result_outlives_the_record),
      codec_case(test_id_is_required),
      codec_case(test_type_or_workflow_is_required),
      codec_case(test_ids_up_to_512_bytes),
      codec_case(test_recipients_are_bounded),
      codec_case(test_recipient_needs_an_id),
      codec_case(test_a_rehearsal_may_say_what_actions_give),
      codec_case(test_settings),
      codec_case(test_settings_that_are_empty),
      codec_case(test_results_that_nothing_would_give),
      codec_case(test_data_must_be_json),
      codec_case(test_data_is_any_value_unless_a_recipient_has_own),
      codec_case(test_time_is_not_negative),
      codec_case(test_time_is_of_this_unit),
      codec_case(test_a_version_belongs_to_a_name),
      codec_case(test_json_in_snake_and_camel_case),
      codec_case(test_json_of_the_wrong_type_names_the_field),
      codec_case(test_a_misspelt_name_is_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
