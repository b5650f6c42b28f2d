// SPDX-License-Identifier: Apache-2.0
#include "io/http_tokens.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/member.h"
#include "io/http_content.h"
#include "io/http_grant.h"
#include "io/http_url.h"

enum { TOKENS_MAX = 256, ANSWER_BYTES_MAX = 256 << 10 };
static const usec_t fetch_timeout = 30 * USEC_PER_SEC, margin_max = 30 * USEC_PER_SEC;

struct http_token_wait {
  LIST_ENTRY(http_token_wait) link;
  http_token_done *done;
  void *context;
};

LIST_HEAD(wait_list, http_token_wait);

struct entry {
  char key[HTTP_GRANT_KEY_SIZE];
  struct http_tokens *tokens;
  char *authorization; // NULL = none
  usec_t expires_at;   // boottime, the margin taken off
  // While it is fetched.
  struct wait_list waits;
  struct event *start; // not NULL: it is being fetched
  bool is_discovering;
  jv grant;
  char *endpoint; // asked now
  struct http_message message;
  struct http_exchange *exchange;
  UT_hash_handle hh;
};

struct http_tokens {
  struct event_base *loop;
  const struct http_exchange_config *config;
  struct entry *entries; // the least recently fetched first
};

struct http_tokens *http_tokens_new(struct event_base *loop, const struct http_exchange_config *config) {
  struct http_tokens *tokens = xcalloc(1, sizeof *tokens);
  tokens->loop = loop;
  tokens->config = config;
  return tokens;
}

// What is needed only while it is fetched, secrets among it.
static void end_fetch(struct entry *entry) {
  http_exchange_cancel(entry->exchange);
  entry->exchange = NULL;
  http_message_clear(&entry->message);
  free(entry->endpoint);
  entry->endpoint = NULL;
  jv_free(entry->grant);
  entry->grant = jv_null();
  if (entry->start) event_free(entry->start);
  entry->start = NULL;
}

static void entry_free(struct entry *entry) {
  HASH_DEL(entry->tokens->entries, entry);
  WF_ASSERT(LIST_EMPTY(&entry->waits));
  end_fetch(entry);
  free(entry->authorization);
  free(entry);
}

void http_tokens_free(struct http_tokens *tokens) {
  if (!tokens) return;
  while (tokens->entries) entry_free(tokens->entries);
  free(tokens);
}

static struct entry *find(struct http_tokens *tokens, const struct http_auth *auth, char key[HTTP_GRANT_KEY_SIZE]) {
  struct entry *entry;
  http_grant_key(auth->grant, auth->is_oidc, key);
  HASH_FIND_STR(tokens->entries, key, entry);
  return entry;
}

const char *http_tokens_have(struct http_tokens *tokens, const struct http_auth *auth) {
  char key[HTTP_GRANT_KEY_SIZE];
  struct entry *entry = find(tokens, auth, key);
  return entry && entry->authorization && clock_boottime() < entry->expires_at ? entry->authorization : NULL;
}

void http_tokens_drop(struct http_tokens *tokens, const struct http_auth *auth, const char *authorization) {
  char key[HTTP_GRANT_KEY_SIZE];
  struct entry *entry = find(tokens, auth, key);
  if (!entry || !entry->authorization || strcmp(entry->authorization, authorization) != 0) return;
  free(entry->authorization);
  entry->authorization = NULL;
}

void http_tokens_cancel(struct http_token_wait *wait) {
  if (!wait) return;
  LIST_REMOVE(wait, link);
  free(wait);
}

// The fetch is over: a new one may begin while those who waited are told.
static void tell(struct entry *entry, const struct http_fault *fault) {
  end_fetch(entry);
  char *authorization = !fault ? xstrdup(entry->authorization) : NULL;
  struct wait_list told = entry->waits;
  LIST_INIT(&entry->waits);
  if (told.lh_first) told.lh_first->link.le_prev = &told.lh_first;
  struct http_token_wait *wait;
  while ((wait = LIST_FIRST(&told))) {
    http_token_done *done = wait->done;
    void *context = wait->context;
    http_tokens_cancel(wait);
    done(context, authorization, fault);
  }
  free(authorization);
}

// Takes the fault.
static void fail(struct entry *entry, struct http_fault fault) {
  tell(entry, &fault);
  http_fault_clear(&fault);
}

static void keep(struct entry *entry, struct http_token token) {
  usec_t margin = token.lives / 10 < margin_max ? token.lives / 10 : margin_max;
  free(entry->authorization);
  entry->authorization = token.authorization;
  entry->expires_at = clock_boottime() + token.lives - margin;
  tell(entry, NULL);
}

// A result that is none, as an authentication error. Returns true when it was one.
static bool fail_by_result(struct entry *entry, const struct http_result *result) {
  char *place = http_url_describe(entry->endpoint), *what = xasprintf("the token endpoint %s", place);
  struct http_fault fault;
  bool failed = http_fault_of_result(result, what, false, &fault);
  free(place);
  free(what);
  if (!failed) return false;
  if (fault.kind != WF_ERROR_AUTHORIZATION) { // that it is not allowed stays what it is
    struct http_fault model = http_fault_make(WF_ERROR_AUTHENTICATION, false, "x");
    fault.kind = model.kind;
    fault.status = model.status;
    fault.title = model.title;
    http_fault_clear(&model);
  }
  fail(entry, fault);
  return true;
}

