// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/error.h"
#include "http_site.h"
#include "io/http_caller.h"

// TLS with an authority of the test's own: who is believed, and who is not.
struct fixture {
  struct event_base *loop;
  struct site site;
  SSL_CTX *tls;
  char ca_file[40];
  bool came, completed;
  char type[100], detail[400];
};

static EVP_PKEY *new_key(void) { return EVP_EC_gen("P-256"); }

static void add_extension(X509 *certificate, int kind, const char *value) {
  X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, kind, value);
  assert_non_null(extension);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// For `name`, by itself (issuer NULL) or by another.
static X509 *new_certificate(EVP_PKEY *key, const char *name, X509 *issuer, EVP_PKEY *issuer_key) {
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
  assert_true(X509_sign(certificate, issuer ? issuer_key : key, EVP_sha256()) > 0);
  return certificate;
}

static struct bufferevent *new_connection(struct event_base *loop, void *context) {
  struct fixture *f = context;
  return bufferevent_openssl_socket_new(loop, -1, SSL_new(f->tls), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
}

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  site_record(&f->site, request);
  site_reply(request, 200, "text/plain", "safe");
}

static void start(struct fixture *f, const char *name) {
  EVP_PKEY *authority_key = new_key(), *key = new_key();
  X509 *authority = new_certificate(authority_key, NULL, NULL, NULL), *certificate = new_certificate(key, name, authority, authority_key);
  strcpy(f->ca_file, "/tmp/http_tls_test.XXXXXX");
  FILE *file = fdopen(mkstemp(f->ca_file), "w");
  assert_int_equal(PEM_write_X509(file, authority), 1);
  fclose(file);
  f->tls = SSL_CTX_new(TLS_server_method());
  assert_int_equal(SSL_CTX_use_certificate(f->tls, certificate), 1);
  assert_int_equal(SSL_CTX_use_PrivateKey(f->tls, key), 1);
  X509_free(authority);
  X509_free(certificate);
  EVP_PKEY_free(authority_key);
  EVP_PKEY_free(key);
  f->loop = event_base_new();
  site_open(&f->site, f->loop, serve, f);
  evhttp_set_bevcb(f->site.http, new_connection, f);
}

static void stop(struct fixture *f) {
  site_close(&f->site);
  event_base_free(f->loop);
  SSL_CTX_free(f->tls);
  unlink(f->ca_file);
}

static void on_answer(void *user, const struct http_answer *answer) {
  struct fixture *f = user;
  f->came = true;
  f->completed = answer->completed;
  snprintf(f->type, sizeof f->type, "%s", answer->error_type ? strrchr(answer->error_type, '/') + 1 : "");
  snprintf(f->detail, sizeof f->detail, "%s", answer->error_detail ? answer->error_detail : "");
}

static void ask(struct fixture *f, const char *ca_file) {
  static const char *const entries[] = {"127.0.0.1"};
  struct http_caller *caller;
  char *error, *text = xasprintf("{\"method\":\"get\",\"endpoint\":\"https://127.0.0.1:%d/\"}", f->site.port);
  assert_int_equal(http_caller_new(f->loop, &(struct http_caller_config){.allow = entries, .allow_count = 1, .ca_file = ca_file}, &caller, &error), 0);
  jv with = jv_parse(text);
  struct http_ticket *ticket;
  assert_int_equal(http_caller_start(caller, &(struct http_call){.with = with, .timeout = 10 * USEC_PER_SEC}, on_answer, f, &ticket), 0);
  while (!f->came) event_base_loop(f->loop, EVLOOP_ONCE);
  jv_free(with);
  free(text);
  http_caller_free(caller);
}

static void test_an_authority_that_is_given(void **state) {
  (void)state;
  struct fixture f = {0};
  start(&f, "IP:127.0.0.1");
  ask(&f, f.ca_file);
  assert_string_equal(f.detail, "");
  assert_true(f.completed);
  stop(&f);
}

static void test_an_authority_that_nobody_knows(void **state) {
  (void)state;
  struct fixture f = {0};
  start(&f, "IP:127.0.0.1");
  ask(&f, NULL);
  assert_string_equal(f.type, "communication");
  assert_non_null(strstr(f.detail, "certificate"));
  assert_int_equal(f.site.requests, 0);
  stop(&f);
}

static void test_a_certificate_for_another(void **state) {
  (void)state;
  struct fixture f = {0};
  start(&f, "DNS:other.example,IP:127.0.0.2");
  ask(&f, f.ca_file);
  assert_string_equal(f.type, "communication");
  assert_int_equal(f.site.requests, 0);
  stop(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_authority_that_is_given),
      cmocka_unit_test(test_an_authority_that_nobody_knows),
      cmocka_unit_test(test_a_certificate_for_another),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
