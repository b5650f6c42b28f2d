// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "base/buf.h"
#include "base/log.h"
#include "job/tell.h"

static const usec_t NOW = 1000 * USEC_PER_MIN;

static struct buf said;
static unsigned lines;

// Each line as "level message|NAME=value|…\n".
static void remember(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)context;
  lines++;
  buf_printf(&said, "%s %s", log_level_name(level), message);
  for (; fields && fields->name; fields++) buf_printf(&said, "|%s=%s", fields->name, fields->value);
  buf_put_u8(&said, '\n');
}

static int setup(void **state) {
  (void)state;
  log_set_sink(remember, NULL);
  lines = 0;
  return 0;
}

static int teardown(void **state) {
  (void)state;
  buf_free(&said);
  return 0;
}

static void assert_said(const char *expected) {
  buf_put_u8(&said, 0);
  assert_string_equal(said.data, expected);
  buf_free(&said);
}

static void test_a_run_is_found_by_its_fields(void **state) {
  (void)state;
  struct uuid id;
  assert_int_equal(uuid_parse("01890a5d-ac96-774b-bcce-b302099a8057", 36, &id), 0);
  tell_run(&id, "acme", "cannot go on: %s", "why");
  tell_run(&id, NULL, "takes no input");
  assert_said("error run 01890a5d-ac96-774b-bcce-b302099a8057 cannot go on: why|RUN_ID=01890a5d-ac96-774b-bcce-b302099a8057|TENANT=acme\n"
              "error run 01890a5d-ac96-774b-bcce-b302099a8057 takes no input|RUN_ID=01890a5d-ac96-774b-bcce-b302099a8057\n");
}

static void test_a_command_that_changed_nothing_is_told(void **state) {
  (void)state;
  struct uuid id;
  assert_int_equal(uuid_parse("01890a5d-ac96-774b-bcce-b302099a8057", 36, &id), 0);
  tell_command(&id, "why");
  assert_said("notice a command to run 01890a5d-ac96-774b-bcce-b302099a8057 changes nothing: why|RUN_ID=01890a5d-ac96-774b-bcce-b302099a8057\n");
}

static struct record record = {.topic = "triggers", .partition = 3, .offset = 17};

static struct store_quarantine row(const char *code, struct text tenant) {
  return (struct store_quarantine){.record = &record, .refusal = {.code = code, .text = "id: missing"}, .tenant = tenant};
}

static void test_a_record_is_found_by_its_fields(void **state) {
  (void)state;
  struct tell_bound bound = {0};
  const struct store_quarantine rows[] = {row("missing_field", (struct text){"acme…", 4}), row("undecodable", (struct text){NULL, 0})};
  tell_set_aside(&bound, rows, 2, NOW);
  assert_said("warning triggers/3: offset 17 is set aside: id: missing|TOPIC=triggers|PARTITION=3|OFFSET=17|REASON=missing_field|TENANT=acme\n"
              "warning triggers/3: offset 17 is set aside: id: missing|TOPIC=triggers|PARTITION=3|OFFSET=17|REASON=undecodable\n");
}

static void test_gaps_are_told_elsewhere(void **state) {
  (void)state;
  struct tell_bound bound = {0};
  const struct store_quarantine gap = row("gap", (struct text){NULL, 0});
  tell_set_aside(&bound, &gap, 1, NOW);
  assert_int_equal(lines, 0);
}

static void tell(struct tell_bound *bound, unsigned count, usec_t now) {
  const struct store_quarantine one = row("undecodable", (struct text){NULL, 0});
  for (unsigned i = 0; i < count; i++) tell_set_aside(bound, &one, 1, now);
}

static void test_many_are_told_by_their_number(void **state) {
  (void)state;
  struct tell_bound bound = {0};
  tell(&bound, 1000, NOW);
  assert_int_equal(lines, TELL_RECORDS_PER_MINUTE + 1); // and that there may be more
  tell(&bound, 5, NOW + USEC_PER_MIN - 1);
  assert_int_equal(lines, TELL_RECORDS_PER_MINUTE + 1);
  buf_free(&said);
  tell(&bound, 1, NOW + USEC_PER_MIN);
  assert_said("warning 995 more records were set aside meanwhile; workflowctl quarantine lists them\n"
              "warning triggers/3: offset 17 is set aside: id: missing|TOPIC=triggers|PARTITION=3|OFFSET=17|REASON=undecodable\n");
}

static void test_few_are_all_told(void **state) {
  (void)state;
  struct tell_bound bound = {0};
  for (int minute = 0; minute < 5; minute++) tell(&bound, TELL_RECORDS_PER_MINUTE - 1, NOW + minute * USEC_PER_MIN);
  assert_int_equal(lines, 5 * (TELL_RECORDS_PER_MINUTE - 1));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_run_is_found_by_its_fields),
      CASE(test_a_command_that_changed_nothing_is_told),
      CASE(test_a_record_is_found_by_its_fields),
      CASE(test_gaps_are_told_elsewhere),
      CASE(test_many_are_told_by_their_number),
      CASE(test_few_are_all_told),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
