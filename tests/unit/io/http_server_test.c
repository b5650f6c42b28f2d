// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "io/http_server.h"

struct fixture {
  struct event_base *loop;
  struct http_server *server;
  struct http_request *held; // not answered by itself when `hold`
  bool hold;
  int requests;
  char last[256]; // "METHOD path?query" of the newest
  int refused;    // code of the newest that evhttp refused
};

static void answer(struct http_request *request) {
  static const struct http_header headers[] = {{"X-Test", "yes"}, {NULL, NULL}};
  if (http_request_has_stray_body(request)) http_request_close(request);
  http_request_reply(request, http_request_has_stray_body(request) ? 400 : 200, headers, "body\n", 5);
}

static void on_request(void *context, struct http_request *request) {
  struct fixture *f = context;
  struct text query = http_request_query(request);
  f->requests++;
  snprintf(f->last, sizeof f->last, "%s %s?%.*s", http_request_method_name(request), http_request_path(request), (int)query.size, query.data);
  if (f->hold)
    f->held = request;
  else
    answer(request);
}

// Of the path is told what was received; "/plain" keeps evhttp's page.
static const char *on_refused(void *context, const struct http_refused *refused, struct buf *body) {
  struct fixture *f = context;
  f->refused = refused->code;
  snprintf(f->last, sizeof f->last, "%s", refused->path);
  assert_string_equal(refused->peer, "127.0.0.1");
  buf_printf(body, "{\"code\":%d}", refused->code);
  return strcmp(refused->path, "/plain") == 0 ? NULL : "application/json";
}

static int start(void **state, int connections_max, int per_client, usec_t time) {
  struct fixture *f = calloc(1, sizeof *f);
  f->loop = event_base_new();
  const struct http_server_config config = {"127.0.0.1", 0, connections_max, per_client, 4096, 64, time, 2 * time, on_request, on_refused, f};
  *state = f;
  return http_server_new(f->loop, &config, &f->server);
}

static int setup(void **state) { return start(state, 16, 0, 10 * USEC_PER_SEC); }
static int setup_tight(void **state) { return start(state, 16, 2, 200 * USEC_PER_MSEC); }

static int teardown(void **state) {
  struct fixture *f = *state;
  http_server_free(f->server);
  event_base_free(f->loop);
  free(f);
  return 0;
}

static int dial(struct fixture *f, const char *from) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(http_server_port(f->server))}, own = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  inet_pton(AF_INET, from, &own.sin_addr);
  assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof own), 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

static void say(int fd, const char *text) { assert_int_equal(write(fd, text, strlen(text)), strlen(text)); }

// Turns the loop until `count` times the text was heard, or with NULL until the peer has
// closed; returns all of it.
static char *hear(struct fixture *f, int fd, const char *text, int count) {
  struct buf said = {0};
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  for (; clock_boottime() < until; event_base_loop(f->loop, EVLOOP_NONBLOCK)) {
    char piece[4096];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n > 0) buf_put(&said, piece, (size_t)n);
    buf_put_u8(&said, 0);
    int found = 0;
    for (const char *at = said.data; text && (at = strstr(at, text)); at += strlen(text)) found++;
    if (text ? found >= count : n == 0) break;
    said.size--;
    if (n < 0) poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 2);
  }
  assert_true(clock_boottime() < until);
  return said.data;
}

static void assert_closed(struct fixture *f, int fd) {
  free(hear(f, fd, NULL, 0));
  close(fd);
}

#define GET "GET /a/b?c=d%20e HTTP/1.1\r\nHost: x\r\nX-Name: value\r\n\r\n"

static void test_a_connection_is_kept(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  for (int i = 0; i < 3; i++) {
    say(fd, GET);
    char *said = hear(f, fd, "\r\n\r\nbody\n", 1);
    assert_ptr_equal(strstr(said, "HTTP/1.1 200 "), said);
    assert_non_null(strstr(said, "\r\nX-Test: yes\r\nContent-Length: 5\r\n"));
    assert_null(strstr(said, "Connection:"));
    free(said);
  }
  assert_int_equal(f->requests, 3);
  assert_string_equal(f->last, "GET /a/b?c=d%20e");
  close(fd);
}

static void test_requests_sent_at_once_are_answered_in_turn(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  say(fd, GET GET GET);
  free(hear(f, fd, "body\n", 3));
  close(fd);
}

static void test_the_owner_may_answer_later(void **state) {
  struct fixture *f = *state;
  f->hold = true;
  int fd = dial(f, "127.0.0.1");
  say(fd, GET);
  while (!f->held) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_string_equal(http_request_header(f->held, "x-name"), "value");
  assert_null(http_request_header(f->held, "Other"));
  assert_string_equal(http_request_peer(f->held), "127.0.0.1");
  answer(f->held);
  free(hear(f, fd, "body\n", 1));
  close(fd);
}

