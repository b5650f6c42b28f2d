// SPDX-License-Identifier: Apache-2.0
#include "io/http_caller.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "engine/member.h"
#include "io/http_auth.h"
#include "io/http_dispatch.h"
#include "io/http_fault.h"
#include "io/http_outgoing.h"
#include "io/http_output.h"
#include "io/http_signature.h"
#include "io/http_url.h"
#include "io/openapi_cache.h"
#include "io/openapi_request.h"

struct http_ticket {
  LIST_ENTRY(http_ticket) link;
  struct http_caller *caller;
  struct event *timer; // first to begin, then the timeout
  bool has_begun;
  jv with;
  bool is_openapi;
  char *idempotency_key, *traceparent;
  usec_t timeout;
  http_answer_fn *answer;
  void *user;

  struct http_secrets secrets;
  struct http_message message;
  struct http_auth auth;
  jv request; // as it is shown
  char *what; // "GET https://host/path"
  struct http_dispatch *dispatch;

  // Of `call: openapi`, until its document is there.
  jv revealed; // with
  struct openapi_wait *wait;
};

struct http_caller {
  struct event_base *loop;
  struct http_caller_config config; // allow and signing_keys apart
  struct http_client *client;
  struct http_address_list *allowed;
  struct http_signature_keys *signing_keys;
  struct http_exchange_config exchange;
  struct http_tokens *tokens;
  struct openapi_cache *documents;
  LIST_HEAD(, http_ticket) tickets;
  size_t in_flight;
};

static void set_defaults(struct http_caller_config *config) {
  if (!config->in_flight_max) config->in_flight_max = 64;
  if (!config->response_bytes_max) config->response_bytes_max = 1 << 20;
  if (!config->request_bytes_max) config->request_bytes_max = 1 << 20;
  if (!config->redirects_max) config->redirects_max = 10;
  if (!config->connect_timeout) config->connect_timeout = 10 * USEC_PER_SEC;
  if (!config->document_bytes_max) config->document_bytes_max = 4 << 20;
  if (!config->document_cache_max) config->document_cache_max = 32 << 20;
  config->ca_file = config->ca_file ? xstrdup(config->ca_file) : NULL;
  config->user_agent = xstrdup(config->user_agent ? config->user_agent : "workflowd/" WORKFLOWD_VERSION);
}

int http_caller_new(struct event_base *loop, const struct http_caller_config *config, struct http_caller **ret_caller,
                    char **ret_error) {
  struct http_address_list *allowed;
  struct http_signature_keys *keys;
  size_t bad;
  if (http_address_list_new(config->allow, config->allow_count, &allowed, &bad) < 0) {
    *ret_error = xasprintf("\"%s\" is neither a network such as 10.0.0.0/8 nor a host name", config->allow[bad]);
    return -WF_EINVAL;
  }
  if (http_signature_keys_new(config->signing_keys, config->signing_key_count, &keys, &bad) < 0) {
    *ret_error = xasprintf("the signing key of \"%s\" is no base64 of 24 to 64 bytes", config->signing_keys[bad].endpoint);
    http_address_list_free(allowed);
    return -WF_EINVAL;
  }
  struct http_caller *caller = xcalloc(1, sizeof *caller);
  caller->loop = loop;
  caller->config = *config;
  set_defaults(&caller->config);
  caller->allowed = allowed;
  caller->signing_keys = keys;
  caller->client = http_client_new(loop);
  caller->exchange = (struct http_exchange_config){.client = caller->client,
                                                   .allowed = allowed,
                                                   .ca_file = caller->config.ca_file,
                                                   .user_agent = caller->config.user_agent,
                                                   .connect_timeout = caller->config.connect_timeout,
                                                   .redirects_max = caller->config.redirects_max};
  caller->tokens = http_tokens_new(loop, &caller->exchange);
  caller->documents = openapi_cache_new(
      &(struct openapi_cache_config){.loop = loop,
                                     .exchange = &caller->exchange,
                                     .tokens = caller->tokens,
                                     .document_bytes_max = caller->config.document_bytes_max,
                                     .bytes_max = caller->config.document_cache_max});
  LIST_INIT(&caller->tickets);
  *ret_caller = caller;
  return 0;
}

void http_caller_free(struct http_caller *caller) {
  if (!caller) return;
  while (!LIST_EMPTY(&caller->tickets)) http_caller_cancel(LIST_FIRST(&caller->tickets));
  openapi_cache_free(caller->documents);
  http_tokens_free(caller->tokens);
  http_client_free(caller->client);
  http_address_list_free(caller->allowed);
  http_signature_keys_free(caller->signing_keys);
  free((char *)(uintptr_t)caller->config.ca_file);
  free((char *)(uintptr_t)caller->config.user_agent);
  free(caller);
}

