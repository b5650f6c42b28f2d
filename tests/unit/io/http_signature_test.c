// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "io/http_caller.h"
#include "io/http_signature.h"

#define KEY "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

static struct http_signature_keys *keys_of(const struct http_signing_key *keys, size_t count) {
  struct http_signature_keys *list;
  size_t bad;
  assert_int_equal(http_signature_keys_new(keys, count, &list, &bad), 0);
  return list;
}

// The test vector that the libraries of Standard Webhooks share.
static void test_vector(void **state) {
  (void)state;
  struct http_signature_keys *keys = keys_of((const struct http_signing_key[]){{"hooks.example.com", KEY}}, 1);
  char url[] = "https://hooks.example.com/a";
  struct http_message message = {.url = url};
  buf_puts(&message.body, "{\"test\": 2432232314}");
  http_fields_add(&message.fields, "Webhook-Id", "forged");
  http_signature_add(keys, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, &message);
  assert_string_equal(http_fields_get(&message.fields, "webhook-signature"), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  assert_string_equal(http_fields_get(&message.fields, "webhook-id"), "msg_p5jXN8AQM9LWM0D4loKWxJek");
  assert_string_equal(http_fields_get(&message.fields, "webhook-timestamp"), "1614265330");
  http_fields_clear(&message.fields);
  buf_free(&message.body);
  http_signature_keys_free(keys);
}

static bool is_signed(const char *endpoint, const char *url) {
  struct http_signature_keys *keys = keys_of(&(struct http_signing_key){endpoint, KEY}, 1);
  struct http_message message = {.url = xstrdup(url)};
  http_signature_add(keys, "id", 1, &message);
  bool is = http_fields_get(&message.fields, "webhook-signature") != NULL;
  http_message_clear(&message);
  http_signature_keys_free(keys);
  return is;
}

static void test_endpoints(void **state) {
  (void)state;
  assert_true(is_signed("h.example", "https://H.example/a"));
  assert_true(is_signed("h.example", "https://h.example:8443/a"));
  assert_true(is_signed("h.example:8443", "https://h.example:8443/a"));
  assert_false(is_signed("h.example:8443", "https://h.example/a"));
  assert_false(is_signed("h.example", "https://xh.example/a"));
  assert_false(is_signed("h", "https://h.example/a"));
  assert_true(is_signed("https://h.example/hooks/", "https://h.example/hooks/1"));
  assert_true(is_signed("https://h.example/hooks/1", "https://h.example/hooks/1"));
  assert_false(is_signed("https://h.example/hooks/", "https://h.example/other"));
  assert_true(is_signed("https://h.example", "https://h.example/x"));
  assert_true(is_signed("https://h.example", "https://h.example?x"));
  assert_false(is_signed("https://h.example", "https://h.example.org/x"));
  assert_false(is_signed("https://h.example", "https://h.example:8443/x"));
  assert_false(is_signed("https://h.example/hooks/", "http://h.example/hooks/1"));
  assert_false(is_signed("https://h.example/hooks/", "https://h.example/hooks/../other"));
}

static void test_the_longest_endpoint_counts(void **state) {
  (void)state;
  const struct http_signing_key both[] = {{"https://h/a/", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, {"h", KEY}};
  struct http_signature_keys *keys = keys_of(both, 2), *first = keys_of(both, 1);
  char url[] = "https://h/a/b";
  struct http_message one = {.url = url}, other = {.url = url};
  http_signature_add(keys, "id", 1, &one);
  http_signature_add(first, "id", 1, &other);
  assert_string_equal(http_fields_get(&one.fields, "webhook-signature"), http_fields_get(&other.fields, "webhook-signature"));
  http_fields_clear(&one.fields);
  http_fields_clear(&other.fields);
  http_signature_keys_free(keys);
  http_signature_keys_free(first);
}

static void test_keys_that_are_none(void **state) {
  (void)state;
  const struct http_signing_key bad[] = {{"h", ""}, {"h", "whsec_"}, {"h", "whsec_AAAA"}, {"h", "whsec_!!!!AAAAAAAAAAAAAAAAAAAAAAAAAAAA"}, {"", KEY},
                                         {"h", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwA"}};
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    const struct http_signing_key both[] = {{"g", KEY}, bad[i]};
    struct http_signature_keys *keys;
    size_t index = 9;
    assert_int_equal(http_signature_keys_new(both, 2, &keys, &index), -WF_EINVAL);
    assert_int_equal(index, 1);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_vector),
      cmocka_unit_test(test_endpoints),
      cmocka_unit_test(test_the_longest_endpoint_counts),
      cmocka_unit_test(test_keys_that_are_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
