// SPDX-License-Identifier: Apache-2.0
// Which addresses a call may reach (against server-side request forgery): public ones, and
// what the operator allows. An IPv4 address inside an IPv6 one (mapped, NAT64) counts as
// itself.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

// NULL for a public address; else what kind it is, "loopback", "private", …: static text.
// An address of another family than IP is "no IP address".
const char *http_address_objection(const struct sockaddr *address);

struct http_address_list;

// Reads networks ("10.0.0.0/8", "192.0.2.1", "fd00::/8") and host names ("api.internal",
// "*.internal": any name below it). Returns 0, or -WF_EINVAL with *ret_bad the index of the
// entry that is neither.
int http_address_list_new(const char *const *entries, size_t count, struct http_address_list **ret_list,
                          size_t *ret_bad);
void http_address_list_free(struct http_address_list *list); // takes NULL

// Whether a connection made for this host name may go to this address.
bool http_address_list_has(const struct http_address_list *list, const char *host, const struct sockaddr *address);