size_t http_caller_in_flight(const struct http_caller *caller) { return caller->in_flight; }

void http_caller_cancel(struct http_ticket *ticket) {
  if (!ticket) return;
  LIST_REMOVE(ticket, link);
  ticket->caller->in_flight--;
  http_dispatch_cancel(ticket->dispatch);
  openapi_cache_cancel(ticket->wait);
  jv_free(ticket->revealed);
  event_free(ticket->timer);
  jv_free(ticket->with);
  jv_free(ticket->request);
  free(ticket->idempotency_key);
  free(ticket->traceparent);
  free(ticket->what);
  http_secrets_clear(&ticket->secrets);
  http_message_clear(&ticket->message);
  http_auth_clear(&ticket->auth);
  free(ticket);
}

// The ticket ends before its owner hears, who may start another at once.
static void give(struct http_ticket *ticket, const struct http_answer *answer) {
  http_answer_fn *tell = ticket->answer;
  void *user = ticket->user;
  http_caller_cancel(ticket);
  tell(user, answer);
}

// Credentials that were sent: of a token in every case, of others that the definition holds
// only in what people are told.
static void remember_credentials(struct http_ticket *ticket) {
  const char *authorization = http_fields_get(&ticket->message.fields, "Authorization");
  const char *credentials = authorization ? strchr(authorization, ' ') : NULL;
  http_secrets_remember(&ticket->secrets, credentials ? credentials + 1 : authorization);
}

// Takes the fault.
static void fail(struct http_ticket *ticket, struct http_fault fault) {
  remember_credentials(ticket);
  char *detail = http_secrets_redact(&ticket->secrets, fault.detail);
  char *internal = http_secrets_redact(&ticket->secrets, fault.internal);
  struct http_answer answer = {.output = jv_invalid(),
                               .error_type = wf_error_type(fault.kind),
                               .error_title = fault.title,
                               .error_detail = detail,
                               .detail_internal = internal,
                               .error_status = fault.status,
                               .retryable = !fault.is_final,
                               .retry_after = fault.retry_after};
  http_fault_clear(&fault);
  give(ticket, &answer);
  free(detail);
  free(internal);
}

// Takes the output.
static void complete(struct http_ticket *ticket, jv output) {
  struct http_answer answer = {.completed = true, .output = output};
  give(ticket, &answer);
  jv_free(output);
}

static void fail_with(struct http_ticket *ticket, const struct http_fault *lent) {
  struct http_fault fault = *lent;
  fault.detail = xstrdup(lent->detail);
  fault.internal = lent->internal ? xstrdup(lent->internal) : NULL;
  fail(ticket, fault);
}

static void on_result(void *context, struct http_result *result, const struct http_fault *no_token) {
  struct http_ticket *ticket = context;
  ticket->dispatch = NULL; // it has ended
  struct http_fault fault;
  if (no_token) {
    fail_with(ticket, no_token);
    return;
  }
  if (http_fault_of_result(result, ticket->what, ticket->message.follows, &fault)) {
    fail(ticket, fault);
    return;
  }
  if (ticket->auth.kind == HTTP_AUTH_TOKEN) remember_credentials(ticket);
  char *form = wf_member_text(ticket->with, "output");
  jv output = http_output_make(form, result, ticket->request, &ticket->secrets);
  free(form);
  if (jv_is_valid(output)) {
    complete(ticket, output);
    return;
  }
  jv_free(output);
  const char *type = http_fields_get(&result->fields, "Content-Type");
  fail(ticket, http_fault_make(WF_ERROR_COMMUNICATION, false, "%.600s answered %d with content that is no %.100s",
                               ticket->what, result->status, type ? type : "JSON"));
}

// The fields whose value a secret changed stay with the origin they are for, and a body too.
static void mark_secrets(struct http_message *message, const struct http_message *shown) {
  message->has_secret_body =
      message->body.size != shown->body.size || (shown->body.size && memcmp(message->body.data, shown->body.data, shown->body.size) != 0);
  for (size_t i = 0; i < message->fields.list.count && i < shown->fields.list.count; i++) {
    struct http_field *field = &message->fields.list.items[i];
    field->is_secret = strcmp(field->value, shown->fields.list.items[i].value) != 0;
  }
}

