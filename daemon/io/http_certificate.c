// SPDX-License-Identifier: Apache-2.0
#include "io/http_certificate.h"

#include <openssl/pem.h>
#include <string.h>

// OpenSSL: the passphrase; nothing is asked of people.
static int give_passphrase(char *out, int size, int is_writing, void *context) {
  (void)is_writing;
  const char *passphrase = context;
  size_t length = passphrase ? strlen(passphrase) : 0;
  if (length == 0 || length > (size_t)size) return -1;
  memcpy(out, passphrase, length);
  return (int)length;
}

const char *http_certificate_problem(const char *certificate, const char *key, const char *passphrase) {
  BIO *of_certificate = BIO_new_mem_buf(certificate, -1), *of_key = BIO_new_mem_buf(key, -1);
  X509 *x509 = PEM_read_bio_X509(of_certificate, NULL, give_passphrase, NULL);
  EVP_PKEY *private = PEM_read_bio_PrivateKey(of_key, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
  const char *problem = NULL;
  if (!x509)
    problem = "the client certificate is none in PEM";
  else if (!private)
    problem = "the client certificate's key is none in PEM, or its passphrase is another";
  else if (X509_check_private_key(x509, private) != 1)
    problem = "the client certificate's key is another one's";
  EVP_PKEY_free(private);
  X509_free(x509);
  BIO_free(of_key);
  BIO_free(of_certificate);
  return problem;
}
