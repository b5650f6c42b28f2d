// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/rehearse_why.h"
#include "rehearse_fixture.h"

#define TO                                                                                                             \
  "{any: [{with: {type: a, subject: x}, correlate: {o: {from: .data.o, expect: '5'}, deep: {from: '.data | .p'}}}, "   \
  "{with: {type: '^b', data: {n: 1}}}], until: {one: {with: {type: stop}, correlate: {k: {from: .subject}}}}}"

static void says(const char *reason, const char *event, const char *keys, const char *expected) {
  struct fixture fixture;
  fixture_begin(&fixture, HEAD "do:\n  - h: {listen: {to: " TO "}}\n", NULL);
  const struct wf_task *task = wf_definition_task(fixture.definition, "/do/0/h");
  jv parsed = event ? jv_parse(event) : jv_invalid(), expects = jv_parse("[{\"o\":\"5\"},{},{}]"), had = jv_parse(keys);
  struct buf text = {0};
  rehearse_why_put(&(struct rehearse_why){&task->listen->to, reason, parsed, expects, had}, &text);
  buf_put_u8(&text, 0);
  assert_string_equal(text.data, expected);
  buf_free(&text);
  jv_free(parsed);
  jv_free(expects);
  jv_free(had);
  fixture_end(&fixture);
}

static void test_attributes(void **state) {
  (void)state;
  says("type", "{\"type\":\"c\"}", "{}", "`type` is \"c\": expected \"a\" or what the filter's pattern or expression takes or \"stop\"");
  says("subject", "{\"type\":\"a\"}", "{}", "`subject` is not there: expected \"x\"");
  says("type", NULL, "{}", "`type` is not there: expected \"a\" or what the filter's pattern or expression takes or \"stop\"");
}

static void test_data(void **state) {
  (void)state;
  says("data", "{\"data\":{\"n\":2}}", "{}", "`data` is {\"n\":2}: the filter wants another");
  char event[400], expected[300], digits[201];
  memset(digits, '7', 200);
  digits[200] = '\0';
  snprintf(event, sizeof event, "{\"data\":\"%s\"}", digits);
  snprintf(expected, sizeof expected, "`data` is \"%.99s...: the filter wants another", digits);
  says("data", event, "{}", expected);
}

static void test_correlations(void **state) {
  (void)state;
  says("correlation", "{\"data\":{\"o\":6}}", "{}", "`correlate.o` gives 6: expected \"5\"");
  says("correlation", "{\"data\":{\"o\":5},\"subject\":\"s\"}", "{\"k\":\"t\"}", "`correlate.k` gives \"s\": expected \"t\"");
  says("correlation", "{\"data\":{\"o\":5}}", "{\"deep\":1}", "a correlation gives another value than is expected");
}

static void test_words(void **state) {
  (void)state;
  says("uncorrelated", "{}", "{}", "it has no value for a correlation's `from`");
  says("consumed_already", "{}", "{}", "it was heard before");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_attributes),
      cmocka_unit_test(test_data),
      cmocka_unit_test(test_correlations),
      cmocka_unit_test(test_words),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