// Sets `request` and `what` from what stands in the definition, before secrets.
static int show(struct http_ticket *ticket, struct http_message *ret_shown, struct http_fault *ret_fault) {
  char *problem;
  if (http_outgoing_make(ticket->with, ret_shown, &problem) < 0) {
    *ret_fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "%s", problem);
    free(problem);
    return -WF_EINVAL;
  }
  char *method = wf_member_text(ticket->with, "method"), *place = http_url_describe(ret_shown->url);
  jv_free(ticket->request);
  ticket->request = http_output_request(method, ret_shown);
  ticket->what = xasprintf("%s %s", ret_shown->method, place);
  free(method);
  free(place);
  return 0;
}

// Takes `with`, revealed.
static int make_message(struct http_ticket *ticket, jv with, struct http_fault *ret_fault) {
  char *problem;
  int status = http_outgoing_make(with, &ticket->message, &problem);
  if (status < 0) {
    *ret_fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "%s", problem);
    free(problem);
  } else {
    jv endpoint = wf_member(with, "endpoint");
    jv policy = wf_member(endpoint, "authentication");
    status = http_auth_read(policy, &ticket->secrets, &ticket->auth, ret_fault);
    if (status == 0) status = http_auth_check_url(&ticket->auth, ticket->message.url, ret_fault);
    jv_free(policy);
    jv_free(endpoint);
  }
  jv_free(with);
  return status;
}

// Makes the message of `with`, as it stands in the definition and as revealed; takes the latter.
static int prepare(struct http_ticket *ticket, jv revealed, struct http_fault *ret_fault) {
  struct http_message shown = {0};
  int status = show(ticket, &shown, ret_fault);
  if (status == 0) {
    status = make_message(ticket, revealed, ret_fault);
    mark_secrets(&ticket->message, &shown);
  } else {
    jv_free(revealed);
  }
  http_message_clear(&shown);
  return status;
}

static void add_own_fields(struct http_ticket *ticket) {
  struct http_message *message = &ticket->message;
  if (ticket->idempotency_key) http_fields_default(&message->fields, "Idempotency-Key", ticket->idempotency_key);
  if (ticket->traceparent) http_fields_default(&message->fields, "traceparent", ticket->traceparent);
  const char *id = ticket->idempotency_key ? ticket->idempotency_key : "";
  http_signature_add(ticket->caller->signing_keys, id, clock_realtime() / USEC_PER_SEC, message);
}

// Takes `revealed`.
static void send_call(struct http_ticket *ticket, jv revealed) {
  struct http_caller *caller = ticket->caller;
  struct http_fault fault;
  if (prepare(ticket, revealed, &fault) < 0) {
    fail(ticket, fault);
    return;
  }
  if (ticket->message.body.size > caller->config.request_bytes_max) {
    fail(ticket, http_fault_make(WF_ERROR_CONFIGURATION, true, "%.900s: the body is larger than %zu bytes",
                                 ticket->what, caller->config.request_bytes_max));
    return;
  }
  add_own_fields(ticket);
  int status = http_dispatch_start(&caller->exchange, caller->tokens, &ticket->message, &ticket->auth,
                                   caller->config.response_bytes_max, 0, on_result, ticket, &ticket->dispatch);
  WF_ASSERT(status == 0); // the URL was read already
}

// From here on it is a `call: http`.
static void on_document(void *context, jv document, const char *url, const struct http_fault *no_document) {
  struct http_ticket *ticket = context;
  ticket->wait = NULL;
  if (no_document) {
    fail_with(ticket, no_document);
    return;
  }
  struct http_fault fault;
  jv shown, revealed;
  if (openapi_request_make(ticket->with, document, url, &shown, &fault) < 0) {
    fail(ticket, fault);
    return;
  }
  if (openapi_request_make(ticket->revealed, document, url, &revealed, &fault) < 0) {
    jv_free(shown);
    fail(ticket, fault);
    return;
  }
  jv_free(ticket->with);
  ticket->with = shown;
  send_call(ticket, revealed);
}

// Takes `revealed`.
static void ask_for_document(struct http_ticket *ticket, jv revealed) {
  ticket->revealed = revealed;
  jv document = wf_member(revealed, "document"), endpoint = wf_member(document, "endpoint"), policy = wf_member(endpoint, "authentication");
  char *url = jv_get_kind(endpoint) == JV_KIND_STRING ? xstrdup(jv_string_value(endpoint)) : wf_member_text(endpoint, "uri");
  struct http_auth auth = {0};
  struct http_fault fault = {0};
  if (!url)
    fault = http_fault_make(WF_ERROR_CONFIGURATION, true, "`document` has no `endpoint`");
  else if (http_auth_read(policy, &ticket->secrets, &auth, &fault) == 0 && http_auth_check_url(&auth, url, &fault) == 0)
    ticket->wait = openapi_cache_ask(ticket->caller->documents, url, &auth, on_document, ticket);
  http_auth_clear(&auth);
  free(url);
  jv_free(policy);
  jv_free(endpoint);
  jv_free(document);
  if (fault.detail) fail(ticket, fault);
}

