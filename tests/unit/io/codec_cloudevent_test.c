// SPDX-License-Identifier: Apache-2.0
#include "codec_fixture.h"

#include "io/codec_trigger.h"

static int decode(struct arena *arena, const char *const (*headers)[2], size_t count, const char *value,
                  struct trigger_event *event, struct refusal *refusal) {
  struct message_header list[32];
  for (size_t i = 0; i < count; i++)
    list[i] = (struct message_header){headers[i][0], headers[i][1], strlen(headers[i][1])};
  struct record record = record_of(text_of(value));
  record.headers = list;
  record.header_count = count;
  return codec_decode_trigger(&record, &small_bounds, arena, event, refusal);
}

#define ACCEPT(headers, value) accept_event(*state, headers, sizeof(headers) / sizeof *(headers), value)
#define REFUSE(headers, value, status) refuse_event(*state, headers, sizeof(headers) / sizeof *(headers), value, status)

static struct trigger_event accept_event(struct arena *arena, const char *const (*headers)[2], size_t count,
                                         const char *value) {
  struct trigger_event event;
  struct refusal refusal;
  if (decode(arena, headers, count, value, &event, &refusal) < 0)
    fail_msg("refused: %s: %s", refusal.code, refusal.text);
  return event;
}

static struct refusal refuse_event(struct arena *arena, const char *const (*headers)[2], size_t count,
                                   const char *value, int status) {
  struct trigger_event event;
  struct refusal refusal;
  assert_int_equal(decode(arena, headers, count, value, &event, &refusal), status);
  return refusal;
}

#define BASE                                                                                                           \
  {"ce_specversion", "1.0"}, {"ce_id", "e1"}, {"ce_source", "/crm"}, { "ce_type", "lead.created" }

static const char *const no_headers[][2] = {{"trace", "x"}};

static void test_binary_mode(void **state) {
  static const char *const headers[][2] = {BASE,
                                           {"content-type", "application/json; charset=utf-8"},
                                           {"ce_time", "2023-11-14T22:13:20.000001Z"},
                                           {"ce_subject", "lead-1"},
                                           {"ce_workflow", "sales/follow-up"},
                                           {"ce_workflowversion", "1.0.0"},
                                           {"ce_tenant", "acme"},
                                           {"ce_cancellationkey", "k"},
                                           {"ce_correlationid", "c"},
                                           {"ce_traceparent", "00-1"},
                                           {"ce_actor", "bob"},
                                           {"ce_sourcekind", "integration"},
                                           {"ce_recipients", "l1, l2,l3"},
                                           {"ce_recipientcollection", "leads"},
                                           {"ce_somethingelse", "ignored"},
                                           {"other", "\xFF ignored"}};
  struct trigger_event event = ACCEPT(headers, "{\"n\":1.00}");
  assert_text(event.id, "e1");
  assert_text(event.source_name, "/crm");
  assert_text(event.type, "lead.created");
  assert_int_equal(event.time, 1700000000000001);
  assert_text(event.subject, "lead-1");
  assert_text(event.workflow, "sales/follow-up");
  assert_text(event.workflow_version, "1.0.0");
  assert_text(event.tenant, "acme");
  assert_text(event.cancellation_key, "k");
  assert_text(event.correlation_id, "c");
  assert_text(event.traceparent, "00-1");
  assert_text(event.actor.id, "bob");
  assert_int_equal(event.source_kind, SOURCE_INTEGRATION);
  assert_int_equal(event.recipient_count, 3);
  assert_text(event.recipients[1].ref.id, "l2");
  assert_text(event.recipients[1].ref.collection, "leads");
  assert_text(event.data, "{\"n\":1.00}");
}

static void test_subject_is_the_recipient_without_recipients(void **state) {
  static const char *const headers[][2] = {BASE, {"ce_subject", "lead-9"}};
  struct trigger_event event = ACCEPT(headers, "");
  assert_int_equal(event.recipient_count, 1);
  assert_text(event.recipients[0].ref.id, "lead-9");
  assert_null(event.recipients[0].ref.collection.data);
  assert_null(event.data.data);
}

