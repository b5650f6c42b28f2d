// SPDX-License-Identifier: Apache-2.0
// Keys and certificates of a test's own, made when they are needed, so that none stands in
// the sources.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/xalloc.h"

static inline EVP_PKEY *new_key(void) { return EVP_EC_gen("P-256"); }

static inline void add_extension(X509 *certificate, int kind, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
  if (!extension || X509_add_ext(certificate, extension, -1) != 1) abort();
  X509_EXTENSION_free(extension);
}

// For `name`, by itself (issuer NULL) or by another.
static inline X509 *new_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key) {
  X509 *certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer ? 2 : 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_NAME *subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)(issuer ? "site" : "authority"), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer ? X509_get_subject_name(issuer) : subject);
  add_extension(certificate, issuer ? NID_subject_alt_name : NID_basic_constraints, issuer ? name : "critical,CA:TRUE");
  if (X509_sign(certificate, issuer ? issuer_key : key, EVP_sha256()) <= 0) abort();
  return certificate;
}

// Takes the BIO; what was written to it, to be freed.
static inline char *text_of_bio(BIO *bio) {
  char *data;
  long size = BIO_get_mem_data(bio, &data);
  char *text = xstrndup(data, (size_t)size);
  BIO_free(bio);
  return text;
}

static inline char *pem_of_certificate(X509 *certificate) {
  BIO *bio = BIO_new(BIO_s_mem());
  if (PEM_write_bio_X509(bio, certificate) != 1) abort();
  return text_of_bio(bio);
}

// Encrypted by the passphrase, unless that is NULL.
static inline char *pem_of_key(EVP_PKEY *key, const char *passphrase) {
  BIO *bio = BIO_new(BIO_s_mem());
  if (PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase ? EVP_aes_128_cbc() : NULL, passphrase, passphrase ? (int)strlen(passphrase) : 0,
                                    NULL, NULL) != 1)
    abort();
  return text_of_bio(bio);
}