// Where URLs stand in a call; each path ends with NULL.
static const char *const url_places[][6] = {
    {"endpoint"},
    {"endpoint", "uri"},
    {"document", "endpoint"},
    {"document", "endpoint", "uri"},
    {"authentication", "oauth2", "authority"},
    {"authentication", "oauth2", "endpoints", "token"},
    {"authentication", "oidc", "authority"},
    {"endpoint", "authentication", "oauth2", "authority"},
    {"endpoint", "authentication", "oauth2", "endpoints", "token"},
    {"endpoint", "authentication", "oidc", "authority"},
    {"document", "endpoint", "authentication", "oauth2", "authority"},
    {"document", "endpoint", "authentication", "oauth2", "endpoints", "token"},
    {"document", "endpoint", "authentication", "oidc", "authority"},
};

// Takes the value; the text at the path revealed as a URL's. Invalid when a secret cannot be.
static jv reveal_url_at(struct http_secrets *secrets, jv value, const char *const *path) {
  if (!*path) return http_secrets_reveal_url(secrets, value);
  if (jv_get_kind(value) != JV_KIND_OBJECT || !jv_object_has(jv_copy(value), jv_string(*path))) return value;
  jv member = reveal_url_at(secrets, jv_object_get(jv_copy(value), jv_string(*path)), path + 1);
  if (jv_is_valid(member)) return jv_object_set(value, jv_string(*path), member);
  jv_free(value);
  return member;
}

// Takes `with`; its URLs revealed as such, then all the rest. Invalid when a secret cannot be.
static jv reveal(struct http_secrets *secrets, jv with) {
  for (size_t i = 0; i < sizeof url_places / sizeof *url_places && jv_is_valid(with); i++)
    with = reveal_url_at(secrets, with, url_places[i]);
  return jv_is_valid(with) ? http_secrets_reveal(secrets, with) : with;
}

static void begin(struct http_ticket *ticket) {
  jv revealed = reveal(&ticket->secrets, jv_copy(ticket->with));
  ticket->with = http_secrets_unmark(ticket->with);
  if (!jv_is_valid(revealed)) {
    jv_free(revealed);
    fail(ticket, http_fault_make(WF_ERROR_AUTHORIZATION, true, "a secret of the call is not there, or not for this workflow"));
  } else if (ticket->is_openapi) {
    ask_for_document(ticket, revealed);
  } else {
    send_call(ticket, revealed);
  }
}

static void on_timer(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_ticket *ticket = context;
  if (ticket->has_begun) {
    const char *asked = ticket->what ? ticket->what : "the call";
    fail(ticket, http_fault_make(WF_ERROR_TIMEOUT, false, "%.900s gave no answer in time", asked));
    return;
  }
  ticket->has_begun = true;
  if (ticket->timeout) {
    struct timeval left = {ticket->timeout / USEC_PER_SEC, ticket->timeout % USEC_PER_SEC};
    evtimer_add(ticket->timer, &left);
  }
  begin(ticket);
}

int http_caller_start(struct http_caller *caller, const struct http_call *call, http_answer_fn *answer, void *user,
                      struct http_ticket **ret_ticket) {
  if (caller->in_flight >= (size_t)caller->config.in_flight_max) return -WF_ETOOBIG;
  struct http_ticket *ticket = xcalloc(1, sizeof *ticket);
  ticket->caller = caller;
  ticket->timer = evtimer_new(caller->loop, on_timer, ticket);
  WF_ASSERT(ticket->timer);
  ticket->is_openapi = call->kind == HTTP_CALL_OPENAPI;
  ticket->with = jv_copy(call->with);
  ticket->request = jv_null();
  ticket->revealed = jv_null();
  ticket->idempotency_key = call->idempotency_key ? xstrdup(call->idempotency_key) : NULL;
  ticket->traceparent = call->traceparent ? xstrdup(call->traceparent) : NULL;
  ticket->timeout = call->timeout;
  ticket->answer = answer;
  ticket->user = user;
  ticket->secrets =
      (struct http_secrets){.reveal = caller->config.reveal, .secret = caller->config.secret, .user = caller->config.user};
  LIST_INSERT_HEAD(&caller->tickets, ticket, link);
  caller->in_flight++;
  event_active(ticket->timer, EV_TIMEOUT, 0);
  *ret_ticket = ticket;
  return 0;
}
