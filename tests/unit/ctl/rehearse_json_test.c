// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "ctl/rehearse_json.h"
#include "engine/secret.h"
#include "rehearse_fixture.h"

// Whether the path, in jq's words without a leading dot, holds the JSON expected.
static void holds(const struct fixture *fixture, const char *const *path, const char *expected) {
  jv value = rehearse_json(&fixture->record, fixture->end);
  for (; *path; path++) {
    bool is_array = jv_get_kind(value) == JV_KIND_ARRAY;
    value = is_array ? jv_array_get(value, (*path)[0] - '0') : jv_object_get(value, jv_string(*path));
  }
  jv text = jv_dump_string(value, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}
#define HOLDS(fixture, expected, ...) holds(fixture, (const char *const[]){__VA_ARGS__, NULL}, expected)

static void test_completed(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {set: {x: 1}}\n", NULL, NULL);
  HOLDS(&fixture, "\"completed\"", "status");
  HOLDS(&fixture, "{\"x\":1}", "output");
  HOLDS(&fixture, "null", "error");
  HOLDS(&fixture, "[]", "waitingFor");
  HOLDS(&fixture, "[]", "children");
  HOLDS(&fixture,
        "{\"attempts\":1,\"endedAt\":\"2026-01-05T09:00:00.000000Z\",\"kind\":\"set\",\"name\":\"a\",\"reference\":\"/do/0/a\","
        "\"startedAt\":\"2026-01-05T09:00:00.000000Z\",\"status\":\"completed\",\"visit\":1}",
        "tasks", "0");
  HOLDS(&fixture, "\"run.created\"", "events", "0", "type");
  HOLDS(&fixture, "\"/do/0/a\"", "events", "2", "reference");
  fixture_end(&fixture);
}

static void test_faulted(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {raise: {error: {type: 'https://example.com/e', status: 400}}}\n", NULL, NULL);
  HOLDS(&fixture, "\"faulted\"", "status");
  HOLDS(&fixture, "null", "output");
  HOLDS(&fixture, "{\"instance\":\"/do/0/a\",\"status\":400,\"type\":\"https://example.com/e\"}", "error");
  fixture_end(&fixture);
}

static void test_waiting(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - a: {call: callLead}\n", NULL, NULL);
  HOLDS(&fixture, "\"waiting\"", "status");
  HOLDS(&fixture, "{\"arguments\":{},\"attempt\":1,\"function\":\"callLead\",\"kind\":\"action\",\"reference\":\"/do/0/a\"}",
        "waitingFor", "0");
  HOLDS(&fixture, "null", "tasks", "0", "endedAt");
  fixture_end(&fixture);
}

static void test_refused(void **state) {
  (void)state;
  jv text = jv_dump_string(rehearse_json_nothing("refused", jv_array_append(jv_array(), jv_string("why"))), JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), "{\"documents\":[\"why\"],\"error\":null,\"events\":[],\"output\":null,"
                                             "\"status\":\"refused\",\"tasks\":[]}");
  jv_free(text);
}

static void test_secrets_are_named(void **state) {
  (void)state;
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  jv hidden = jv_string("hidden");
  rehearse_json_print(jv_array_append(jv_array(), wf_secret_shape("token", hidden)), 0, out);
  jv_free(hidden);
  fclose(out);
  assert_string_equal(text, "[\"secret:token\"]");
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_completed),
      cmocka_unit_test(test_faulted),
      cmocka_unit_test(test_waiting),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_secrets_are_named),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
