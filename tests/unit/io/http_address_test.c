// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/error.h"
#include "io/http_address.h"

static const struct sockaddr *address(const char *text) {
  static struct sockaddr_in v4;
  static struct sockaddr_in6 v6;
  v4 = (struct sockaddr_in){.sin_family = AF_INET};
  v6 = (struct sockaddr_in6){.sin6_family = AF_INET6};
  if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) return (const struct sockaddr *)&v4;
  assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
  return (const struct sockaddr *)&v6;
}

static void assert_kind(const char *text, const char *kind) {
  const char *found = http_address_objection(address(text));
  assert_non_null(found);
  assert_string_equal(found, kind);
}

static void test_public_addresses(void **state) {
  (void)state;
  static const char *const texts[] = {"1.1.1.1",       "9.255.255.255",   "11.0.0.0",      "100.63.255.255", "100.128.0.0",
                                      "126.255.255.255", "128.0.0.0",     "172.15.255.255", "172.32.0.0",    "192.167.255.255",
                                      "192.169.0.0",   "169.253.255.255", "169.255.0.0",   "198.17.255.255", "198.20.0.0",
                                      "223.255.255.255", "2606:4700::1",  "2a00:1450:4001::8a", "::ffff:8.8.8.8", "64:ff9b::808:808", NULL};
  for (const char *const *text = texts; *text; text++) assert_null(http_address_objection(address(*text)));
}

static void test_addresses_of_ones_own(void **state) {
  (void)state;
  assert_kind("127.0.0.1", "loopback");
  assert_kind("127.255.255.255", "loopback");
  assert_kind("::1", "loopback");
  assert_kind("0.0.0.0", "unspecified");
  assert_kind("::", "unspecified");
  assert_kind("10.1.2.3", "private");
  assert_kind("172.16.0.0", "private");
  assert_kind("172.31.255.255", "private");
  assert_kind("192.168.255.255", "private");
  assert_kind("fd00::1", "private");
  assert_kind("fec0::1", "private");
  assert_kind("100.64.0.1", "carrier-grade NAT");
  assert_kind("100.127.255.255", "carrier-grade NAT");
}

static void test_metadata_and_link_local(void **state) {
  (void)state;
  assert_kind("169.254.169.254", "link-local");
  assert_kind("fe80::1", "link-local");
  assert_kind("fd00:ec2::254", "private");
}

static void test_groups_and_reserved(void **state) {
  (void)state;
  assert_kind("224.0.0.1", "multicast");
  assert_kind("ff02::1", "multicast");
  assert_kind("255.255.255.255", "reserved");
  assert_kind("192.0.2.1", "reserved");
  assert_kind("2001:db8::1", "reserved");
  assert_kind("2002:7f00:1::", "reserved");
  assert_kind("2001::1", "reserved");
  assert_kind("100::1", "reserved");
  assert_kind("64:ff9b:1::1", "reserved");
}

static void test_ipv4_inside_ipv6(void **state) {
  (void)state;
  assert_kind("::ffff:127.0.0.1", "loopback");
  assert_kind("::ffff:169.254.169.254", "link-local");
  assert_kind("64:ff9b::a00:1", "private");
  assert_kind("::127.0.0.1", "reserved");
}

static void test_other_families(void **state) {
  (void)state;
  const struct sockaddr local = {.sa_family = AF_UNIX};
  assert_string_equal(http_address_objection(&local), "no IP address");
}

static void test_what_is_allowed(void **state) {
  (void)state;
  static const char *const entries[] = {"10.0.0.0/8", "127.0.0.1", "fd00::/9", "api.internal", "*.lan"};
  struct http_address_list *list;
  size_t bad;
  assert_int_equal(http_address_list_new(entries, 5, &list, &bad), 0);
  assert_true(http_address_list_has(list, "x", address("10.255.0.1")));
  assert_false(http_address_list_has(list, "x", address("11.0.0.1")));
  assert_true(http_address_list_has(list, "x", address("::ffff:10.0.0.1")));
  assert_true(http_address_list_has(list, "x", address("127.0.0.1")));
  assert_false(http_address_list_has(list, "x", address("127.0.0.2")));
  assert_true(http_address_list_has(list, "x", address("fd7f::1")));
  assert_false(http_address_list_has(list, "x", address("fd80::1")));
  assert_true(http_address_list_has(list, "API.internal", address("192.168.0.1")));
  assert_false(http_address_list_has(list, "api.internal.example", address("192.168.0.1")));
  assert_true(http_address_list_has(list, "a.b.lan", address("192.168.0.1")));
  assert_false(http_address_list_has(list, "lan", address("192.168.0.1")));
  assert_false(http_address_list_has(list, "xlan", address("192.168.0.1")));
  http_address_list_free(list);
}

static void test_entries_that_are_nothing(void **state) {
  (void)state;
  static const char *const entries[] = {"10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.256", "10.0.0/8",
                                        "", "*.", "a b", "http://x", ".x", "1.2.3.4/8x", NULL};
  struct http_address_list *list;
  for (const char *const *entry = entries; *entry; entry++) {
    const char *const both[] = {"10.0.0.0/8", *entry};
    size_t bad = 9;
    assert_int_equal(http_address_list_new(both, 2, &list, &bad), -WF_EINVAL);
    assert_int_equal(bad, 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_public_addresses),
      cmocka_unit_test(test_addresses_of_ones_own),
      cmocka_unit_test(test_metadata_and_link_local),
      cmocka_unit_test(test_groups_and_reserved),
      cmocka_unit_test(test_ipv4_inside_ipv6),
      cmocka_unit_test(test_other_families),
      cmocka_unit_test(test_what_is_allowed),
      cmocka_unit_test(test_entries_that_are_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
