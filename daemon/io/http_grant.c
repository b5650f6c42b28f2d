// SPDX-License-Identifier: Apache-2.0
#include "io/http_grant.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/uri_template.h"
#include "engine/member.h"
#include "io/http_auth.h"
#include "io/http_content.h"
#include "io/http_jwt.h"
#include "io/http_outgoing.h"

// A token whose answer names no life; and how long one is at most believed to live.
static const usec_t life_default = 5 * USEC_PER_MIN, life_max = USEC_PER_DAY;
enum { ASSERTION_SECONDS = 60 };

// A text in an object within, to be freed; NULL when it is none.
static char *inner_text(jv object, const char *name, const char *inner) {
  jv outer = wf_member(object, name);
  char *text = wf_member_text(outer, inner);
  jv_free(outer);
  return text;
}

static char *authority_of(jv grant) {
  char *authority = wf_member_text(grant, "authority");
  size_t size = authority ? strlen(authority) : 0;
  while (size > 0 && authority[size - 1] == '/') authority[--size] = '\0';
  return authority;
}

// Where the authority ends and the path of a provider's configuration begins (OpenID Connect
// Discovery, RFC 8414); NULL when the authority is not the address of one.
static char *configuration_in(char *authority) {
  static const char *const tails[] = {"/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"};
  size_t size = authority ? strlen(authority) : 0;
  for (int i = 0; i < 2; i++)
    if (size > strlen(tails[i]) && strcmp(authority + size - strlen(tails[i]), tails[i]) == 0) return authority + size - strlen(tails[i]);
  return NULL;
}

bool http_grant_discovers(jv grant, bool is_oidc) {
  if (is_oidc) return true;
  char *path = inner_text(grant, "endpoints", "token"), *authority = authority_of(grant);
  bool discovers = !path && configuration_in(authority);
  free(authority);
  free(path);
  return discovers;
}

char *http_grant_endpoint(jv grant) {
  char *path = inner_text(grant, "endpoints", "token");
  if (path && strstr(path, "://")) return path;
  char *authority = authority_of(grant), *configuration = configuration_in(authority);
  if (configuration) *configuration = '\0';
  const char *tail = path ? path : "/oauth2/token";
  char *endpoint = authority ? xasprintf("%s%s%s", authority, *tail == '/' ? "" : "/", tail) : NULL;
  free(authority);
  free(path);
  return endpoint;
}

char *http_grant_discovery(jv grant) {
  char *authority = authority_of(grant);
  if (!authority) return NULL;
  char *url = xasprintf("%s%s", authority, configuration_in(authority) ? "" : "/.well-known/openid-configuration");
  free(authority);
  return url;
}

static jv put(jv form, const char *name, const char *value) {
  return value ? jv_object_set(form, jv_string(name), jv_string(value)) : form;
}

static jv put_from(jv form, const char *name, jv grant, const char *member, const char *inner) {
  char *text = inner ? inner_text(grant, member, inner) : wf_member_text(grant, member);
  form = put(form, name, text);
  free(text);
  return form;
}

// The texts of a list, joined by blanks; NULL when there are none.
static char *join(jv list) {
  struct buf out = {0};
  if (jv_get_kind(list) == JV_KIND_ARRAY) {
    jv_array_foreach(list, i, element) {
      if (out.size) buf_put_u8(&out, ' ');
      if (jv_get_kind(element) == JV_KIND_STRING) buf_puts(&out, jv_string_value(element));
      jv_free(element);
    }
  }
  jv_free(list);
  char *joined = out.size ? xstrndup(out.data, out.size) : NULL;
  buf_free(&out);
  return joined;
}

// What the kind of grant asks for. Takes and gives the form.
static jv put_grant(jv form, jv grant, const char **ret_problem) {
  char *kind = wf_member_text(grant, "grant");
  const char *name = kind ? kind : "client_credentials";
  form = put(form, "grant_type", name);
  if (strcmp(name, "password") == 0) {
    form = put_from(form, "username", grant, "username", NULL);
    form = put_from(form, "password", grant, "password", NULL);
  } else if (strcmp(name, "refresh_token") == 0) {
    form = put_from(form, "refresh_token", grant, "subject", "token");
    if (!jv_object_has(jv_copy(form), jv_string("refresh_token")))
      *ret_problem = "the grant refresh_token needs the refresh token as `subject.token`";
  } else if (strcmp(name, "urn:ietf:params:oauth:grant-type:token-exchange") == 0) {
    form = put_from(form, "subject_token", grant, "subject", "token");
    form = put_from(form, "subject_token_type", grant, "subject", "type");
    form = put_from(form, "actor_token", grant, "actor", "token");
    form = put_from(form, "actor_token_type", grant, "actor", "type");
    if (!jv_object_has(jv_copy(form), jv_string("subject_token")))
      *ret_problem = "a token exchange needs `subject`";
  } else if (strcmp(name, "client_credentials") != 0) {
    *ret_problem = "this grant cannot be used without a person: expected client_credentials, password, "
                   "refresh_token or urn:ietf:params:oauth:grant-type:token-exchange";
  }
  free(kind);
  return form;
}

