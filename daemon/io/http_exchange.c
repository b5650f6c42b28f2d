// SPDX-License-Identifier: Apache-2.0
#include "io/http_exchange.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "io/http_url.h"

enum { HEADER_BYTES_MAX = 64 << 10 };

struct http_exchange {
  const struct http_exchange_config *config;
  const struct http_message *message;
  struct http_transfer transfer;
  struct curl_slist *lines; // what is sent as header
  CURLU *url;               // of this hop
  char *host;               // of this hop
  const char *method;       // of this hop
  bool sends_body, is_foreign; // this hop: away from the message's origin
  int redirects;
  size_t bytes_max, header_bytes;
  usec_t deadline; // boottime; 0 = none
  bool is_too_large;
  char refused[160]; // why an address was; "" = none was
  char trouble[CURL_ERROR_SIZE];
  struct http_result result;
  http_exchange_done *done;
  void *context;
};

static void free_hop(struct http_exchange *exchange) {
  if (exchange->transfer.easy) curl_easy_cleanup(exchange->transfer.easy);
  exchange->transfer.easy = NULL;
  curl_slist_free_all(exchange->lines);
  exchange->lines = NULL;
  free(exchange->host);
  exchange->host = NULL;
}

static void destroy(struct http_exchange *exchange) {
  free_hop(exchange);
  curl_url_cleanup(exchange->url);
  http_result_clear(&exchange->result);
  free(exchange);
}

void http_exchange_cancel(struct http_exchange *exchange) {
  if (!exchange) return;
  if (exchange->transfer.easy) http_client_remove(exchange->config->client, &exchange->transfer);
  destroy(exchange);
}

static void finish(struct http_exchange *exchange) {
  free_hop(exchange);
  exchange->done(exchange->context, &exchange->result);
  destroy(exchange);
}

static void fail(struct http_exchange *exchange, enum http_end end, const char *reason) {
  http_result_clear(&exchange->result);
  exchange->result.end = end;
  exchange->result.reason = xstrdup(reason);
}

