// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "io/kafka_error.h"

// As librdkafka 2.0.2 says it.
static const char VERIFY[] = "ssl://a:9093/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: "
                             "broker certificate could not be verified (after 7ms in state SSL_HANDSHAKE)";
static const char NO_CERTIFICATE[] = "ssl://a:9093/bootstrap: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: "
                                     "SSL alert number 42 (after 5ms in state APIVERSION_QUERY)";
static const char PASSWORD[] = "sasl_ssl://a:9093/bootstrap: SASL authentication error: Authentication failed during authentication due to "
                               "invalid credentials with SASL mechanism SCRAM-SHA-512 (after 318ms in state AUTH_REQ, 1 identical error(s) suppressed)";
static const char MECHANISM[] = "sasl_ssl://a:9093/bootstrap: SASL PLAIN mechanism handshake failed: Broker: Unsupported SASL mechanism";
static const char AWAY[] = "a:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused (after 0ms in state CONNECT)";

static void assert_text(const char *reason, const char *start, const char *advice) {
  char *text = kafka_error_text(reason);
  assert_int_equal(strncmp(text, start, strlen(start)), 0);
  assert_non_null(strstr(text, advice));
  assert_null(strstr(text, "(after"));
  free(text);
}

static void the_same_reason_is_the_same_text(void **state) {
  (void)state;
  char *first = kafka_error_text("a: Connection refused (after 0ms in state CONNECT)");
  char *second = kafka_error_text("a: Connection refused (after 3ms in state CONNECT, 1 identical error(s) suppressed)");
  assert_string_equal(first, "a: Connection refused");
  assert_string_equal(first, second);
  free(first);
  free(second);
}

static void advice_names_the_property(void **state) {
  (void)state;
  assert_text(VERIFY, "ssl://a:9093/bootstrap: SSL handshake failed", "for the name by which the broker is reached");
  assert_text("ssl://a:9093/bootstrap: error:0A000086:SSL routines::certificate verify failed", "ssl://a", "ssl.ca.location");
  assert_text(NO_CERTIFICATE, "ssl://a:9093/bootstrap: Receive failed", "ssl.certificate.location");
  assert_text(PASSWORD, "sasl_ssl://a:9093/bootstrap: SASL", "kafka.sasl.password_file");
  assert_text(MECHANISM, "sasl_ssl://a:9093/bootstrap: SASL", "kafka.sasl.mechanism");
  assert_text("ssl://a:9092: SSL handshake failed: unexpected eof while reading", "ssl", "kafka.security.protocol");
}

static void a_refusal_is_told_from_being_away(void **state) {
  (void)state;
  assert_non_null(kafka_error_refusal(VERIFY));
  assert_non_null(kafka_error_refusal(NO_CERTIFICATE));
  assert_non_null(kafka_error_refusal(PASSWORD));
  assert_non_null(kafka_error_refusal(MECHANISM));
  assert_null(kafka_error_refusal(AWAY));
  assert_null(kafka_error_refusal("1/1 brokers are down"));
  assert_null(kafka_error_refusal("ssl://a:9092: SSL handshake failed: unexpected eof while reading"));
}

static void assert_told(struct kafka_complaint *complaint, const char *reason, const char *part) {
  char *text = kafka_complaint_lost(complaint, reason);
  if (part) {
    assert_non_null(text);
    assert_non_null(strstr(text, part));
  } else {
    assert_null(text);
  }
  free(text);
}

static void being_away_is_told_once_each_time(void **state) {
  (void)state;
  struct kafka_complaint complaint = {0};
  assert_false(kafka_complaint_found(&complaint));
  assert_told(&complaint, "1/1 brokers are down", "brokers are down");
  assert_told(&complaint, "1/1 brokers are down", NULL);
  assert_true(kafka_complaint_found(&complaint));
  assert_false(kafka_complaint_found(&complaint));
  assert_told(&complaint, "1/1 brokers are down", "brokers are down");
  kafka_complaint_free(&complaint);
}

static void the_cause_is_told_instead_of_the_silence(void **state) {
  (void)state;
  struct kafka_complaint complaint = {0};
  kafka_complaint_heard(&complaint, VERIFY);
  kafka_complaint_heard(&complaint, AWAY); // says no more than the silence
  assert_told(&complaint, "Local: Timed out", "certificate verify failed");
  assert_true(kafka_complaint_found(&complaint));
  assert_told(&complaint, "Local: Timed out", "Timed out"); // the cause is of the past
  kafka_complaint_free(&complaint);
}

static void a_refusal_is_told_although_they_are_away_already(void **state) {
  (void)state;
  struct kafka_complaint complaint = {0};
  assert_told(&complaint, AWAY, "Connection refused");
  kafka_complaint_heard(&complaint, PASSWORD);
  assert_told(&complaint, "Local: Timed out", "password_file");
  assert_told(&complaint, "Local: Timed out", NULL);
  kafka_complaint_heard(&complaint, VERIFY);
  assert_told(&complaint, "Local: Timed out", NULL);
  kafka_complaint_free(&complaint);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_same_reason_is_the_same_text),
      cmocka_unit_test(advice_names_the_property),
      cmocka_unit_test(a_refusal_is_told_from_being_away),
      cmocka_unit_test(being_away_is_told_once_each_time),
      cmocka_unit_test(the_cause_is_told_instead_of_the_silence),
      cmocka_unit_test(a_refusal_is_told_although_they_are_away_already),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