static jv put_assertion(jv form, jv grant, const char *method, const char *endpoint, int64_t seconds, const char *nonce,
                        const char **ret_problem) {
  char *id = inner_text(grant, "client", "id"), *secret = inner_text(grant, "client", "secret");
  char *assertion = inner_text(grant, "client", "assertion");
  bool is_key = assertion && strncmp(assertion, "-----BEGIN", 10) == 0;
  bool by_secret = !assertion && secret && strcmp(method, "client_secret_jwt") == 0;
  if (is_key || by_secret) {
    jv claims = put(put(put(jv_object(), "iss", id), "sub", id), "aud", endpoint);
    claims = put(claims, "jti", nonce);
    claims = jv_object_set(claims, jv_string("iat"), jv_number((double)seconds));
    claims = jv_object_set(claims, jv_string("exp"), jv_number((double)(seconds + ASSERTION_SECONDS)));
    char *made = is_key ? http_jwt_sign_key(claims, assertion) : http_jwt_sign_secret(claims, secret);
    free(assertion);
    assertion = made;
  }
  if (!assertion) *ret_problem = "the client lacks what its assertion is made of: `assertion`, or `secret` for client_secret_jwt";
  form = put(form, "client_assertion", assertion);
  form = put(form, "client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  form = put(form, "client_id", id);
  free(id);
  free(secret);
  free(assertion);
  return form;
}

// RFC 6749, section 2.3.1: both are form-encoded first.
static void add_basic(struct http_message *message, const char *id, const char *secret) {
  struct buf user = {0}, password = {0};
  uri_template_encode(&user, id, strlen(id), false);
  uri_template_encode(&password, secret, strlen(secret), false);
  buf_put_u8(&user, 0);
  buf_put_u8(&password, 0);
  char *header = http_auth_basic(user.data, password.data);
  http_fields_add(&message->fields, "Authorization", header);
  free(header);
  buf_free(&user);
  buf_free(&password);
}

static jv put_client(jv form, jv grant, struct http_message *message, const char *endpoint, int64_t seconds,
                     const char *nonce, const char **ret_problem) {
  char *method = inner_text(grant, "client", "authentication");
  const char *name = method ? method : "client_secret_post";
  if (strcmp(name, "client_secret_jwt") == 0 || strcmp(name, "private_key_jwt") == 0) {
    form = put_assertion(form, grant, name, endpoint, seconds, nonce, ret_problem);
  } else if (strcmp(name, "client_secret_basic") == 0) {
    char *id = inner_text(grant, "client", "id"), *secret = inner_text(grant, "client", "secret");
    if (id) add_basic(message, id, secret ? secret : "");
    if (!id) *ret_problem = "the client lacks its `id`";
    free(id);
    free(secret);
  } else {
    form = put_from(form, "client_id", grant, "client", "id");
    if (strcmp(name, "none") != 0) form = put_from(form, "client_secret", grant, "client", "secret");
    if (strcmp(name, "none") != 0 && strcmp(name, "client_secret_post") != 0)
      *ret_problem = "the client's `authentication` is none that is known";
  }
  free(method);
  return form;
}

static jv put_audiences(jv form, jv grant) {
  jv audiences = wf_member(grant, "audiences");
  int count = jv_get_kind(audiences) == JV_KIND_ARRAY ? jv_array_length(jv_copy(audiences)) : 0;
  if (count == 1) return jv_object_set(form, jv_string("audience"), jv_array_get(audiences, 0));
  if (count > 1) return jv_object_set(form, jv_string("audience"), audiences); // repeated in a form
  jv_free(audiences);
  return form;
}

int http_grant_make(jv grant, const char *endpoint, int64_t seconds, const char *nonce, struct http_message *ret_message,
                    const char **ret_problem) {
  struct http_message message = {.method = xstrdup("POST"), .url = xstrdup(endpoint)};
  const char *problem = NULL;
  jv form = put_client(put_grant(jv_object(), grant, &problem), grant, &message, endpoint, seconds, nonce, &problem);
  char *scope = join(wf_member(grant, "scopes")), *encoding = inner_text(grant, "request", "encoding");
  form = put_audiences(put(form, "scope", scope), grant);
  bool is_json = encoding && strcmp(encoding, "application/json") == 0;
  http_fields_add(&message.fields, "Accept", "application/json");
  http_fields_add(&message.fields, "Content-Type", is_json ? "application/json" : "application/x-www-form-urlencoded");
  http_outgoing_set_body(&message, form);
  free(scope);
  free(encoding);
  if (problem) {
    http_message_clear(&message);
    *ret_problem = problem;
    return -WF_EINVAL;
  }
  *ret_message = message;
  return 0;
}

static bool same_issuer(const char *a, const char *b) {
  size_t of_a = strlen(a), of_b = strlen(b);
  while (of_a > 0 && a[of_a - 1] == '/') of_a--;
  while (of_b > 0 && b[of_b - 1] == '/') of_b--;
  return of_a == of_b && memcmp(a, b, of_a) == 0;
}

// An opaque token says nothing about its issuer.
static bool is_of_issuers(const char *token, jv grant) {
  jv issuers = wf_member(grant, "issuers"), claims = http_jwt_claims(token);
  bool is_asked = jv_get_kind(issuers) == JV_KIND_ARRAY && jv_array_length(jv_copy(issuers)) > 0 && jv_is_valid(claims);
  bool found = !is_asked;
  char *issuer = is_asked ? wf_member_text(claims, "iss") : NULL;
  if (issuer)
    jv_array_foreach(issuers, i, element) {
      found = found || (jv_get_kind(element) == JV_KIND_STRING && same_issuer(jv_string_value(element), issuer));
      jv_free(element);
    }
  free(issuer);
  jv_free(issuers);
  jv_free(claims);
  return found;
}

static usec_t life_of(jv answer) {
  jv seconds = wf_member(answer, "expires_in");
  if (jv_get_kind(seconds) == JV_KIND_STRING) { // some servers do
    jv text = seconds;
    seconds = http_content_json(jv_string_value(text), strlen(jv_string_value(text)));
    jv_free(text);
  }
  double value = jv_get_kind(seconds) == JV_KIND_NUMBER ? jv_number_value(seconds) : -1;
  jv_free(seconds);
  if (!(value >= 0)) return life_default;
  return value < (double)(life_max / USEC_PER_SEC) ? (usec_t)(value * (double)USEC_PER_SEC) : life_max;
}

static int read_answer(jv grant, jv answer, struct http_token *ret_token, const char **ret_problem) {
  char *token = wf_member_text(answer, "access_token"), *type = wf_member_text(answer, "token_type");
  int status = -WF_EINVAL;
  if (!token || !*token || !http_fields_value_is_valid(token) || (type && !http_fields_name_is_valid(type))) {
    *ret_problem = "answered without an access_token that can be sent";
  } else if (!is_of_issuers(token, grant)) {
    *ret_problem = "gave a token that none of the policy's issuers issued";
  } else {
    const char *scheme = !type || strcasecmp(type, "bearer") == 0 ? "Bearer" : type;
    *ret_token = (struct http_token){xasprintf("%s %s", scheme, token), life_of(answer)};
    status = 0;
  }
  free(token);
  free(type);
  return status;
}

int http_grant_read(jv grant, const struct buf *content, struct http_token *ret_token, const char **ret_problem) {
  jv answer = content->size ? http_content_json(content->data, content->size) : jv_null();
  int status = read_answer(grant, answer, ret_token, ret_problem);
  jv_free(answer);
  return status;
}

void http_grant_key(jv grant, bool is_oidc, char ret_key[HTTP_GRANT_KEY_SIZE]) {
  jv text = jv_dump_string(jv_copy(grant), JV_PRINT_SORTED);
  struct buf all = {0};
  buf_put_u8(&all, is_oidc);
  buf_puts(&all, jv_string_value(text));
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  WF_ASSERT(EVP_Digest(all.data, all.size, hash, &size, EVP_sha256(), NULL) == 1 && size == 32);
  for (unsigned int i = 0; i < size; i++) snprintf(ret_key + 2 * i, 3, "%02x", hash[i]);
  explicit_bzero(all.data, all.size);
  buf_free(&all);
  jv_free(text);
}
