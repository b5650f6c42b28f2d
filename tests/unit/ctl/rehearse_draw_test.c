// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/rehearse_draw.h"
#include "rehearse_fixture.h"

static void drawn(const struct fixture *fixture, const char *expected, const char *wants) {
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  rehearse_draw(&fixture->record, fixture->end, true, out);
  fclose(out);
  assert_string_equal(text, expected);
  free(text);
  out = open_memstream(&text, &size);
  rehearse_draw_wants(&fixture->record, fixture->end, out);
  fclose(out);
  assert_string_equal(text, wants);
  free(text);
}

static void test_a_run_that_completed(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - pause: {wait: {hours: 2}}\n  - call: {call: callLead}\n",
                "callLead: {output: {a: 1}, outcome: answered}", NULL);
  drawn(&fixture,
        "2026-01-05\n"
        "  09:00:00.000    0.000 s  o created\n"
        "                           o started\n"
        "                           +- pause (wait)\n"
        "                           |  ~ waits until 2026-01-05 11:00:00\n"
        "  11:00:00.000     2:00 h  |  = done\n"
        "                           +- call (call)\n"
        "                           |  > callLead requested, until 2026-01-05 11:01:00 {}\n"
        "                           |  < callLead completed, answered {\"a\":1}\n"
        "                           |  = done\n"
        "                           o completed\n"
        "\n"
        "status     completed\n"
        "took       2:00 h\n"
        "output     {\"a\":1}\n",
        "");
  fixture_end(&fixture);
}

static void test_a_run_that_waits(void **state) {
  (void)state;
  struct fixture fixture;
  rehearse_text(&fixture, HEAD "do:\n  - call: {call: callLead, with: {a: 1}}\n", NULL, NULL);
  drawn(&fixture,
        "2026-01-05\n"
        "  09:00:00.000    0.000 s  o created\n"
        "                           o started\n"
        "                           +- call (call)\n"
        "                           |  > callLead requested, until 2026-01-05 09:01:00 {\"a\":1}\n"
        "\n"
        "status     waiting\n"
        "took       0.000 s\n",
        "waits for the answer of callLead at /do/0/call, called with {\"a\":1}\n"
        "  to answer it: --answers FILE with a line such as\n"
        "  callLead: {output: {}}\n");
  fixture_end(&fixture);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_run_that_completed),
      cmocka_unit_test(test_a_run_that_waits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
