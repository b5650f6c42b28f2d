// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/trigger_input.h"
#include "ctl/verb.h"
#include "io/codec_trigger.h"

static const struct arguments arguments = {.verb = "trigger"};
static const struct trigger_bounds bounds = {1000, 3};

struct encoding {
  struct arena *arena;
  struct trigger_output output;
  struct trigger_event event; // as the daemon reads it
  int code;
};

static struct encoding encode(const struct trigger_input *input) {
  struct encoding encoding = {.arena = arena_new()};
  encoding.code = trigger_input_encode(&arguments, input, &bounds, encoding.arena, &encoding.output);
  if (encoding.code != EXIT_OK) return encoding;
  const struct record record = {
      .topic = "t", .value = encoding.output.value.data, .value_size = encoding.output.value.size};
  struct refusal refusal;
  assert_int_equal(
      codec_decode_trigger(&record, &(struct codec_bounds){1000, 3}, encoding.arena, &encoding.event, &refusal), 0);
  return encoding;
}

static void end(struct encoding *encoding) {
  buf_free(&encoding->output.value);
  arena_free(encoding->arena);
}

#define IS(text, literal) assert_true(text_equal(text, TEXT(literal)))

static void test_every_option_arrives(void **state) {
  (void)state;
  const char *recipients[] = {"leads/one", "two"};
  const struct trigger_input input = {.workflow = "a/b",
                                      .id = "i",
                                      .type = "t",
                                      .version = "1.0.0",
                                      .tenant = "acme",
                                      .subject = "s",
                                      .source = "crm",
                                      .actor = "users/u",
                                      .cancellation_key = "c",
                                      .correlation_id = "r",
                                      .traceparent = "00-aa",
                                      .data = "{\"x\": 1}",
                                      .recipients = {recipients, 2}};
  struct encoding encoding = encode(&input);
  assert_int_equal(encoding.code, EXIT_OK);
  IS(encoding.event.workflow, "a/b");
  IS(encoding.event.id, "i");
  IS(encoding.event.type, "t");
  IS(encoding.event.workflow_version, "1.0.0");
  IS(encoding.event.tenant, "acme");
  IS(encoding.event.subject, "s");
  IS(encoding.event.source_name, "crm");
  IS(encoding.event.actor.collection, "users");
  IS(encoding.event.actor.id, "u");
  IS(encoding.event.cancellation_key, "c");
  IS(encoding.event.correlation_id, "r");
  IS(encoding.event.traceparent, "00-aa");
  IS(encoding.event.data, "{\"x\": 1}");
  assert_int_equal(encoding.event.recipient_count, 2);
  IS(encoding.event.recipients[0].ref.collection, "leads");
  IS(encoding.event.recipients[0].ref.id, "one");
  assert_null(encoding.event.recipients[1].ref.collection.data);
  IS(encoding.event.recipients[1].ref.id, "two");
  end(&encoding);
}

static void test_data_may_be_any_json_value(void **state) {
  (void)state;
  struct encoding encoding = encode(&(struct trigger_input){.workflow = "a/b", .data = "[1]"});
  assert_int_equal(encoding.code, EXIT_OK);
  IS(encoding.event.data, "[1]");
  end(&encoding);
}

static void test_an_id_is_made_up_each_time(void **state) {
  (void)state;
  const struct trigger_input input = {.workflow = "a/b"};
  struct encoding one = encode(&input), two = encode(&input);
  assert_true(strncmp(one.output.id, "workflowctl-", 12) == 0);
  assert_string_not_equal(one.output.id, two.output.id);
  end(&one);
  end(&two);
}

static void test_the_key_keeps_the_order(void **state) {
  (void)state;
  const char *recipients[] = {"leads/one"};
  struct trigger_input input = {.workflow = "a/b"};
  struct encoding encoding = encode(&input);
  assert_null(encoding.output.key);
  end(&encoding);
  input.recipients = (struct argument_list){recipients, 1};
  encoding = encode(&input);
  assert_string_equal(encoding.output.key, "leads/one");
  end(&encoding);
  input.cancellation_key = "c";
  encoding = encode(&input);
  assert_string_equal(encoding.output.key, "c");
  end(&encoding);
  input.key = "k";
  encoding = encode(&input);
  assert_string_equal(encoding.output.key, "k");
  end(&encoding);
}

static void check_refused(const struct trigger_input *input, int code) {
  struct encoding encoding = encode(input);
  assert_int_equal(encoding.code, code);
  end(&encoding);
}

static void test_what_the_daemon_would_refuse(void **state) {
  (void)state;
  const char *recipients[] = {"a", "b", "c", "d"};
  char big[1200];
  memset(big, ' ', sizeof big);
  memcpy(big, "{}", 2);
  big[sizeof big - 1] = '\0';
  check_refused(&(struct trigger_input){.workflow = "a/b", .data = "{"}, EXIT_USAGE);
  check_refused(&(struct trigger_input){.workflow = "a/b", .data = "[1] 2"}, EXIT_USAGE);
  check_refused(&(struct trigger_input){.workflow = "a/b", .data = big}, EXIT_USAGE);
  check_refused(&(struct trigger_input){.workflow = "a/b", .id = ""}, EXIT_USAGE);
  check_refused(&(struct trigger_input){.workflow = "a/b", .tenant = "\xff"}, EXIT_USAGE);
  check_refused(&(struct trigger_input){.workflow = "a/b", .recipients = {recipients, 4}}, EXIT_USAGE);
}

static void test_data_from_a_file(void **state) {
  (void)state;
  char path[] = "@/tmp/trigger_input_test.XXXXXX";
  int fd = mkstemp(path + 1);
  assert_true(fd >= 0);
  assert_int_equal(write(fd, "{\"a\":2}", 7), 7);
  close(fd);
  struct encoding encoding = encode(&(struct trigger_input){.workflow = "a/b", .data = path});
  assert_int_equal(encoding.code, EXIT_OK);
  IS(encoding.event.data, "{\"a\":2}");
  end(&encoding);
  unlink(path + 1);
  check_refused(&(struct trigger_input){.workflow = "a/b", .data = path}, EXIT_FAILED);
}

static void test_a_rehearsal(void **state) {
  (void)state;
  struct encoding encoding = encode(&(struct trigger_input){.workflow = "a/b", .rehearsal = true, .results = "{\"call\": 1}"});
  assert_int_equal(encoding.code, EXIT_OK);
  assert_int_equal(encoding.event.source_kind, SOURCE_REHEARSAL);
  IS(encoding.event.settings.results, "{\"call\": 1}");
  end(&encoding);
  encoding = encode(&(struct trigger_input){.workflow = "a/b"});
  assert_int_equal(encoding.event.source_kind, SOURCE_API);
  end(&encoding);
}

static void test_results_without_a_rehearsal_are_refused(void **state) {
  (void)state;
  struct encoding encoding = encode(&(struct trigger_input){.workflow = "a/b", .results = "{}"});
  assert_int_equal(encoding.code, EXIT_USAGE);
  end(&encoding);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_rehearsal),
      cmocka_unit_test(test_data_may_be_any_json_value),
      cmocka_unit_test(test_results_without_a_rehearsal_are_refused),
      cmocka_unit_test(test_every_option_arrives),    cmocka_unit_test(test_an_id_is_made_up_each_time),
      cmocka_unit_test(test_the_key_keeps_the_order), cmocka_unit_test(test_what_the_daemon_would_refuse),
      cmocka_unit_test(test_data_from_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
