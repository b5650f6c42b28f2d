// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <unistd.h>

#include "base/error.h"
#include "http_certificates.h"
#include "http_site.h"
#include "io/http_caller.h"

// TLS with an authority of the test's own: who is believed, and who is not.
struct fixture {
  struct event_base *loop;
  struct site site;
  SSL_CTX *tls;
  char ca_file[40];
  char *client, *client_key; // PEM: of a client whom the same authority knows
  bool came, completed;
  char type[100], detail[400];
};

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
  EVP_PKEY *client_key = new_key();
  X509 *client = new_certificate(client_key, "DNS:client", authority, authority_key);
  f->client = pem_of_certificate(client);
  f->client_key = pem_of_key(client_key, NULL);
  X509_STORE_add_cert(SSL_CTX_get_cert_store(f->tls), authority);
  X509_free(client);
  EVP_PKEY_free(client_key);
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
  free(f->client);
  free(f->client_key);
}

static void on_answer(void *user, const struct http_answer *answer) {
  struct fixture *f = user;
  f->came = true;
  f->completed = answer->completed;
  snprintf(f->type, sizeof f->type, "%s", answer->error_type ? strrchr(answer->error_type, '/') + 1 : "");
  snprintf(f->detail, sizeof f->detail, "%s", answer->error_detail ? answer->error_detail : "");
}

static struct http_caller *new_caller(struct fixture *f, const char *ca_file) {
  static const char *const entries[] = {"127.0.0.1"};
  struct http_caller *caller;
  char *error;
  assert_int_equal(http_caller_new(f->loop, &(struct http_caller_config){.allow = entries, .allow_count = 1, .ca_file = ca_file}, &caller, &error), 0);
  return caller;
}

// Takes the policy, or null.
static void ask_with(struct fixture *f, struct http_caller *caller, const char *scheme, jv policy) {
  char *url = xasprintf("%s://127.0.0.1:%d/", scheme, f->site.port);
  jv endpoint = jv_object_set(jv_object_set(jv_object(), jv_string("uri"), jv_string(url)), jv_string("authentication"), policy);
  jv with = jv_object_set(jv_object_set(jv_object(), jv_string("method"), jv_string("get")), jv_string("endpoint"), endpoint);
  struct http_ticket *ticket;
  f->came = false;
  assert_int_equal(http_caller_start(caller, &(struct http_call){.with = with, .timeout = 10 * USEC_PER_SEC}, on_answer, f, &ticket), 0);
  while (!f->came) event_base_loop(f->loop, EVLOOP_ONCE);
  jv_free(with);
  free(url);
}

static void ask(struct fixture *f, const char *ca_file) {
  struct http_caller *caller = new_caller(f, ca_file);
  ask_with(f, caller, "https", jv_null());
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

static jv policy_of(const char *certificate, const char *key) {
  jv properties = jv_object_set(jv_object(), jv_string("certificate"), jv_string(certificate));
  if (key) properties = jv_object_set(properties, jv_string("key"), jv_string(key));
  return jv_object_set(jv_object(), jv_string("certificate"), properties);
}

static void test_a_client_that_must_show_a_certificate(void **state) {
  (void)state;
  struct fixture f = {0};
  start(&f, "IP:127.0.0.1");
  SSL_CTX_set_verify(f.tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  struct http_caller *caller = new_caller(&f, f.ca_file);
  ask_with(&f, caller, "https", policy_of(f.client, f.client_key));
  assert_string_equal(f.detail, "");
  assert_int_equal(f.site.requests, 1);
  ask_with(&f, caller, "https", jv_null()); // and not over the connection of the first
  assert_string_equal(f.type, "communication");
  assert_int_equal(f.site.requests, 1);
  char *bundle = xasprintf("%s%s", f.client, f.client_key);
  ask_with(&f, caller, "https", policy_of(bundle, NULL));
  assert_string_equal(f.detail, "");
  free(bundle);
  http_caller_free(caller);
  stop(&f);
}

static void test_a_certificate_that_cannot_be_shown(void **state) {
  (void)state;
  struct fixture f = {0};
  start(&f, "IP:127.0.0.1");
  struct http_caller *caller = new_caller(&f, f.ca_file);
  ask_with(&f, caller, "https", policy_of(f.client, f.client));
  assert_string_equal(f.type, "configuration");
  ask_with(&f, caller, "http", policy_of(f.client, f.client_key));
  assert_string_equal(f.type, "configuration");
  assert_string_equal(f.detail, "a client certificate is shown over https only");
  assert_int_equal(f.site.requests, 0);
  http_caller_free(caller);
  stop(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_authority_that_is_given),
      cmocka_unit_test(test_an_authority_that_nobody_knows),
      cmocka_unit_test(test_a_certificate_for_another),
      cmocka_unit_test(test_a_client_that_must_show_a_certificate),
      cmocka_unit_test(test_a_certificate_that_cannot_be_shown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