static void test_head_has_the_headers_alone(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  say(fd, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  char *said = hear(f, fd, NULL, 0);
  assert_non_null(strstr(said, "Content-Length: 5\r\n"));
  assert_string_equal(said + strlen(said) - 4, "\r\n\r\n");
  free(said);
  close(fd);
}

static void test_methods_reach_the_owner(void **state) {
  static const char *const names[] = {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH"};
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    char text[64];
    int fd = dial(f, "127.0.0.1");
    snprintf(text, sizeof text, "%s / HTTP/1.1\r\nHost: x\r\n\r\n", names[i]);
    say(fd, text);
    free(hear(f, fd, "body\n", 1));
    assert_ptr_equal(strstr(f->last, names[i]), f->last);
    close(fd);
  }
}

static void test_a_body_of_get_is_never_the_next_request(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  say(fd, "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 29\r\n\r\nGET /inner HTTP/1.1\r\nA: b\r\n\r\n");
  char *said = hear(f, fd, NULL, 0);
  assert_ptr_equal(strstr(said, "HTTP/1.1 400 "), said);
  assert_int_equal(f->requests, 1);
  free(said);
  close(fd);
}

static void test_heads_and_bodies_have_a_bound(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  struct buf text = {0};
  buf_puts(&text, "GET /");
  for (int i = 0; i < 5000; i++) buf_puts(&text, "x");
  buf_put_u8(&text, 0);
  say(fd, text.data);
  assert_closed(f, fd);
  fd = dial(f, "127.0.0.1");
  say(fd, "PATCH / HTTP/1.1\r\nHost: x\r\nContent-Length: 65\r\n\r\n");
  char *said = hear(f, fd, NULL, 0);
  assert_non_null(strstr(said, " 413 "));
  free(said);
  close(fd);
  assert_int_equal(f->requests, 0);
  buf_free(&text);
}

// Says all of it, in pieces of so many bytes; what comes until the server closes.
static char *exchange(struct fixture *f, const char *text, size_t piece) {
  int fd = dial(f, "127.0.0.1");
  for (size_t size = strlen(text), at = 0; at < size; at += piece) {
    size_t left = size - at < piece ? size - at : piece;
    if (write(fd, text + at, left) < 0) break; // it has enough
    if (piece < size) event_base_loop(f->loop, EVLOOP_NONBLOCK);
  }
  char *said = hear(f, fd, NULL, 0);
  close(fd);
  return said;
}

static void test_what_evhttp_refuses_has_the_owners_body(void **state) {
  static const struct {
    const char *text, *status, *path;
    int code;
  } cases[] = {
      {"nonsense\r\n\r\n", "HTTP/1.1 400 ", "/", 400},
      {"GET /a/b?c HTTP/9.9\r\n\r\n", "HTTP/1.1 400 ", "/a/b", 400},
      {"BREW /pot HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 501 ", "/pot", 501},
      {"PATCH /a HTTP/1.1\r\nContent-Length: 65\r\n\r\n", "HTTP/1.1 413 ", "/a", 413},
      {"PATCH /a HTTP/1.1\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 ", "/a", 400},
      {"PATCH /a HTTP/1.1\r\nExpect: tea\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 417 ", "/a", 417},
      {"PATCH /a HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n50\r\n", "HTTP/1.1 413 ", "/a", 413},
  };
  struct fixture *f = *state;
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    for (size_t piece = 1; piece < 1000; piece = piece == 1 ? 7 : piece * 100) {
      char body[32];
      f->refused = 0;
      char *said = exchange(f, cases[i].text, piece);
      char *final = strncmp(said, "HTTP/1.1 100", 12) == 0 ? strstr(said, "\r\n\r\n") + 4 : said;
      snprintf(body, sizeof body, "\r\n\r\n{\"code\":%d}", cases[i].code);
      assert_memory_equal(final, cases[i].status, strlen(cases[i].status));
      assert_non_null(strstr(final, "\r\nContent-Type: application/json\r\n"));
      assert_non_null(strstr(final, "\r\nContent-Length: 12\r\n"));
      assert_string_equal(strstr(final, "\r\n\r\n"), body);
      assert_int_equal(f->refused, cases[i].code);
      assert_string_equal(f->last, cases[i].path);
      free(said);
    }
  assert_int_equal(f->requests, 0);
}

static void test_a_long_head_is_refused_by_its_path(void **state) {
  struct fixture *f = *state;
  struct buf text = {0};
  buf_puts(&text, "HEAD /a/b HTTP/1.1\r\nX: ");
  for (int i = 0; i < 5000; i++) buf_puts(&text, "x");
  buf_puts(&text, "\r\n\r\n");
  buf_put_u8(&text, 0);
  char *said = exchange(f, text.data, text.size);
  assert_memory_equal(said, "HTTP/1.1 400 ", 13);
  assert_string_equal(f->last, "/a/b");
  assert_string_equal(strstr(said, "\r\n\r\n"), "\r\n\r\n"); // to HEAD
  free(said);
  buf_free(&text);
}

static void test_the_second_request_may_be_the_one_refused(void **state) {
  struct fixture *f = *state;
  char *said = exchange(f, GET "GET /second HTTP/x\r\n\r\n", 1000);
  assert_memory_equal(said, "HTTP/1.1 200 ", 13);
  assert_non_null(strstr(said, "body\nHTTP/1.1 400 "));
  assert_string_equal(f->last, "/second");
  assert_int_equal(f->requests, 1);
  free(said);
}

static void test_evhttps_page_may_stay(void **state) {
  struct fixture *f = *state;
  char *said = exchange(f, "GET /plain HTTP/x\r\n\r\n", 1000);
  assert_memory_equal(said, "HTTP/1.1 400 ", 13);
  assert_non_null(strstr(said, "text/html"));
  free(said);
}

// A byte now and then keeps evhttp's own timeout away for ever.
static void test_a_slow_request_meets_its_deadline(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  usec_t begun = clock_boottime();
  bool closed = false;
  for (const char *c = GET; !closed && clock_boottime() < begun + 5 * USEC_PER_SEC; c += *c ? 1 : 0) {
    char piece[256];
    if (write(fd, *c ? c : "y", 1) < 0) closed = true;
    usec_t until = clock_boottime() + 40 * USEC_PER_MSEC;
    while (clock_boottime() < until) event_base_loop(f->loop, EVLOOP_NONBLOCK);
    closed = closed || read(fd, piece, sizeof piece) == 0;
  }
  assert_true(closed);
  assert_int_equal(f->requests, 0);
  assert_int_equal(http_server_counts(f->server).overdue, 1);
  close(fd);
}

static void test_an_idle_connection_is_closed(void **state) {
  struct fixture *f = *state;
  int fd = dial(f, "127.0.0.1");
  say(fd, GET);
  free(hear(f, fd, "body\n", 1));
  assert_closed(f, fd);
  assert_int_equal(http_server_counts(f->server).overdue, 0);
}

static void test_time_of_the_owner_is_not_the_clients(void **state) {
  struct fixture *f = *state;
  f->hold = true;
  int fd = dial(f, "127.0.0.1");
  say(fd, GET);
  while (!f->held) event_base_loop(f->loop, EVLOOP_ONCE);
  usec_t until = clock_boottime() + 600 * USEC_PER_MSEC;
  while (clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  answer(f->held);
  free(hear(f, fd, "body\n", 1));
  close(fd);
}

static void test_one_client_has_so_many_connections(void **state) {
  struct fixture *f = *state;
  int one = dial(f, "127.0.0.1"), two = dial(f, "127.0.0.1"), other = dial(f, "127.0.0.2"), third;
  say(one, GET);
  free(hear(f, one, "body\n", 1));
  third = dial(f, "127.0.0.1");
  assert_closed(f, third);
  assert_int_equal(http_server_counts(f->server).refused, 1);
  say(other, GET);
  free(hear(f, other, "body\n", 1));
  close(one);
  close(two);
  close(other);
}

static void test_a_drain_ends_what_idles_and_then_the_rest(void **state) {
  struct fixture *f = *state;
  int idle = dial(f, "127.0.0.1"), busy = dial(f, "127.0.0.1");
  say(idle, GET);
  free(hear(f, idle, "body\n", 1));
  f->hold = true;
  say(busy, GET);
  while (!f->held) event_base_loop(f->loop, EVLOOP_ONCE);
  http_server_drain(f->server);
  assert_closed(f, idle);
  answer(f->held);
  char *said = hear(f, busy, NULL, 0);
  assert_non_null(strstr(said, "Connection: close"));
  free(said);
  close(busy);
  usec_t until = clock_boottime() + 5 * USEC_PER_SEC;
  while (http_server_counts(f->server).open && clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_int_equal(http_server_counts(f->server).open, 0);
}

static void test_an_address_that_is_none(void **state) {
  (void)state;
  struct event_base *loop = event_base_new();
  struct http_server *server = NULL;
  assert_int_equal(http_server_new(loop, &(struct http_server_config){.host = "localhost"}, &server), -WF_EINVAL);
  assert_null(server);
  event_base_free(loop);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define TIGHT(name) cmocka_unit_test_setup_teardown(name, setup_tight, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_a_connection_is_kept),
      CASE(test_requests_sent_at_once_are_answered_in_turn),
      CASE(test_the_owner_may_answer_later),
      CASE(test_head_has_the_headers_alone),
      CASE(test_methods_reach_the_owner),
      CASE(test_a_body_of_get_is_never_the_next_request),
      CASE(test_heads_and_bodies_have_a_bound),
      CASE(test_what_evhttp_refuses_has_the_owners_body),
      CASE(test_a_long_head_is_refused_by_its_path),
      CASE(test_the_second_request_may_be_the_one_refused),
      CASE(test_evhttps_page_may_stay),
      TIGHT(test_a_slow_request_meets_its_deadline),
      TIGHT(test_an_idle_connection_is_closed),
      TIGHT(test_time_of_the_owner_is_not_the_clients),
      TIGHT(test_one_client_has_so_many_connections),
      CASE(test_a_drain_ends_what_idles_and_then_the_rest),
      cmocka_unit_test(test_an_address_that_is_none),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
