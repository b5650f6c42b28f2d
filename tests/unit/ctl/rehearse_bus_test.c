// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ctl/rehearse_bus.h"

static void test_listeners(void **state) {
  (void)state;
  struct rehearse_bus bus = {0};
  rehearse_bus_listen(&bus, (struct rehearse_listener){.run = 0, .subscription_no = 4});
  rehearse_bus_listen(&bus, (struct rehearse_listener){.run = 1, .subscription_no = 4});
  rehearse_bus_listen(&bus, (struct rehearse_listener){.run = 0, .subscription_no = 9});
  rehearse_bus_forget(&bus, 0, 5);
  assert_int_equal(bus.listeners.count, 3);
  rehearse_bus_forget(&bus, 0, 4);
  assert_int_equal(bus.listeners.count, 2);
  assert_int_equal(bus.listeners.items[0].run, 1);
  rehearse_bus_forget_run(&bus, 0);
  assert_int_equal(bus.listeners.count, 1);
  rehearse_bus_clear(&bus);
}

static void test_recent_events(void **state) {
  (void)state;
  struct rehearse_bus bus = {0};
  assert_int_equal(rehearse_bus_since(&bus, 0), 0);
  assert_int_equal(rehearse_bus_publish(&bus, 10, jv_number(1)), 0);
  assert_int_equal(rehearse_bus_publish(&bus, 20, jv_number(2)), 1);
  assert_int_equal(rehearse_bus_since(&bus, 10), 0);
  assert_int_equal(rehearse_bus_since(&bus, 11), 1);
  assert_int_equal(rehearse_bus_since(&bus, 21), 2);
  rehearse_bus_clear(&bus);
  assert_int_equal(bus.heard.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_listeners),
      cmocka_unit_test(test_recent_events),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
