// SPDX-License-Identifier: Apache-2.0
// The request that a `call: http` asks for. Pure.
//
// Query: null members are left out, an array repeats its name, an object is its JSON.
// Body, by the header Content-Type: without one a text is text/plain as it is and any other
// value is JSON; application/x-www-form-urlencoded and multipart/form-data (http_multipart.h)
// make a form of an object; a JSON type makes JSON of all but a text that is JSON already; for any other type a text goes as it is
// and other values as JSON. null is no body.
// Content-Length, Transfer-Encoding, Connection and Expect are libcurl's: left out.
#pragma once

#include <jv.h>

#include "io/http_message.h"

// Borrows `with`: method, endpoint (a text, or an object with `uri`), headers, query, body,
// redirect. Returns 0; or -WF_EINVAL, *ret_problem says what is wrong with it without quoting
// a value, to be freed.
int http_outgoing_make(jv with, struct http_message *ret_message, char **ret_problem);

// The parts, for those who make a request of other things. A text for a scalar, JSON for
// the rest; owned.
char *http_outgoing_text(jv value); // takes it
// Adds to a query; takes the value.
void http_outgoing_add_query(struct buf *query, const char *name, jv value);
// Sets the body by the Content-Type that stands in the message's fields, multipart/form-data
// apart; takes the value.
void http_outgoing_set_body(struct http_message *message, jv body);
