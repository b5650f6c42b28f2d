// SPDX-License-Identifier: Apache-2.0
// Entity tags (RFC 9110, section 8.8.3). Ours are strong: a hash of the very bytes that are
// sent, which have no other encoding. A proxy that compresses them makes the tag weak, so
// If-None-Match compares weakly, as the RFC has it.
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum { ETAG_SIZE = 35 }; // quotes, 32 hexadecimal digits, NUL

// Writes the tag of the bytes; returns `out`.
char *etag_of(const char *data, size_t size, char out[ETAG_SIZE]);
// Whether a header's value, NULL = there is none, names the tag: a list of tags, or *.
bool etag_matches(const char *if_none_match, const char *tag);
