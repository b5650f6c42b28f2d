// SPDX-License-Identifier: Apache-2.0
#include "io/http_auth.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/member.h"
#include "io/http_certificate.h"
#include "io/http_content.h"

void http_auth_clear(struct http_auth *auth) {
  free(auth->authorization);
  free(auth->user);
  free(auth->password);
  free(auth->certificate);
  free(auth->key);
  free(auth->passphrase);
  if (auth->kind == HTTP_AUTH_TOKEN) jv_free(auth->grant);
  *auth = (struct http_auth){0};
}

struct http_auth http_auth_copy(const struct http_auth *auth) {
  struct http_auth copy = *auth;
  copy.authorization = auth->authorization ? xstrdup(auth->authorization) : NULL;
  copy.user = auth->user ? xstrdup(auth->user) : NULL;
  copy.password = auth->password ? xstrdup(auth->password) : NULL;
  copy.certificate = auth->certificate ? xstrdup(auth->certificate) : NULL;
  copy.key = auth->key ? xstrdup(auth->key) : NULL;
  copy.passphrase = auth->passphrase ? xstrdup(auth->passphrase) : NULL;
  if (auth->kind == HTTP_AUTH_TOKEN) copy.grant = jv_copy(auth->grant);
  return copy;
}

char *http_auth_basic(const char *user, const char *password) {
  char *pair = xasprintf("%s:%s", user, password);
  jv encoded = http_content_base64(pair, strlen(pair));
  free(pair);
  char *header = xasprintf("Basic %s", jv_string_value(encoded));
  jv_free(encoded);
  return header;
}

// Takes the properties; those of the secret they refer to, or themselves. Invalid when there
// is no such secret.
static jv follow_use(jv properties, struct http_secrets *secrets) {
  if (jv_get_kind(properties) != JV_KIND_OBJECT) return properties;
  jv use = jv_object_get(jv_copy(properties), jv_string("use"));
  if (jv_get_kind(use) == JV_KIND_STRING) {
    jv_free(properties);
    properties = http_secrets_policy(secrets, jv_string_value(use));
  }
  jv_free(use);
  return properties;
}

// A text member, to be freed; NULL when it is none. Numbers and the like are written out: a
// secret's file may hold a password of digits.
static char *member(jv properties, const char *name) {
  jv value = wf_member(properties, name);
  char *text = NULL;
  if (jv_get_kind(value) == JV_KIND_STRING) text = xstrdup(jv_string_value(value));
  if (jv_get_kind(value) == JV_KIND_NUMBER) {
    jv written = jv_dump_string(jv_copy(value), 0);
    text = xstrdup(jv_string_value(written));
    jv_free(written);
  }
  jv_free(value);
  return text;
}

static int refuse(struct http_fault *ret_fault, const char *why) {
  *ret_fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "%s", why);
  return -WF_EINVAL;
}

static int read_pair(jv properties, bool is_digest, struct http_secrets *secrets, struct http_auth *auth, struct http_fault *ret_fault) {
  char *user = member(properties, "username"), *password = member(properties, "password");
  int status = user && password ? 0 : refuse(ret_fault, "the authentication policy lacks `username` or `password`");
  if (status == 0 && is_digest) {
    *auth = (struct http_auth){.kind = HTTP_AUTH_DIGEST, .user = xstrdup(user), .password = xstrdup(password)};
  } else if (status == 0) {
    *auth = (struct http_auth){.kind = HTTP_AUTH_HEADER, .authorization = http_auth_basic(user, password)};
    char *pair = xasprintf("%s:%s", user, password);
    http_secrets_derive(secrets, pair, auth->authorization + strlen("Basic "));
    explicit_bzero(pair, strlen(pair));
    free(pair);
  }
  free(user);
  free(password);
  return status;
}

static int read_bearer(jv properties, struct http_auth *auth, struct http_fault *ret_fault) {
  char *token = jv_get_kind(properties) == JV_KIND_STRING ? xstrdup(jv_string_value(properties))
                                                          : member(properties, "token");
  if (!token || !http_fields_value_is_valid(token)) {
    free(token);
    return refuse(ret_fault, "the authentication policy has no `token` that can be sent");
  }
  *auth = (struct http_auth){.kind = HTTP_AUTH_HEADER, .authorization = xasprintf("Bearer %s", token)};
  free(token);
  return 0;
}

static int read_certificate(jv properties, struct http_auth *auth, struct http_fault *ret_fault) {
  char *bundle = member(properties, "token"), *certificate = member(properties, "certificate"), *key = member(properties, "key");
  struct http_auth read = {.kind = HTTP_AUTH_CERTIFICATE, .passphrase = member(properties, "passphrase")};
  read.certificate = certificate ? certificate : bundle ? xstrdup(bundle) : NULL;
  read.key = key ? key : read.certificate ? xstrdup(read.certificate) : NULL;
  free(bundle);
  const char *problem = read.certificate ? http_certificate_problem(read.certificate, read.key, read.passphrase)
                                         : "the authentication policy lacks `certificate` and `key`";
  if (problem)
    http_auth_clear(&read);
  else
    *auth = read;
  return problem ? refuse(ret_fault, problem) : 0;
}

int http_auth_check_url(const struct http_auth *auth, const char *url, struct http_fault *ret_fault) {
  if (auth->kind != HTTP_AUTH_CERTIFICATE || strncasecmp(url, "https:", 6) == 0) return 0;
  return refuse(ret_fault, "a client certificate is shown over https only");
}

static int read_grant(jv properties, bool is_oidc, struct http_auth *auth, struct http_fault *ret_fault) {
  if (jv_get_kind(properties) != JV_KIND_OBJECT) return refuse(ret_fault, "the authentication policy is no object");
  *auth = (struct http_auth){.kind = HTTP_AUTH_TOKEN, .grant = jv_copy(properties), .is_oidc = is_oidc};
  return 0;
}

static int read_scheme(const char *scheme, jv properties, struct http_secrets *secrets, struct http_auth *auth, struct http_fault *ret_fault) {
  if (strcmp(scheme, "basic") == 0) return read_pair(properties, false, secrets, auth, ret_fault);
  if (strcmp(scheme, "digest") == 0) return read_pair(properties, true, secrets, auth, ret_fault);
  if (strcmp(scheme, "certificate") == 0) return read_certificate(properties, auth, ret_fault);
  if (strcmp(scheme, "bearer") == 0) return read_bearer(properties, auth, ret_fault);
  return read_grant(properties, strcmp(scheme, "oidc") == 0, auth, ret_fault);
}

int http_auth_read(jv policy, struct http_secrets *secrets, struct http_auth *ret_auth, struct http_fault *ret_fault) {
  *ret_auth = (struct http_auth){0};
  if (jv_get_kind(policy) != JV_KIND_OBJECT || jv_object_length(jv_copy(policy)) == 0) return 0;
  static const char *const schemes[] = {"basic", "bearer", "certificate", "digest", "oauth2", "oidc"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    if (!jv_object_has(jv_copy(policy), jv_string(schemes[i]))) continue;
    jv properties = follow_use(jv_object_get(jv_copy(policy), jv_string(schemes[i])), secrets);
    int status = -WF_EINVAL;
    if (jv_is_valid(properties))
      status = read_scheme(schemes[i], properties, secrets, ret_auth, ret_fault);
    else
      *ret_fault = http_fault_make(WF_ERROR_AUTHORIZATION, true, "the authentication policy names a secret that is not there");
    jv_free(properties);
    return status;
  }
  return refuse(ret_fault, "the authentication policy is none of basic, bearer, certificate, digest, oauth2, oidc");
}
