// SPDX-License-Identifier: Apache-2.0
// One libcurl multi handle on a libevent loop: transfers go on while the loop turns, names
// are looked up by threads of libcurl's. Connections are kept and shared by all transfers
// of a client. What a transfer asks for is http_exchange's business.
#pragma once

#include <curl/curl.h>
#include <event2/event.h>

#include "base/clock.h"

struct http_client;

// A transfer's owner keeps one until `done`, or http_client_remove().
struct http_transfer {
  CURL *easy;
  void (*done)(void *context, CURLcode result); // from the loop; the handle is removed already
  void *context;
};

struct http_client *http_client_new(struct event_base *loop);
// Every transfer must have been removed, or have ended. Takes NULL.
void http_client_free(struct http_client *client);

// Borrows both. Never calls `done` by itself.
void http_client_add(struct http_client *client, struct http_transfer *transfer);
// Without `done`. Closes its connection if the transfer was under way.
void http_client_remove(struct http_client *client, struct http_transfer *transfer);
