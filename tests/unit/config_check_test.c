// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "config_check.h"

static bool conninfo_good(const char *text) { return config_check_conninfo(text_of(text)) == NULL; }

static void test_conninfo_without_a_password(void **state) {
  (void)state;
  assert_true(conninfo_good("host=/run/postgresql dbname=workflow user=workflow_daemon"));
  assert_true(conninfo_good("postgresql://user@host:5432/db?sslmode=verify-full"));
  assert_true(conninfo_good("postgresql:///workflow?host=/run/postgresql"));
  assert_true(conninfo_good("host=h passfile=/etc/pass"));
  assert_true(conninfo_good("dbname=passwords"));
}

static void test_conninfo_with_a_password(void **state) {
  (void)state;
  assert_false(conninfo_good("host=h password=secret"));
  assert_false(conninfo_good("host=h password = secret"));
  assert_false(conninfo_good("sslpassword=secret"));
  assert_false(conninfo_good("postgresql://user:secret@host/db"));
  assert_false(conninfo_good("postgresql://user:se@cret@host/db"));
  assert_false(conninfo_good("postgresql://host/db?password=secret"));
}

static void test_topic_names(void **state) {
  (void)state;
  assert_null(config_check_topic(TEXT("workflow.action-requests_2")));
  assert_non_null(config_check_topic(TEXT("a b")));
  assert_non_null(config_check_topic(TEXT("a/b")));
}

static void test_listen_addresses(void **state) {
  (void)state;
  char host[CONFIG_HOST_SIZE];
  uint16_t port = 0;
  assert_int_equal(config_listen_split(TEXT("127.0.0.1:9464"), host, &port), 0);
  assert_string_equal(host, "127.0.0.1");
  assert_int_equal(port, 9464);
  assert_int_equal(config_listen_split(TEXT("[::1]:1"), host, &port), 0);
  assert_string_equal(host, "::1");
  assert_int_equal(config_listen_split(TEXT("localhost:65535"), host, &port), 0);
  assert_string_equal(host, "127.0.0.1");
  assert_int_equal(port, 65535);
}

static void test_listen_refuses_what_is_no_loopback_port(void **state) {
  (void)state;
  static const char *const texts[] = {"0.0.0.0:80", "10.0.0.1:80", "[::]:80", "example.com:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:0",
      "127.0.0.1:65536", "127.0.0.1:8o", ":80", "127.0.0.1:123456"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) assert_non_null(config_check_listen(text_of(texts[i])));
}

static void test_listen_may_be_empty(void **state) {
  (void)state;
  assert_null(config_check_listen(TEXT("")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_conninfo_without_a_password),
      cmocka_unit_test(test_conninfo_with_a_password),
      cmocka_unit_test(test_topic_names),
      cmocka_unit_test(test_listen_addresses),
      cmocka_unit_test(test_listen_refuses_what_is_no_loopback_port),
      cmocka_unit_test(test_listen_may_be_empty),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
