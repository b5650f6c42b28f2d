// SPDX-License-Identifier: Apache-2.0
#include "io/http_client.h"

#include <stdlib.h>

#include "base/error.h"
#include "base/xalloc.h"

struct http_client {
  struct event_base *loop;
  CURLM *multi;
  struct event *timer;
};

enum { CONNECTIONS_KEPT = 64 };

// Tells the owners of the transfers that have ended. An owner may add and remove others.
static void conclude(struct http_client *client) {
  CURLMsg *message;
  int left;
  while ((message = curl_multi_info_read(client->multi, &left))) {
    if (message->msg != CURLMSG_DONE) continue;
    CURLcode result = message->data.result; // gone with the handle's removal
    struct http_transfer *transfer = NULL;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
    curl_multi_remove_handle(client->multi, message->easy_handle);
    transfer->done(transfer->context, result);
  }
}

static void on_socket(evutil_socket_t fd, short what, void *context) {
  struct http_client *client = context;
  int running, mask = (what & EV_READ ? CURL_CSELECT_IN : 0) | (what & EV_WRITE ? CURL_CSELECT_OUT : 0);
  curl_multi_socket_action(client->multi, fd, mask, &running);
  conclude(client);
}

static void on_timer(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct http_client *client = context;
  int running;
  curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
  conclude(client);
}

// libcurl: what to wait for on a socket. `watch` is what curl_multi_assign() gave it.
static int watch_socket(CURL *easy, curl_socket_t fd, int what, void *context, void *watch) {
  (void)easy;
  struct http_client *client = context;
  if (watch) event_free(watch);
  struct event *event = NULL;
  if (what != CURL_POLL_REMOVE) {
    short kinds = (short)((what & CURL_POLL_IN ? EV_READ : 0) | (what & CURL_POLL_OUT ? EV_WRITE : 0) | EV_PERSIST);
    event = event_new(client->loop, fd, kinds, on_socket, client);
    WF_ASSERT(event);
    event_add(event, NULL);
  }
  curl_multi_assign(client->multi, fd, event);
  return 0;
}

// libcurl: when to call at the latest; -1 = never.
static int watch_time(CURLM *multi, long milliseconds, void *context) {
  (void)multi;
  struct http_client *client = context;
  if (milliseconds < 0) {
    evtimer_del(client->timer);
  } else {
    struct timeval delay = {milliseconds / 1000, milliseconds % 1000 * 1000};
    evtimer_add(client->timer, &delay);
  }
  return 0;
}

struct http_client *http_client_new(struct event_base *loop) {
  WF_ASSERT(curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
  struct http_client *client = xcalloc(1, sizeof *client);
  client->loop = loop;
  client->multi = curl_multi_init();
  client->timer = evtimer_new(loop, on_timer, client);
  WF_ASSERT(client->multi && client->timer);
  curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
  curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
  curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, watch_time);
  curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
  curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT);
  return client;
}

void http_client_free(struct http_client *client) {
  if (!client) return;
  curl_multi_cleanup(client->multi); // calls watch_socket() for what is kept
  event_free(client->timer);
  free(client);
  curl_global_cleanup();
}

void http_client_add(struct http_client *client, struct http_transfer *transfer) {
  curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
  WF_ASSERT(curl_multi_add_handle(client->multi, transfer->easy) == CURLM_OK);
}

void http_client_remove(struct http_client *client, struct http_transfer *transfer) {
  curl_multi_remove_handle(client->multi, transfer->easy);
}
