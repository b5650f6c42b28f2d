// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/zone.h"

static void test_utc_never_changes(void **state) {
  (void)state;
  static const int64_t instants[] = {INT64_MIN, -1, 0, INT64_C(1790000000), INT64_MAX};
  for (size_t i = 0; i < sizeof instants / sizeof *instants; i++) {
    struct wf_zone_stretch stretch = wf_zone_utc.stretch(&wf_zone_utc, instants[i]);
    assert_true(stretch.from == INT64_MIN && stretch.until == INT64_MAX && stretch.offset == 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_utc_never_changes)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
