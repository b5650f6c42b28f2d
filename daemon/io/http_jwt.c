// SPDX-License-Identifier: Apache-2.0
#include "io/http_jwt.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "base/xalloc.h"
#include "io/http_content.h"

enum { P256_HALF = 32, TOKEN_SIZE_MAX = 64 << 10 };

// Base64url without padding (RFC 7515, section 2).
static void put_encoded(struct buf *out, const char *data, size_t size) {
  jv encoded = http_content_base64(data, size);
  for (const char *c = jv_string_value(encoded); *c && *c != '='; c++)
    buf_put_u8(out, (uint8_t)(*c == '+' ? '-' : *c == '/' ? '_' : *c));
  jv_free(encoded);
}

static void put_json(struct buf *out, jv value) {
  jv text = jv_dump_string(value, 0);
  put_encoded(out, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  jv_free(text);
}

// "header.claims"; takes the claims.
static struct buf begin(const char *algorithm, jv claims) {
  struct buf out = {0};
  jv header = jv_object_set(jv_object(), jv_string("alg"), jv_string(algorithm));
  put_json(&out, jv_object_set(header, jv_string("typ"), jv_string("JWT")));
  buf_put_u8(&out, '.');
  put_json(&out, claims);
  return out;
}

static char *end(struct buf *out, const unsigned char *signature, size_t size) {
  buf_put_u8(out, '.');
  put_encoded(out, (const char *)signature, size);
  char *token = xstrndup(out->data, out->size);
  buf_free(out);
  return token;
}

char *http_jwt_sign_secret(jv claims, const char *secret) {
  struct buf out = begin("HS256", claims);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  WF_ASSERT(HMAC(EVP_sha256(), secret, (int)strlen(secret), (const unsigned char *)out.data, out.size, mac, &size));
  return end(&out, mac, size);
}

// OpenSSL's DER to the two numbers of JWS, in place. Returns false when they do not fit P-256.
static bool to_pair(unsigned char *signature, size_t *size) {
  const unsigned char *at = signature;
  ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)*size);
  unsigned char numbers[2 * P256_HALF];
  bool fits = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), numbers, P256_HALF) == P256_HALF &&
              BN_bn2binpad(ECDSA_SIG_get0_s(pair), numbers + P256_HALF, P256_HALF) == P256_HALF;
  ECDSA_SIG_free(pair);
  if (!fits) return false;
  memcpy(signature, numbers, sizeof numbers);
  *size = sizeof numbers;
  return true;
}

static char *sign(jv claims, EVP_PKEY *key) {
  bool is_ec = EVP_PKEY_get_base_id(key) == EVP_PKEY_EC;
  struct buf out = begin(is_ec ? "ES256" : "RS256", claims);
  unsigned char signature[1024];
  size_t size = sizeof signature;
  EVP_MD_CTX *context = EVP_MD_CTX_new();
  bool done = context && (size_t)EVP_PKEY_get_size(key) <= size &&
              EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(context, signature, &size, (const unsigned char *)out.data, out.size) == 1 &&
              (!is_ec || to_pair(signature, &size));
  EVP_MD_CTX_free(context);
  if (done) return end(&out, signature, size);
  buf_free(&out);
  return NULL;
}

char *http_jwt_sign_key(jv claims, const char *pem) {
  BIO *bio = BIO_new_mem_buf(pem, -1);
  EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, (void *)(uintptr_t)"") : NULL; // asks for no passphrase
  BIO_free(bio);
  int kind = key ? EVP_PKEY_get_base_id(key) : 0;
  char *token = NULL;
  if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_EC)
    token = sign(claims, key);
  else
    jv_free(claims);
  EVP_PKEY_free(key);
  return token;
}

jv http_jwt_claims(const char *token) {
  const char *from = strchr(token, '.'), *to = from ? strchr(from + 1, '.') : NULL;
  if (!to || to - from - 1 > TOKEN_SIZE_MAX) return jv_invalid();
  struct buf text = {0}, bytes = {0};
  for (const char *c = from + 1; c < to; c++) buf_put_u8(&text, (uint8_t)(*c == '-' ? '+' : *c == '_' ? '/' : *c));
  size_t padding = (4 - text.size % 4) % 4;
  buf_put(&text, "===", padding);
  buf_extend(&bytes, text.size + 1);
  int size = text.size ? EVP_DecodeBlock((unsigned char *)bytes.data, (const unsigned char *)text.data, (int)text.size) : -1;
  jv claims = size > (int)padding ? http_content_json(bytes.data, (size_t)size - padding) : jv_invalid();
  buf_free(&text);
  buf_free(&bytes);
  if (jv_get_kind(claims) == JV_KIND_OBJECT) return claims;
  jv_free(claims);
  return jv_invalid();
}
