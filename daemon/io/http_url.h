// SPDX-License-Identifier: Apache-2.0
// Absolute http and https URLs, read by libcurl's parser, which the transfers use too: what
// was checked is what is connected to. A URL with a user or password in it is refused:
// they would stand in events; `authentication` is for them. What must be percent-encoded
// and is not (a blank, a letter beyond ASCII) is encoded.
#pragma once

#include <curl/curl.h>
#include <stdbool.h>

#include "base/buf.h"

// The URL, to be freed with curl_url_cleanup(); NULL when it is none.
CURLU *http_url_new(const char *text);
// Goes from a URL to another, absolute or relative to it. Returns 0, or -WF_EINVAL: then the
// URL is to be thrown away.
int http_url_set(CURLU *url, const char *text);

// The whole of it, to be freed.
char *http_url_text(CURLU *url);

// Whether scheme, host and port are the same.
bool http_url_same_origin(CURLU *a, CURLU *b);

// `reference` as seen from `base`, absolute; to be freed; NULL when either is none.
char *http_url_resolve(const char *base, const char *reference);

// "https://host:8443/path": without query and fragment, for people; to be freed. The text
// as it is when it is no URL.
char *http_url_describe(const char *text);
// "host" or "host:port" (a port that is not the scheme's own); to be freed; NULL when it is none.
char *http_url_authority(const char *text);

// Adds `name=value` to the query of `url`, percent-encoded, before a fragment.
void http_url_add_query(struct buf *query, const char *name, const char *value);
// `url` with more of a query ("a=b&c=d", may be empty), to be freed; a fragment is dropped.
char *http_url_with_query(const char *url, const struct buf *query);