static bool may_reach(struct http_exchange *exchange, const struct sockaddr *address) {
  const char *kind = http_address_objection(address);
  if (!kind || http_address_list_has(exchange->config->allowed, exchange->host, address)) return true;
  snprintf(exchange->refused, sizeof exchange->refused, "%.100s has a %s address, which is not allowed",
           exchange->host, kind);
  return false;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
  (void)purpose;
  if (!may_reach(context, &address->addr)) return CURL_SOCKET_BAD;
  return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

// Before each request, on a connection that was kept too.
static int check_peer(void *context, char *peer, char *own, int peer_port, int own_port) {
  (void)own, (void)peer_port, (void)own_port;
  struct sockaddr_in v4 = {.sin_family = AF_INET};
  struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
  const struct sockaddr *address = (const struct sockaddr *)&v4;
  if (inet_pton(AF_INET6, peer, &v6.sin6_addr) == 1)
    address = (const struct sockaddr *)&v6;
  else if (inet_pton(AF_INET, peer, &v4.sin_addr) != 1)
    return CURL_PREREQFUNC_ABORT;
  return may_reach(context, address) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static size_t on_body(char *data, size_t one, size_t size, void *context) {
  (void)one;
  struct http_exchange *exchange = context;
  exchange->is_too_large = size > exchange->bytes_max - exchange->result.body.size;
  if (exchange->is_too_large) return 0;
  buf_put(&exchange->result.body, data, size);
  return size;
}

// A line of the header. The first of a further answer (after 100 Continue, after a digest's
// challenge) forgets the answer before.
static size_t on_header(char *data, size_t one, size_t size, void *context) {
  (void)one;
  struct http_exchange *exchange = context;
  exchange->header_bytes += size;
  exchange->is_too_large = exchange->header_bytes > HEADER_BYTES_MAX;
  if (exchange->is_too_large) return 0;
  if (size >= 5 && memcmp(data, "HTTP/", 5) == 0) {
    http_fields_clear(&exchange->result.fields);
    buf_reset(&exchange->result.body);
    return size;
  }
  const char *colon = memchr(data, ':', size);
  if (!colon || colon == data) return size;
  const char *from = colon + 1, *to = data + size;
  while (from < to && strchr(" \t", *from)) from++;
  while (to > from && strchr(" \t\r\n", to[-1])) to--;
  if (!text_is_clean_utf8(from, (size_t)(to - from)) || !text_is_clean_utf8(data, (size_t)(colon - data))) return size;
  char *name = xstrndup(data, (size_t)(colon - data)), *value = xstrndup(from, (size_t)(to - from));
  http_fields_add(&exchange->result.fields, name, value);
  free(name);
  free(value);
  return size;
}

static void add_line(struct http_exchange *exchange, const char *name, const char *value) {
  char *line = *value ? xasprintf("%s: %s", name, value) : xasprintf("%s;", name);
  exchange->lines = curl_slist_append(exchange->lines, line);
  WF_ASSERT(exchange->lines);
  free(line);
}

static void set_fields(struct http_exchange *exchange) {
  vec_foreach(field, &exchange->message->fields.list) {
    if (exchange->is_foreign && (http_fields_is_credential(field->name) || field->is_secret)) continue;
    if (!exchange->sends_body && strncasecmp(field->name, "Content-", 8) == 0) continue;
    add_line(exchange, field->name, field->value);
  }
  exchange->lines = curl_slist_append(exchange->lines, "Expect:"); // do not ask before a body
  if (exchange->sends_body && !http_fields_get(&exchange->message->fields, "Content-Type"))
    exchange->lines = curl_slist_append(exchange->lines, "Content-Type:"); // none of libcurl's own
  curl_easy_setopt(exchange->transfer.easy, CURLOPT_HTTPHEADER, exchange->lines);
}

static void set_method(struct http_exchange *exchange) {
  CURL *easy = exchange->transfer.easy;
  const char *method = exchange->method;
  bool expects_body = strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 || strcmp(method, "PATCH") == 0;
  if (strcmp(method, "HEAD") == 0) {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    return;
  }
  if (exchange->sends_body || expects_body) {
    const struct buf *body = &exchange->message->body;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)(exchange->sends_body ? body->size : 0));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->sends_body && body->size ? body->data : "");
    exchange->sends_body = true;
  }
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static void set_bounds(struct http_exchange *exchange) {
  CURL *easy = exchange->transfer.easy;
  usec_t left = exchange->deadline ? exchange->deadline - clock_boottime() : 0;
  if (exchange->deadline) curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, left > USEC_PER_MSEC ? (long)(left / USEC_PER_MSEC) : 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)(exchange->config->connect_timeout / USEC_PER_MSEC));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); // a name being looked up holds nothing up
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, exchange);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, check_peer);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
}

static void set_blob(CURL *easy, CURLoption option, const char *text) {
  struct curl_blob blob = {.data = (void *)(uintptr_t)text, .len = strlen(text), .flags = CURL_BLOB_COPY};
  curl_easy_setopt(easy, option, &blob);
}

// They go no further than the message's own origin.
static void set_credentials(struct http_exchange *exchange) {
  const struct http_message *message = exchange->message;
  CURL *easy = exchange->transfer.easy;
  if (exchange->is_foreign) return;
  if (message->digest_user) {
    curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_DIGEST);
    curl_easy_setopt(easy, CURLOPT_USERNAME, message->digest_user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, message->digest_password);
  }
  if (message->certificate) {
    set_blob(easy, CURLOPT_SSLCERT_BLOB, message->certificate);
    set_blob(easy, CURLOPT_SSLKEY_BLOB, message->certificate_key);
    if (message->certificate_passphrase) curl_easy_setopt(easy, CURLOPT_KEYPASSWD, message->certificate_passphrase);
  }
}

static void on_done(void *context, CURLcode code);

static void send_hop(struct http_exchange *exchange) {
  CURL *easy = exchange->transfer.easy = curl_easy_init();
  WF_ASSERT(easy && curl_url_get(exchange->url, CURLUPART_HOST, &exchange->host, 0) == CURLUE_OK);
  exchange->transfer.done = on_done;
  exchange->transfer.context = exchange;
  exchange->header_bytes = 0;
  set_bounds(exchange);
  set_method(exchange);
  set_fields(exchange);
  curl_easy_setopt(easy, CURLOPT_CURLU, exchange->url);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->trouble);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, ""); // what libcurl can read
  curl_easy_setopt(easy, CURLOPT_USERAGENT, exchange->config->user_agent);
  if (exchange->config->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, exchange->config->ca_file);
  set_credentials(exchange);
  http_client_add(exchange->config->client, &exchange->transfer);
}

