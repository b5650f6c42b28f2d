// SPDX-License-Identifier: Apache-2.0
// One request and its answer over an http_client, with the redirects in between. Each
// address is checked when a socket is opened to it, so that a name which changes its
// address between two look-ups gets no further. Reads no more than it may.
//
// A redirect is followed when the message says so and the answer names a Location: 303,
// and 301 and 302 after a POST, with GET and without the body, the others as they were. From the
// first hop to another origin (scheme, host or port) on, credentials and whatever the
// message's owner marks as such stay behind; a body that holds a secret ends it there.
#pragma once

#include <stddef.h>

#include "base/clock.h"
#include "io/http_address.h"
#include "io/http_client.h"
#include "io/http_message.h"

struct http_exchange;

struct http_exchange_config { // borrowed for as long as an exchange lasts
  struct http_client *client;
  const struct http_address_list *allowed;
  const char *ca_file, *user_agent; // NULL = the system's; none
  usec_t connect_timeout;
  int redirects_max;
};

// `result` is lent; what is taken out of it must be zeroed.
typedef void http_exchange_done(void *context, struct http_result *result);

// Sends; borrows the message until it ends. At most `bytes_max` of content are read;
// `timeout` 0 = none. Calls `done` once, from the loop, and ends with that. Returns 0, or
// -WF_EINVAL when the message's URL is none of http or https.
int http_exchange_start(const struct http_exchange_config *config, const struct http_message *message, size_t bytes_max,
                        usec_t timeout, http_exchange_done *done, void *context, struct http_exchange **ret_exchange);
// Without `done`. Takes NULL.
void http_exchange_cancel(struct http_exchange *exchange);
