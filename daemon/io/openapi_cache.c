// SPDX-License-Identifier: Apache-2.0
#include "io/openapi_cache.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/queue.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/http_grant.h"
#include "io/http_url.h"
#include "io/openapi_document.h"

static const usec_t fetch_timeout = 30 * USEC_PER_SEC, fresh_default = USEC_PER_MIN, fresh_max = USEC_PER_HOUR,
                    fresh_after_failure = 10 * USEC_PER_SEC;

struct openapi_wait {
  LIST_ENTRY(openapi_wait) link;
  openapi_cache_done *done;
  void *context;
};

LIST_HEAD(wait_list, openapi_wait);

struct entry {
  char *key, *url;
  struct openapi_cache *cache;
  jv document; // invalid = none
  size_t bytes;
  char *source;          // the URL it came from
  char *etag, *modified; // or NULL
  usec_t fresh_until;    // boottime
  struct wait_list waits;
  struct event *start; // not NULL: somebody is to be told
  struct http_auth auth;
  struct http_message message;
  struct http_dispatch *dispatch;
  UT_hash_handle hh;
};

struct openapi_cache {
  struct openapi_cache_config config;
  struct entry *entries; // the least recently used first
  size_t bytes;
};

struct openapi_cache *openapi_cache_new(const struct openapi_cache_config *config) {
  struct openapi_cache *cache = xcalloc(1, sizeof *cache);
  cache->config = *config;
  return cache;
}

size_t openapi_cache_bytes(const struct openapi_cache *cache) { return cache->bytes; }

static void end_fetch(struct entry *entry) {
  http_dispatch_cancel(entry->dispatch);
  entry->dispatch = NULL;
  http_message_clear(&entry->message);
  http_auth_clear(&entry->auth);
  if (entry->start) event_free(entry->start);
  entry->start = NULL;
}

static void forget_document(struct entry *entry) {
  entry->cache->bytes -= entry->bytes;
  entry->bytes = 0;
  jv_free(entry->document);
  entry->document = jv_invalid();
  free(entry->source);
  free(entry->etag);
  free(entry->modified);
  entry->source = entry->etag = entry->modified = NULL;
}

static void entry_free(struct entry *entry) {
  HASH_DEL(entry->cache->entries, entry);
  WF_ASSERT(LIST_EMPTY(&entry->waits));
  end_fetch(entry);
  forget_document(entry);
  free(entry->key);
  free(entry->url);
  free(entry);
}

void openapi_cache_free(struct openapi_cache *cache) {
  if (!cache) return;
  while (cache->entries) entry_free(cache->entries);
  free(cache);
}

void openapi_cache_cancel(struct openapi_wait *wait) {
  if (!wait) return;
  LIST_REMOVE(wait, link);
  free(wait);
}

// Those that nobody waits for, until the bound is kept; without a document they are nothing.
static void make_room(struct openapi_cache *cache) {
  struct entry *entry, *next;
  HASH_ITER(hh, cache->entries, entry, next)
  if (!entry->start && (jv_get_kind(entry->document) != JV_KIND_OBJECT || cache->bytes > cache->config.bytes_max)) entry_free(entry);
}

// Tells all who wait, who may ask for more at once.
static void tell(struct entry *entry, const struct http_fault *fault) {
  struct openapi_cache *cache = entry->cache;
  jv document = fault ? jv_invalid() : jv_copy(entry->document);
  char *source = fault ? NULL : xstrdup(entry->source);
  end_fetch(entry);
  struct wait_list told = entry->waits;
  LIST_INIT(&entry->waits);
  if (told.lh_first) told.lh_first->link.le_prev = &told.lh_first;
  make_room(cache);
  struct openapi_wait *wait;
  while ((wait = LIST_FIRST(&told))) {
    openapi_cache_done *done = wait->done;
    void *context = wait->context;
    openapi_cache_cancel(wait);
    done(context, document, source, fault);
  }
  jv_free(document);
  free(source);
}

// Takes the fault.
static void fail(struct entry *entry, struct http_fault fault) {
  tell(entry, &fault);
  http_fault_clear(&fault);
}

// How long it may be used without asking.
static usec_t freshness(const struct http_result *result) {
  const char *control = http_fields_get(&result->fields, "Cache-Control");
  if (!control) return fresh_default;
  if (strcasestr(control, "no-store") || strcasestr(control, "no-cache")) return 0;
  const char *age = strcasestr(control, "max-age=");
  if (!age) return fresh_default;
  long seconds = strtol(age + strlen("max-age="), NULL, 10);
  return seconds < 0 ? 0 : seconds < fresh_max / USEC_PER_SEC ? seconds * USEC_PER_SEC : fresh_max;
}

static char *copy_field(const struct http_result *result, const char *name) {
  const char *value = http_fields_get(&result->fields, name);
  return value ? xstrdup(value) : NULL;
}

static void keep(struct entry *entry, const struct http_result *result, jv document) {
  forget_document(entry);
  entry->document = document;
  entry->bytes = openapi_document_bytes(document);
  entry->cache->bytes += entry->bytes;
  entry->source = xstrdup(result->url);
  entry->etag = copy_field(result, "ETag");
  entry->modified = copy_field(result, "Last-Modified");
  entry->fresh_until = clock_boottime() + freshness(result);
}