static void fail_by_answer(struct entry *entry, const char *why) {
  char *place = http_url_describe(entry->endpoint);
  struct http_fault fault = http_fault_make(WF_ERROR_AUTHENTICATION, false, "the token endpoint %.600s %s", place, why);
  free(place);
  fail(entry, fault);
}

static void on_token(void *context, struct http_result *result) {
  struct entry *entry = context;
  entry->exchange = NULL;
  struct http_token token;
  const char *problem;
  if (fail_by_result(entry, result)) return;
  if (http_grant_read(entry->grant, &result->body, &token, &problem) == 0)
    keep(entry, token);
  else
    fail_by_answer(entry, problem);
}

// Asks the endpoint that stands in the entry. Returns 0, or -WF_EINVAL when it has failed.
static int send_to(struct entry *entry, http_exchange_done *done) {
  if (http_exchange_start(entry->tokens->config, &entry->message, ANSWER_BYTES_MAX, fetch_timeout, done, entry,
                          &entry->exchange) == 0)
    return 0;
  return -WF_EINVAL;
}

static struct http_fault ask_for_token(struct entry *entry) {
  unsigned long long bits;
  while (getrandom(&bits, sizeof bits, 0) != sizeof bits) continue;
  char nonce[17];
  snprintf(nonce, sizeof nonce, "%016llx", bits);
  const char *problem;
  http_message_clear(&entry->message);
  if (http_grant_make(entry->grant, entry->endpoint, clock_realtime() / USEC_PER_SEC, nonce, &entry->message, &problem) < 0)
    return http_fault_make(WF_ERROR_CONFIGURATION, true, "%s", problem);
  if (send_to(entry, on_token) < 0)
    return http_fault_make(WF_ERROR_CONFIGURATION, true, "the token endpoint is no URL of the http or https scheme");
  return (struct http_fault){0};
}

// The provider's configuration has come.
static void on_discovered(void *context, struct http_result *result) {
  struct entry *entry = context;
  entry->exchange = NULL;
  if (fail_by_result(entry, result)) return;
  jv found = http_content_json(result->body.size ? result->body.data : "", result->body.size);
  jv endpoint = wf_member(found, "token_endpoint");
  bool is_there = jv_get_kind(endpoint) == JV_KIND_STRING;
  if (is_there) {
    free(entry->endpoint);
    entry->endpoint = xstrdup(jv_string_value(endpoint));
  }
  jv_free(endpoint);
  jv_free(found);
  if (!is_there) {
    fail_by_answer(entry, "answered without a token_endpoint");
    return;
  }
  struct http_fault fault = ask_for_token(entry);
  if (fault.detail) fail(entry, fault);
}

static struct http_fault discover(struct entry *entry) {
  entry->message = (struct http_message){.method = xstrdup("GET"), .url = xstrdup(entry->endpoint), .follows = true};
  http_fields_add(&entry->message.fields, "Accept", "application/json");
  if (send_to(entry, on_discovered) < 0)
    return http_fault_make(WF_ERROR_CONFIGURATION, true, "`authority` is no URL of the http or https scheme");
  return (struct http_fault){0};
}

static void on_start(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct entry *entry = context;
  struct http_fault fault;
  if (!entry->endpoint)
    fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "the authentication policy lacks its `authority`");
  else
    fault = entry->is_discovering ? discover(entry) : ask_for_token(entry);
  if (fault.detail) fail(entry, fault);
}

// Forgets the token that was fetched longest ago, of those that nobody waits for.
static void make_room(struct http_tokens *tokens) {
  if (HASH_COUNT(tokens->entries) < TOKENS_MAX) return;
  for (struct entry *entry = tokens->entries; entry; entry = entry->hh.next)
    if (!entry->start) {
      entry_free(entry);
      return;
    }
}

static void begin_fetch(struct entry *entry, const struct http_auth *auth) {
  entry->grant = jv_copy(auth->grant);
  entry->is_discovering = http_grant_discovers(entry->grant, auth->is_oidc);
  entry->endpoint = entry->is_discovering ? http_grant_discovery(entry->grant) : http_grant_endpoint(entry->grant);
  entry->start = evtimer_new(entry->tokens->loop, on_start, entry);
  WF_ASSERT(entry->start);
  event_active(entry->start, EV_TIMEOUT, 0);
}

struct http_token_wait *http_tokens_ask(struct http_tokens *tokens, const struct http_auth *auth,
                                        http_token_done *done, void *context) {
  char key[HTTP_GRANT_KEY_SIZE];
  struct entry *entry = find(tokens, auth, key);
  if (!entry) {
    make_room(tokens);
    entry = xcalloc(1, sizeof *entry);
    memcpy(entry->key, key, sizeof key);
    entry->tokens = tokens;
    entry->grant = jv_null();
    LIST_INIT(&entry->waits);
    HASH_ADD_STR(tokens->entries, key, entry);
  }
  if (!entry->start) begin_fetch(entry, auth);
  struct http_token_wait *wait = xcalloc(1, sizeof *wait);
  wait->done = done;
  wait->context = context;
  LIST_INSERT_HEAD(&entry->waits, wait, link);
  return wait;
}
