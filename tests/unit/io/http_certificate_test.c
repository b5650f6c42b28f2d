// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "http_certificates.h"
#include "io/http_certificate.h"

struct fixture {
  char *certificate, *key, *locked, *other;
};

static int set_up(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  EVP_PKEY *key = new_key(), *other = new_key();
  X509 *certificate = new_certificate(key, NULL, NULL, NULL);
  f->certificate = pem_of_certificate(certificate);
  f->key = pem_of_key(key, NULL);
  f->locked = pem_of_key(key, "open sesame");
  f->other = pem_of_key(other, NULL);
  X509_free(certificate);
  EVP_PKEY_free(key);
  EVP_PKEY_free(other);
  return 0;
}

static int tear_down(void **state) {
  struct fixture *f = *state;
  free(f->certificate);
  free(f->key);
  free(f->locked);
  free(f->other);
  free(f);
  return 0;
}

static void says(const char *expected, const char *certificate, const char *key, const char *passphrase) {
  const char *problem = http_certificate_problem(certificate, key, passphrase);
  if (!expected)
    assert_null(problem);
  else
    assert_non_null(strstr(problem, expected));
}

static void test_those_that_fit(void **state) {
  const struct fixture *f = *state;
  says(NULL, f->certificate, f->key, NULL);
  says(NULL, f->certificate, f->key, "not needed");
  says(NULL, f->certificate, f->locked, "open sesame");
}

static void test_one_file_for_both(void **state) {
  const struct fixture *f = *state;
  char *both = xasprintf("%s%s", f->key, f->certificate);
  says(NULL, both, both, NULL);
  free(both);
}

static void test_those_that_do_not(void **state) {
  const struct fixture *f = *state;
  says("is none in PEM", f->key, f->key, NULL);
  says("is none in PEM", "", "", NULL);
  says("key is none", f->certificate, f->certificate, NULL);
  says("key is none", f->certificate, f->locked, NULL); // and nobody is asked
  says("key is none", f->certificate, f->locked, "sesame");
  says("another one's", f->certificate, f->other, NULL);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {CASE(test_those_that_fit), CASE(test_one_file_for_both), CASE(test_those_that_do_not)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
