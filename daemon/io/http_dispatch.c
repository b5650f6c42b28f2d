// SPDX-License-Identifier: Apache-2.0
#include "io/http_dispatch.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/http_url.h"

struct http_dispatch {
  const struct http_exchange_config *config;
  struct http_tokens *tokens;
  struct http_message *message;
  const struct http_auth *auth;
  size_t bytes_max;
  usec_t deadline; // boottime; 0 = none
  struct http_exchange *exchange;
  struct http_token_wait *wait;
  bool has_renewed;
  http_dispatch_done *done;
  void *context;
};

void http_dispatch_cancel(struct http_dispatch *dispatch) {
  if (!dispatch) return;
  http_exchange_cancel(dispatch->exchange);
  http_tokens_cancel(dispatch->wait);
  free(dispatch);
}

static void finish(struct http_dispatch *dispatch, struct http_result *result, const struct http_fault *fault) {
  http_dispatch_done *done = dispatch->done;
  void *context = dispatch->context;
  http_dispatch_cancel(dispatch);
  done(context, result, fault);
}

static void authorize(struct http_message *message, const char *authorization) {
  http_fields_remove(&message->fields, "Authorization");
  http_fields_add(&message->fields, "Authorization", authorization);
}

static void on_token(void *context, const char *authorization, const struct http_fault *fault);

static void on_result(void *context, struct http_result *result) {
  struct http_dispatch *dispatch = context;
  dispatch->exchange = NULL;
  bool is_stale = dispatch->auth->kind == HTTP_AUTH_TOKEN && result->end == HTTP_END_ANSWERED && result->status == 401;
  if (!is_stale || dispatch->has_renewed) {
    finish(dispatch, result, NULL);
    return;
  }
  dispatch->has_renewed = true;
  http_tokens_drop(dispatch->tokens, dispatch->auth, http_fields_get(&dispatch->message->fields, "Authorization"));
  dispatch->wait = http_tokens_ask(dispatch->tokens, dispatch->auth, on_token, dispatch);
}

static int send_message(struct http_dispatch *dispatch) {
  usec_t left = dispatch->deadline ? dispatch->deadline - clock_boottime() : 0;
  if (dispatch->deadline && left <= 0) left = 1;
  return http_exchange_start(dispatch->config, dispatch->message, dispatch->bytes_max, left, on_result, dispatch,
                             &dispatch->exchange);
}

static void on_token(void *context, const char *authorization, const struct http_fault *fault) {
  struct http_dispatch *dispatch = context;
  dispatch->wait = NULL;
  if (fault) {
    finish(dispatch, NULL, fault);
    return;
  }
  authorize(dispatch->message, authorization);
  WF_ASSERT(send_message(dispatch) == 0); // the URL was read already
}

static int begin(struct http_dispatch *dispatch) {
  const struct http_auth *auth = dispatch->auth;
  struct http_message *message = dispatch->message;
  if (auth->kind == HTTP_AUTH_TOKEN) {
    const char *kept = http_tokens_have(dispatch->tokens, auth);
    if (!kept) {
      dispatch->wait = http_tokens_ask(dispatch->tokens, auth, on_token, dispatch);
      return 0;
    }
    authorize(message, kept);
  } else if (auth->kind == HTTP_AUTH_HEADER) {
    authorize(message, auth->authorization);
  } else if (auth->kind == HTTP_AUTH_CERTIFICATE && !message->certificate) {
    message->certificate = xstrdup(auth->certificate);
    message->certificate_key = xstrdup(auth->key);
    message->certificate_passphrase = auth->passphrase ? xstrdup(auth->passphrase) : NULL;
  } else if (auth->kind == HTTP_AUTH_DIGEST && !message->digest_user) {
    message->digest_user = xstrdup(auth->user);
    message->digest_password = xstrdup(auth->password);
  }
  return send_message(dispatch);
}

int http_dispatch_start(const struct http_exchange_config *config, struct http_tokens *tokens,
                        struct http_message *message, const struct http_auth *auth, size_t bytes_max, usec_t timeout,
                        http_dispatch_done *done, void *context, struct http_dispatch **ret_dispatch) {
  CURLU *url = http_url_new(message->url);
  if (!url) return -WF_EINVAL;
  curl_url_cleanup(url);
  struct http_dispatch *dispatch = xcalloc(1, sizeof *dispatch);
  *dispatch = (struct http_dispatch){.config = config, .tokens = tokens, .message = message, .auth = auth,
                                     .bytes_max = bytes_max, .done = done, .context = context};
  dispatch->deadline = timeout ? clock_boottime() + timeout : 0;
  WF_ASSERT(begin(dispatch) == 0);
  *ret_dispatch = dispatch;
  return 0;
}
