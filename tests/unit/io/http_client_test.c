// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/clock.h"
#include "http_site.h"
#include "io/http_client.h"

struct heard {
  int count;
  CURLcode code;
};

static void on_done(void *context, CURLcode code) {
  struct heard *heard = context;
  heard->count++;
  heard->code = code;
}

static void serve(struct evhttp_request *request, void *context) {
  site_record(context, request);
  if (strcmp(evhttp_request_get_uri(request), "/never") != 0) site_reply(request, 200, NULL, "");
}

static CURL *get(const struct site *site, const char *path) {
  CURL *easy = curl_easy_init();
  char url[80];
  snprintf(url, sizeof url, "http://127.0.0.1:%d%s", site->port, path);
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  return easy;
}

static void test_transfers_end(void **state) {
  (void)state;
  struct event_base *loop = event_base_new();
  struct site site;
  site_open(&site, loop, serve, &site);
  struct http_client *client = http_client_new(loop);
  struct heard heard = {0};
  struct http_transfer transfers[3];
  for (int i = 0; i < 3; i++) {
    transfers[i] = (struct http_transfer){get(&site, "/"), on_done, &heard};
    http_client_add(client, &transfers[i]);
  }
  assert_int_equal(heard.count, 0);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (heard.count < 3 && clock_boottime() < until) event_base_loop(loop, EVLOOP_ONCE);
  assert_int_equal(heard.count, 3);
  assert_int_equal(heard.code, CURLE_OK);
  for (int i = 0; i < 3; i++) curl_easy_cleanup(transfers[i].easy);
  http_client_free(client);
  site_close(&site);
  event_base_free(loop);
}

static void test_one_that_is_removed_says_nothing(void **state) {
  (void)state;
  struct event_base *loop = event_base_new();
  struct site site;
  site_open(&site, loop, serve, &site);
  struct http_client *client = http_client_new(loop);
  struct heard heard = {0};
  struct http_transfer transfer = {get(&site, "/never"), on_done, &heard};
  http_client_add(client, &transfer);
  while (site.requests == 0) event_base_loop(loop, EVLOOP_ONCE);
  http_client_remove(client, &transfer);
  curl_easy_cleanup(transfer.easy);
  event_base_loop(loop, EVLOOP_NONBLOCK);
  assert_int_equal(heard.count, 0);
  http_client_free(client);
  site_close(&site);
  event_base_free(loop);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_transfers_end),
      cmocka_unit_test(test_one_that_is_removed_says_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
