// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/http_jwt.h"

static jv claims(void) { return jv_parse("{\"sub\":\"me\"}"); }

// Made here, so that no private key stands in the sources.
static char *new_key(const char *kind, const char *detail) {
  EVP_PKEY *key = strcmp(kind, "EC") == 0 ? EVP_EC_gen(detail) : EVP_RSA_gen(2048);
  BIO *bio = BIO_new(BIO_s_mem());
  assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  char *pem = xstrndup(data, (size_t)size);
  BIO_free(bio);
  EVP_PKEY_free(key);
  return pem;
}

static void test_by_a_secret(void **state) {
  (void)state;
  char *token = http_jwt_sign_secret(claims(), "secret");
  // Made by hand: printf '%s' HEADER.CLAIMS | openssl dgst -sha256 -hmac secret -binary | basenc --base64url
  assert_string_equal(token, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJtZSJ9.cENEjabcrdVHwUg4nOwNBv8II6U_sYAuGYbsa_QP8GQ");
  jv read = http_jwt_claims(token);
  assert_true(jv_equal(read, claims()));
  free(token);
}

static void test_by_a_key(void **state) {
  (void)state;
  char *rsa = new_key("RSA", NULL), *ec = new_key("EC", "P-256"), *other = new_key("EC", "P-384");
  char *token = http_jwt_sign_key(claims(), rsa);
  assert_ptr_equal(strstr(token, "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."), token);
  assert_int_equal(strlen(strrchr(token, '.') + 1), 342); // 256 bytes
  free(token);
  token = http_jwt_sign_key(claims(), ec);
  assert_int_equal(strlen(strrchr(token, '.') + 1), 86); // 64 bytes
  free(token);
  assert_null(http_jwt_sign_key(claims(), other));
  assert_null(http_jwt_sign_key(claims(), "-----BEGIN PRIVATE KEY-----\nx"));
  free(rsa);
  free(ec);
  free(other);
}

static void test_what_is_no_token(void **state) {
  (void)state;
  static const char *const texts[] = {"", "abc", "a.b", "a..c", "a.!!.c", "a.W10.c", "a.bm90IGpzb24.c", NULL};
  for (const char *const *text = texts; *text; text++) {
    jv read = http_jwt_claims(*text);
    assert_false(jv_is_valid(read));
    jv_free(read);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_by_a_secret),
      cmocka_unit_test(test_by_a_key),
      cmocka_unit_test(test_what_is_no_token),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
