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

#include "base/error.h"
#include "io/http_status.h"

struct fixture {
  struct event_base *loop;
  struct http_status *status;
  int ready; // what /readyz returns
};

static int healthz(void *context, struct buf *body) {
  (void)context;
  buf_puts(body, "alive\n");
  return 200;
}

static int readyz(void *context, struct buf *body) {
  const struct fixture *f = context;
  buf_puts(body, f->ready == 200 ? "ready\n" : "not ready\n");
  return f->ready;
}

static int metrics(void *context, struct buf *body) {
  (void)context;
  for (int i = 0; i < 20000; i++) buf_puts(body, "workflowd_x 1\n");
  return 200;
}

static int start(void **state, int connections_max, usec_t deadline) {
  struct fixture *f = calloc(1, sizeof *f);
  f->loop = event_base_new();
  f->ready = 200;
  const struct http_status_config config = {"127.0.0.1", 0, healthz, readyz, metrics, f, connections_max, deadline};
  *state = f;
  return http_status_new(f->loop, &config, &f->status);
}

static int setup(void **state) { return start(state, 0, 0); }
static int setup_tight(void **state) { return start(state, 3, 200 * USEC_PER_MSEC); }

static int teardown(void **state) {
  struct fixture *f = *state;
  http_status_free(f->status);
  event_base_free(f->loop);
  free(f);
  return 0;
}

static int dial(struct fixture *f) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(http_status_port(f->status))};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
  fcntl(fd, F_SETFL, O_NONBLOCK);
  return fd;
}

// Turns the loop until the peer has closed the connection; returns what it said.
static char *hear(struct fixture *f, int fd) {
  struct buf said = {0};
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (clock_boottime() < until) {
    event_base_loop(f->loop, EVLOOP_NONBLOCK);
    char piece[65536];
    ssize_t n = read(fd, piece, sizeof piece);
    if (n == 0) break;
    if (n > 0) buf_put(&said, piece, (size_t)n);
    if (n < 0) poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 5);
  }
  assert_true(clock_boottime() < until);
  close(fd);
  buf_put_u8(&said, 0);
  return said.data;
}

static char *ask(struct fixture *f, const char *request) {
  int fd = dial(f);
  assert_int_equal(write(fd, request, strlen(request)), strlen(request));
  return hear(f, fd);
}

static void assert_answer(struct fixture *f, const char *request, const char *status, const char *end) {
  char *said = ask(f, request);
  assert_int_equal(strncmp(said, status, strlen(status)), 0);
  assert_string_equal(said + strlen(said) - strlen(end), end);
  free(said);
}