static bool has_document(const struct entry *entry) { return jv_get_kind(entry->document) == JV_KIND_OBJECT; }

// Whether what is there serves on, although it could not be revalidated.
static bool serves_on(const struct entry *entry, const struct http_result *result) {
  bool is_passing = result->end == HTTP_END_FAILED || result->end == HTTP_END_TIMED_OUT ||
                    (result->end == HTTP_END_ANSWERED && result->status >= 500);
  return has_document(entry) && is_passing;
}

static void on_fetched(void *context, struct http_result *result, const struct http_fault *no_token) {
  struct entry *entry = context;
  entry->dispatch = NULL;
  struct http_fault fault;
  if (no_token) {
    tell(entry, no_token);
    return;
  }
  if (result->end == HTTP_END_ANSWERED && result->status == 304 && has_document(entry)) {
    entry->fresh_until = clock_boottime() + freshness(result);
    tell(entry, NULL);
    return;
  }
  if (serves_on(entry, result)) {
    entry->fresh_until = clock_boottime() + fresh_after_failure;
    tell(entry, NULL);
    return;
  }
  char *place = http_url_describe(entry->url), *what = xasprintf("the OpenAPI document %s", place);
  jv document;
  if (http_fault_of_result(result, what, false, &fault)) {
    fail(entry, fault);
  } else if (openapi_document_read(result->body.size ? result->body.data : "", result->body.size, &document, &fault) < 0) {
    char *why = fault.detail;
    fault.detail = xasprintf("%s cannot be used: %s", what, why);
    free(why);
    fail(entry, fault);
  } else {
    keep(entry, result, document);
    tell(entry, NULL);
  }
  free(place);
  free(what);
}

static void on_start(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct entry *entry = context;
  struct openapi_cache *cache = entry->cache;
  if (has_document(entry) && clock_boottime() < entry->fresh_until) {
    tell(entry, NULL);
    return;
  }
  entry->message = (struct http_message){.method = xstrdup("GET"), .url = xstrdup(entry->url), .follows = true};
  http_fields_add(&entry->message.fields, "Accept", "application/json, application/yaml;q=0.9, */*;q=0.5");
  if (entry->etag && has_document(entry)) http_fields_add(&entry->message.fields, "If-None-Match", entry->etag);
  if (entry->modified && has_document(entry)) http_fields_add(&entry->message.fields, "If-Modified-Since", entry->modified);
  if (http_dispatch_start(cache->config.exchange, cache->config.tokens, &entry->message, &entry->auth,
                          cache->config.document_bytes_max, fetch_timeout, on_fetched, entry, &entry->dispatch) < 0)
    fail(entry, http_fault_make(WF_ERROR_CONFIGURATION, true, "the OpenAPI document's endpoint is no URL of the http or https scheme"));
}

// The URL, and a hash of what authorizes: two policies may see two documents.
static char *key_of(const char *url, const struct http_auth *auth) {
  jv who = jv_array();
  who = jv_array_append(who, jv_string(auth->authorization ? auth->authorization : ""));
  who = jv_array_append(who, jv_string(auth->user ? auth->user : ""));
  who = jv_array_append(who, jv_string(auth->password ? auth->password : ""));
  who = jv_array_append(who, jv_string(auth->certificate ? auth->certificate : ""));
  if (auth->kind == HTTP_AUTH_TOKEN) who = jv_array_append(who, jv_copy(auth->grant));
  char hash[HTTP_GRANT_KEY_SIZE];
  http_grant_key(who, auth->is_oidc, hash);
  jv_free(who);
  return xasprintf("%s %s", hash, url);
}

static struct entry *find_or_add(struct openapi_cache *cache, const char *url, const struct http_auth *auth) {
  char *key = key_of(url, auth);
  struct entry *entry;
  HASH_FIND_STR(cache->entries, key, entry);
  if (entry) {
    free(key);
    HASH_DEL(cache->entries, entry); // to the end
  } else {
    entry = xcalloc(1, sizeof *entry);
    entry->key = key;
    entry->url = xstrdup(url);
    entry->cache = cache;
    entry->document = jv_invalid();
    LIST_INIT(&entry->waits);
  }
  HASH_ADD_KEYPTR(hh, cache->entries, entry->key, strlen(entry->key), entry);
  return entry;
}

struct openapi_wait *openapi_cache_ask(struct openapi_cache *cache, const char *url, const struct http_auth *auth,
                                       openapi_cache_done *done, void *context) {
  struct entry *entry = find_or_add(cache, url, auth);
  if (!entry->start) {
    entry->auth = http_auth_copy(auth);
    entry->start = evtimer_new(cache->config.loop, on_start, entry);
    WF_ASSERT(entry->start);
    event_active(entry->start, EV_TIMEOUT, 0);
  }
  struct openapi_wait *wait = xcalloc(1, sizeof *wait);
  wait->done = done;
  wait->context = context;
  LIST_INSERT_HEAD(&entry->waits, wait, link);
  return wait;
}
