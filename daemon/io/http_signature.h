// SPDX-License-Identifier: Apache-2.0
// Signatures of the Standard Webhooks scheme, version v1: HMAC-SHA256 over
// "id.timestamp.body". The receiver tells by it that a request is ours and not an old one.
#pragma once

#include "io/http_message.h"

struct http_signature_keys;

struct http_signing_key;

// Returns 0 and the keys, or -WF_EINVAL with *ret_bad the index of the entry whose key is no
// base64 of 24 to 64 bytes, or whose endpoint is empty.
int http_signature_keys_new(const struct http_signing_key *keys, size_t count, struct http_signature_keys **ret_keys,
                            size_t *ret_bad);
void http_signature_keys_free(struct http_signature_keys *keys); // takes NULL

// Adds webhook-id, webhook-timestamp and webhook-signature when a key is there for the
// message's URL, in place of any that the message has. `seconds` since the Unix epoch.
void http_signature_add(const struct http_signature_keys *keys, const char *id, int64_t seconds,
                        struct http_message *message);