static void test_no_recipient_at_all(void **state) {
  static const char *const headers[][2] = {BASE};
  assert_int_equal(ACCEPT(headers, "[1]").recipient_count, 0);
}

static void test_structured_mode(void **state) {
  static const char *const headers[][2] = {{"content-type", "application/cloudevents+json"}};
  struct trigger_event event = ACCEPT(
      headers,
      "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"s\",\"type\":\"t\",\"datacontenttype\":\"application/json\","
      "\"recipients\":\"a,b\",\"tenant\":\"acme\",\"priority\":3,\"gone\":null,\"data\":{\"big\":12345678901234567890}"
      "}");
  assert_text(event.id, "e1");
  assert_text(event.tenant, "acme");
  assert_int_equal(event.recipient_count, 2);
  assert_text(event.recipients[1].ref.id, "b");
  assert_text(event.data, "{\"big\":12345678901234567890}");
}

static void test_structured_mode_is_seen_without_headers(void **state) {
  struct trigger_event event =
      ACCEPT(no_headers, "{\"specversion\":\"1.0\",\"id\":\"e1\",\"source\":\"s\",\"type\":\"t\",\"correlationid\":7}");
  assert_text(event.source_name, "s");
  assert_text(event.correlation_id, "7");
}

static void test_required_attributes(void **state) {
  static const char *const no_id[][2] = {{"ce_specversion", "1.0"}, {"ce_source", "s"}, {"ce_type", "t"}};
  struct refusal refusal = REFUSE(no_id, "", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "id:");
  static const char *const no_source[][2] = {{"ce_specversion", "1.0"}, {"ce_id", "e"}, {"ce_type", "t"}};
  refusal = REFUSE(no_source, "", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "source:");
  static const char *const no_type[][2] = {{"ce_specversion", "1.0"}, {"ce_id", "e"}, {"ce_source", "s"}};
  refusal = REFUSE(no_type, "", -WF_EINVAL);
  assert_refusal(&refusal, "missing_field", "type:");
}

static void test_another_specversion_is_not_supported(void **state) {
  static const char *const headers[][2] = {
      {"ce_specversion", "0.3"}, {"ce_id", "e"}, {"ce_source", "s"}, {"ce_type", "t"}};
  struct refusal refusal = REFUSE(headers, "", -WF_EUNSUPPORTED);
  assert_refusal(&refusal, "not_supported", "specversion: \"0.3\"");
}

static void test_a_rehearsal_by_its_source_kind(void **state) {
  static const char *const headers[][2] = {BASE, {"ce_sourcekind", "rehearsal"}};
  assert_int_equal(ACCEPT(headers, "").source_kind, SOURCE_REHEARSAL);
}

static void test_data_must_be_json(void **state) {
  static const char *const by_type[][2] = {BASE, {"content-type", "text/xml"}};
  struct refusal refusal = REFUSE(by_type, "<a/>", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "data: of type \"text/xml\", expected JSON");
  static const char *const by_bytes[][2] = {BASE};
  refusal = REFUSE(by_bytes, "<a/>", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "data: ");
  refusal = REFUSE(no_headers,
                   "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"s\",\"type\":\"t\",\"data_base64\":\"e30=\"}",
                   -WF_EUNSUPPORTED);
  assert_refusal(&refusal, "not_supported", "data_base64");
}

static void test_wrong_values_are_named(void **state) {
  static const char *const time[][2] = {BASE, {"ce_time", "yesterday"}};
  struct refusal refusal = REFUSE(time, "", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "time: \"yesterday\"");
  static const char *const kind[][2] = {BASE, {"ce_sourcekind", "rumour"}};
  refusal = REFUSE(kind, "", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "sourcekind: \"rumour\"");
  static const char *const bytes[][2] = {BASE, {"ce_tenant", "\xFF"}};
  refusal = REFUSE(bytes, "", -WF_EINVAL);
  assert_refusal(&refusal, "bad_utf8", "ce_tenant");
  refusal = REFUSE(no_headers, "{\"specversion\":\"1.0\",\"id\":{},\"source\":\"s\",\"type\":\"t\"}", -WF_EINVAL);
  assert_refusal(&refusal, "wrong_type", "\"id\": an object, expected a string");
}

