// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "io/systemd.h"

// The service manager's end of $NOTIFY_SOCKET.
struct manager {
  char path[64];
  int fd;
  char said[1024];
};

static int setup(void **state) {
  struct manager *manager = calloc(1, sizeof *manager);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(manager->path, sizeof manager->path, "/tmp/systemd_test.%d", (int)getpid());
  unlink(manager->path);
  strcpy(address.sun_path, manager->path);
  manager->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (bind(manager->fd, (struct sockaddr *)&address, sizeof address) < 0) return -1;
  setenv("NOTIFY_SOCKET", manager->path, 1);
  *state = manager;
  return 0;
}

static int teardown(void **state) {
  struct manager *manager = *state;
  close(manager->fd);
  unlink(manager->path);
  unsetenv("NOTIFY_SOCKET");
  free(manager);
  return 0;
}

static const char *heard(struct manager *manager) {
  ssize_t n = recv(manager->fd, manager->said, sizeof manager->said - 1, MSG_DONTWAIT);
  assert_true(n >= 0);
  manager->said[n] = '\0';
  return manager->said;
}

static void test_ready(void **state) {
  systemd_ready();
  assert_string_equal(heard(*state), "READY=1");
}

static void test_reloading_says_when(void **state) {
  systemd_reloading();
  const char *said = heard(*state);
  assert_int_equal(strncmp(said, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
  assert_true(atoll(said + 27) > 0);
}

static void test_stopping(void **state) {
  systemd_stopping();
  assert_string_equal(heard(*state), "STOPPING=1");
}

static void test_status_is_one_line(void **state) {
  systemd_status("%d runs\nREADY=1", 7);
  assert_string_equal(heard(*state), "STATUS=7 runs READY=1");
}

static void test_long_status_is_cut(void **state) {
  systemd_status("%0800d", 1);
  assert_int_equal(strlen(heard(*state)), strlen("STATUS=") + 511);
}

static void test_extend_timeout(void **state) {
  systemd_extend_timeout(5 * USEC_PER_SEC);
  assert_string_equal(heard(*state), "EXTEND_TIMEOUT_USEC=5000000");
}

static void test_watchdog(void **state) {
  systemd_watchdog();
  assert_string_equal(heard(*state), "WATCHDOG=1");
}

static void test_watchdog_interval_is_half(void **state) {
  (void)state;
  char pid[16];
  snprintf(pid, sizeof pid, "%d", (int)getpid());
  setenv("WATCHDOG_PID", pid, 1);
  setenv("WATCHDOG_USEC", "30000000", 1);
  assert_int_equal(systemd_watchdog_interval(), 15 * USEC_PER_SEC);
  unsetenv("WATCHDOG_USEC");
  assert_int_equal(systemd_watchdog_interval(), 0);
  setenv("WATCHDOG_USEC", "30000000", 1);
  setenv("WATCHDOG_PID", "1", 1); // meant for another process
  assert_int_equal(systemd_watchdog_interval(), 0);
  unsetenv("WATCHDOG_USEC");
  unsetenv("WATCHDOG_PID");
}

static void test_without_a_manager_nothing_happens(void **state) {
  (void)state;
  unsetenv("NOTIFY_SOCKET");
  systemd_ready();
  systemd_reloading();
  systemd_status("x");
  systemd_watchdog();
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_ready, setup, teardown),
      cmocka_unit_test_setup_teardown(test_reloading_says_when, setup, teardown),
      cmocka_unit_test_setup_teardown(test_stopping, setup, teardown),
      cmocka_unit_test_setup_teardown(test_status_is_one_line, setup, teardown),
      cmocka_unit_test_setup_teardown(test_long_status_is_cut, setup, teardown),
      cmocka_unit_test_setup_teardown(test_extend_timeout, setup, teardown),
      cmocka_unit_test_setup_teardown(test_watchdog, setup, teardown),
      cmocka_unit_test_setup_teardown(test_watchdog_interval_is_half, setup, teardown),
      cmocka_unit_test_setup_teardown(test_without_a_manager_nothing_happens, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