static bool is_redirect(const struct http_exchange *exchange, const char **ret_location) {
  int status = exchange->result.status;
  if (!exchange->message->follows || (status != 301 && status != 302 && status != 303 && status != 307 && status != 308))
    return false;
  *ret_location = http_fields_get(&exchange->result.fields, "Location");
  return *ret_location && **ret_location;
}

// A redirect that goes on with GET.
static void drop_body(struct http_exchange *exchange) {
  int status = exchange->result.status;
  bool is_post = strcmp(exchange->method, "POST") == 0;
  if ((status == 303 && strcmp(exchange->method, "HEAD") != 0) || (is_post && status <= 302)) {
    exchange->method = "GET";
    exchange->sends_body = false;
  }
}

// Goes on at `location`. Returns false when it ends there.
static bool follow(struct http_exchange *exchange, const char *location) {
  if (exchange->redirects++ == exchange->config->redirects_max) {
    fail(exchange, HTTP_END_REDIRECTS, "redirected more often than is allowed");
    return false;
  }
  CURLU *next = curl_url_dup(exchange->url);
  WF_ASSERT(next);
  if (http_url_set(next, location) < 0) {
    curl_url_cleanup(next);
    fail(exchange, HTTP_END_MALFORMED, "redirected to what is no http or https URL");
    return false;
  }
  exchange->is_foreign = exchange->is_foreign || !http_url_same_origin(exchange->url, next);
  drop_body(exchange);
  if (exchange->is_foreign && exchange->sends_body && exchange->message->has_secret_body) {
    curl_url_cleanup(next);
    fail(exchange, HTTP_END_REFUSED, "redirected to another origin with a body that holds a secret");
    return false;
  }
  free_hop(exchange);
  curl_url_cleanup(exchange->url);
  exchange->url = next;
  http_result_clear(&exchange->result);
  send_hop(exchange);
  return true;
}

static void describe_failure(struct http_exchange *exchange, CURLcode code) {
  if (exchange->is_too_large || code == CURLE_FILESIZE_EXCEEDED) {
    char reason[80];
    snprintf(reason, sizeof reason, "the answer is larger than %zu bytes", exchange->bytes_max);
    fail(exchange, HTTP_END_TOO_LARGE, reason);
  } else if (*exchange->refused) {
    fail(exchange, HTTP_END_REFUSED, exchange->refused);
  } else if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL) {
    fail(exchange, HTTP_END_MALFORMED, curl_easy_strerror(code));
  } else {
    bool timed_out = code == CURLE_OPERATION_TIMEDOUT;
    fail(exchange, timed_out ? HTTP_END_TIMED_OUT : HTTP_END_FAILED,
         *exchange->trouble ? exchange->trouble : curl_easy_strerror(code));
  }
}

static void on_done(void *context, CURLcode code) {
  struct http_exchange *exchange = context;
  long status = 0;
  curl_easy_getinfo(exchange->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
  exchange->result.status = (int)status;
  const char *location;
  if (code != CURLE_OK)
    describe_failure(exchange, code);
  else if (is_redirect(exchange, &location)) {
    char *copy = xstrdup(location);
    bool goes_on = follow(exchange, copy);
    free(copy);
    if (goes_on) return;
  }
  if (exchange->result.end == HTTP_END_ANSWERED) exchange->result.url = http_url_text(exchange->url);
  finish(exchange);
}

int http_exchange_start(const struct http_exchange_config *config, const struct http_message *message, size_t bytes_max,
                        usec_t timeout, http_exchange_done *done, void *context, struct http_exchange **ret_exchange) {
  CURLU *url = http_url_new(message->url);
  if (!url) return -WF_EINVAL;
  struct http_exchange *exchange = xcalloc(1, sizeof *exchange);
  exchange->config = config;
  exchange->message = message;
  exchange->method = message->method;
  exchange->sends_body = message->has_body;
  exchange->bytes_max = bytes_max;
  exchange->deadline = timeout ? clock_boottime() + timeout : 0;
  exchange->done = done;
  exchange->context = context;
  exchange->url = url;
  send_hop(exchange);
  *ret_exchange = exchange;
  return 0;
}