static void test_an_attribute_given_twice_is_refused(void **state) {
  static const char *const id[][2] = {BASE, {"ce_id", "e2"}};
  struct refusal refusal = REFUSE(id, "", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "id: given twice");
  static const char *const actor[][2] = {BASE, {"ce_actor", "a"}, {"ce_actor", "a"}};
  refusal = REFUSE(actor, "", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "actor: given twice");
  static const char *const others[][2] = {BASE, {"ce_other", "a"}, {"ce_other", "b"}, {"ce_datacontenttype", "application/json"}, {"content-type", "application/json"}};
  assert_text(ACCEPT(others, "{}").id, "e1");
  refusal = REFUSE(no_headers, "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"s\",\"type\":\"t\",\"tenant\":\"a\",\"tenant\":\"b\"}", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "tenant: given twice");
  refusal = REFUSE(no_headers, "{\"specversion\":\"1.0\",\"id\":\"e\",\"source\":\"s\",\"type\":\"t\",\"data\":{},\"data\":{}}", -WF_EINVAL);
  assert_refusal(&refusal, "undecodable", "data: given twice");
}

static void test_empty_recipients_in_the_list_are_refused(void **state) {
  static const char *const lists[] = {"a,,b", ",a", "a,", " , ", ","};
  for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
    const char *const headers[][2] = {BASE, {"ce_recipients", lists[i]}};
    struct refusal refusal = REFUSE(headers, "", -WF_EINVAL);
    assert_refusal(&refusal, "missing_field", "recipients: an empty id");
  }
}

static void test_recipients_are_bounded(void **state) {
  struct buf list = {0};
  buf_puts(&list, "r");
  for (size_t i = 1; i < small_bounds.recipients; i++) buf_puts(&list, ",r");
  buf_put_u8(&list, 0);
  const char *const full[][2] = {BASE, {"ce_recipients", list.data}};
  assert_int_equal(ACCEPT(full, "").recipient_count, small_bounds.recipients);
  list.size--;
  buf_put(&list, ",r", 3);
  const char *const over[][2] = {BASE, {"ce_recipients", list.data}};
  struct refusal refusal = REFUSE(over, "", -WF_ETOOBIG);
  assert_refusal(&refusal, "too_large", "recipients: more than 100");
  buf_free(&list);
}

static void test_a_nul_in_a_header_is_refused(void **state) {
  struct message_header headers[] = {{"ce_specversion", "1.0", 3}, {"ce_id", "e\0x", 3}};
  struct record record = record_of(TEXT("{}"));
  record.headers = headers;
  record.header_count = 2;
  struct trigger_event event;
  struct refusal refusal;
  assert_int_equal(codec_decode_trigger(&record, &small_bounds, *state, &event, &refusal), -WF_EINVAL);
  assert_refusal(&refusal, "nul_in_text", "ce_id");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      codec_case(test_binary_mode),
      codec_case(test_subject_is_the_recipient_without_recipients),
      codec_case(test_no_recipient_at_all),
      codec_case(test_structured_mode),
      codec_case(test_structured_mode_is_seen_without_headers),
      codec_case(test_required_attributes),
      codec_case(test_another_specversion_is_not_supported),
      codec_case(test_a_rehearsal_by_its_source_kind),
      codec_case(test_data_must_be_json),
      codec_case(test_wrong_values_are_named),
      codec_case(test_an_attribute_given_twice_is_refused),
      codec_case(test_empty_recipients_in_the_list_are_refused),
      codec_case(test_recipients_are_bounded),
      codec_case(test_a_nul_in_a_header_is_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