static void test_pages(void **state) {
  struct fixture *f = *state;
  assert_answer(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nalive\n");
  assert_answer(f, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "\r\n\r\nready\n");
  f->ready = 503;
  assert_answer(f, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 503 ", "\r\n\r\nnot ready\n");
}

static void test_large_page_arrives_whole(void **state) {
  struct fixture *f = *state;
  char *said = ask(f, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  assert_int_equal(strlen(strstr(said, "\r\n\r\n") + 4), 20000 * strlen("workflowd_x 1\n"));
  assert_non_null(strstr(said, "text/plain; version=0.0.4"));
  free(said);
}

static void test_query_is_ignored(void **state) {
  assert_answer(*state, "GET /healthz?a=b HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "alive\n");
}

static void test_head_has_no_body(void **state) {
  struct fixture *f = *state;
  char *said = ask(f, "HEAD /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  assert_non_null(strstr(said, "200 "));
  assert_non_null(strstr(said, "Content-Length: 6\r\n"));
  assert_string_equal(strstr(said, "\r\n\r\n"), "\r\n\r\n");
  free(said);
}

static void test_other_methods_are_405(void **state) {
  struct fixture *f = *state;
  static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};
  for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
    char request[128];
    snprintf(request, sizeof request, "%s /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", methods[i]);
    char *said = ask(f, request);
    assert_int_equal(strncmp(said, "HTTP/1.1 405 ", 13), 0);
    assert_non_null(strstr(said, "Allow: GET, HEAD"));
    free(said);
  }
}

static void test_other_paths_are_404(void **state) {
  assert_answer(*state, "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "/metrics\n");
  assert_answer(*state, "GET /healthz/../x HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 404 ", "/metrics\n");
}

static void test_garbage_does_no_harm(void **state) {
  struct fixture *f = *state;
  static const char *const texts[] = {"\r\n\r\n", "BREW /pot HTTP/1.1\r\n\r\n", "GET\r\n\r\n", "GET /healthz HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    int fd = dial(f);
    assert_true(write(fd, texts[i], strlen(texts[i])) > 0);
    shutdown(fd, SHUT_WR);
    free(hear(f, fd));
  }
  assert_answer(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "alive\n");
}

static void test_headers_have_a_bound(void **state) {
  struct fixture *f = *state;
  struct buf request = {0};
  buf_puts(&request, "GET /healthz HTTP/1.1\r\nX: ");
  for (int i = 0; i < 9000; i++) buf_put_u8(&request, 'a');
  buf_puts(&request, "\r\n\r\n");
  buf_put_u8(&request, 0);
  char *said = ask(f, request.data);
  assert_null(strstr(said, " 200 "));
  free(said);
  buf_free(&request);
}

static void test_slow_connection_meets_its_deadline(void **state) {
  struct fixture *f = *state;
  int fd = dial(f);
  assert_int_equal(write(fd, "GET /he", 7), 7);
  usec_t start_at = clock_boottime();
  free(hear(f, fd)); // ended by the peer
  assert_true(clock_boottime() - start_at >= 150 * USEC_PER_MSEC);
}

static void test_connections_above_the_bound_wait(void **state) {
  struct fixture *f = *state;
  int idle[3];
  for (int i = 0; i < 3; i++) idle[i] = dial(f);
  for (int i = 0; i < 20; i++) event_base_loop(f->loop, EVLOOP_NONBLOCK);
  usec_t start_at = clock_boottime();
  assert_answer(f, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", "HTTP/1.1 200 ", "alive\n");
  assert_true(clock_boottime() - start_at >= 100 * USEC_PER_MSEC); // until the idle ones were ended
  for (int i = 0; i < 3; i++) close(idle[i]);
}

static void test_free_with_open_connections(void **state) {
  struct fixture *f = *state;
  int fd = dial(f);
  assert_int_equal(write(fd, "GET /he", 7), 7);
  for (int i = 0; i < 20; i++) event_base_loop(f->loop, EVLOOP_NONBLOCK);
  http_status_free(f->status);
  f->status = NULL;
  free(hear(f, fd));
}

static void test_address_that_is_none(void **state) {
  struct fixture *f = *state;
  const struct http_status_config config = {"localhost", 0, healthz, readyz, metrics, f, 0, 0};
  struct http_status *other = NULL;
  assert_int_equal(http_status_new(f->loop, &config, &other), -WF_EINVAL);
  assert_null(other);
}

static void test_port_that_is_taken(void **state) {
  struct fixture *f = *state;
  const struct http_status_config config = {"127.0.0.1", http_status_port(f->status), healthz, readyz, metrics, f, 0, 0};
  struct http_status *other = NULL;
  assert_int_equal(http_status_new(f->loop, &config, &other), -WF_EIO);
  assert_null(other);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_pages, setup, teardown),
      cmocka_unit_test_setup_teardown(test_large_page_arrives_whole, setup, teardown),
      cmocka_unit_test_setup_teardown(test_query_is_ignored, setup, teardown),
      cmocka_unit_test_setup_teardown(test_head_has_no_body, setup, teardown),
      cmocka_unit_test_setup_teardown(test_other_methods_are_405, setup, teardown),
      cmocka_unit_test_setup_teardown(test_other_paths_are_404, setup, teardown),
      cmocka_unit_test_setup_teardown(test_garbage_does_no_harm, setup, teardown),
      cmocka_unit_test_setup_teardown(test_headers_have_a_bound, setup, teardown),
      cmocka_unit_test_setup_teardown(test_slow_connection_meets_its_deadline, setup_tight, teardown),
      cmocka_unit_test_setup_teardown(test_connections_above_the_bound_wait, setup_tight, teardown),
      cmocka_unit_test_setup_teardown(test_free_with_open_connections, setup, teardown),
      cmocka_unit_test_setup_teardown(test_address_that_is_none, setup, teardown),
      cmocka_unit_test_setup_teardown(test_port_that_is_taken, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
