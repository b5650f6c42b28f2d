// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/buf.h"

static void test_free_of_an_empty_one(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_free(&buf);
  assert_null(buf.data);
}

static void test_grows_and_keeps_what_is_there(void **state) {
  (void)state;
  struct buf buf = {0};
  for (int i = 0; i < 10000; i++) buf_put_u8(&buf, (uint8_t)i);
  assert_int_equal(buf.size, 10000);
  for (int i = 0; i < 10000; i++) assert_int_equal((uint8_t)buf.data[i], i & 0xFF);
  buf_free(&buf);
}

static void test_put_of_nothing(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_put(&buf, NULL, 0);
  assert_int_equal(buf.size, 0);
  buf_free(&buf);
}

static void test_integers_are_big_endian(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_put_u16(&buf, 0x0102);
  buf_put_u32(&buf, 0x03040506);
  buf_put_u64(&buf, UINT64_C(0x0708090A0B0C0D0E));
  assert_int_equal(buf.size, 14);
  for (int i = 0; i < 14; i++) assert_int_equal(buf.data[i], i + 1);
  buf_free(&buf);
}

static void test_printf_does_not_count_its_nul(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_printf(&buf, "a=%d", 1);
  buf_printf(&buf, ",b=%s", "two");
  assert_int_equal(buf.size, 9);
  assert_memory_equal(buf.data, "a=1,b=two", 9);
  buf_free(&buf);
}

static void test_printf_longer_than_the_capacity(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_printf(&buf, "%05000d", 7);
  assert_int_equal(buf.size, 5000);
  assert_int_equal(buf.data[4999], '7');
  buf_free(&buf);
}

static void test_printf_of_nothing(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_printf(&buf, "%s", "");
  assert_int_equal(buf.size, 0);
  buf_free(&buf);
}

static void test_reset_keeps_the_memory(void **state) {
  (void)state;
  struct buf buf = {0};
  buf_puts(&buf, "hello");
  const char *data = buf.data;
  buf_reset(&buf);
  buf_puts(&buf, "bye");
  assert_ptr_equal(buf.data, data);
  assert_int_equal(buf.size, 3);
  buf_free(&buf);
}

// In a process of its own: it ends.
static void test_a_size_that_wraps_ends_the_process(void **state) {
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    struct buf buf = {0};
    if (!freopen("/dev/null", "w", stderr)) _exit(2);
    buf_puts(&buf, "hello");
    buf_grow(&buf, SIZE_MAX - 3);
    _exit(0);
  }
  int status;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_a_size_that_wraps_ends_the_process),
      cmocka_unit_test(test_free_of_an_empty_one),
      cmocka_unit_test(test_grows_and_keeps_what_is_there),
      cmocka_unit_test(test_put_of_nothing),
      cmocka_unit_test(test_integers_are_big_endian),
      cmocka_unit_test(test_printf_does_not_count_its_nul),
      cmocka_unit_test(test_printf_longer_than_the_capacity),
      cmocka_unit_test(test_printf_of_nothing),
      cmocka_unit_test(test_reset_keeps_the_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
