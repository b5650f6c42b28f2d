// SPDX-License-Identifier: Apache-2.0
// Calls a server in a thread of its own.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ctl/rehearse_live.h"

struct server {
  int socket;
  char url[64];
  const char *says; // status line, fields and content of the one answer
  pthread_t thread;
};

static void *serve(void *argument) {
  struct server *server = argument;
  int connection = accept(server->socket, NULL, NULL);
  char request[4096];
  if (connection >= 0 && read(connection, request, sizeof request) > 0) {
    ssize_t written = write(connection, server->says, strlen(server->says));
    (void)written;
  }
  close(connection);
  return NULL;
}

static void start(struct server *server, const char *says) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  server->says = says;
  server->socket = socket(AF_INET, SOCK_STREAM, 0);
  assert_int_equal(bind(server->socket, (struct sockaddr *)&address, size), 0);
  assert_int_equal(listen(server->socket, 1), 0);
  assert_int_equal(getsockname(server->socket, (struct sockaddr *)&address, &size), 0);
  snprintf(server->url, sizeof server->url, "http://127.0.0.1:%d/pet", ntohs(address.sin_port));
  assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static void stop(struct server *server) {
  pthread_join(server->thread, NULL);
  close(server->socket);
}

static struct rehearse_answer ask(const char *url, struct arena *arena) {
  struct rehearse_live *live;
  assert_int_equal(rehearse_live_new(NULL, &live), 0);
  jv with = jv_object_set(jv_object(), jv_string("method"), jv_string("get"));
  with = jv_object_set(with, jv_string("endpoint"), jv_string(url));
  struct rehearse_answer answer = rehearse_live_ask(live, &(struct rehearse_live_call){.with = with, .timeout = 10 * USEC_PER_SEC}, arena);
  jv_free(with);
  rehearse_live_free(live);
  return answer;
}

static void test_an_answer(void **state) {
  (void)state;
  struct server server;
  struct arena *arena = arena_new();
  start(&server, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 8\r\nConnection: close\r\n\r\n{\"id\":7}");
  struct rehearse_answer answer = ask(server.url, arena);
  stop(&server);
  assert_true(answer.result.completed);
  assert_true(answer.delay > 0);
  jv text = jv_dump_string(answer.result.output, 0);
  assert_string_equal(jv_string_value(text), "{\"id\":7}");
  jv_free(text);
  arena_free(arena);
}

static void test_a_failure(void **state) {
  (void)state;
  struct server server;
  struct arena *arena = arena_new();
  start(&server, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  struct rehearse_answer answer = ask(server.url, arena);
  stop(&server);
  assert_false(answer.result.completed);
  assert_int_equal(answer.result.error_status, 404);
  assert_string_equal(answer.result.error_type, "https://serverlessworkflow.io/spec/1.0.0/errors/communication");
  arena_free(arena);
}

static void test_nobody_there(void **state) {
  (void)state;
  struct server server;
  struct arena *arena = arena_new();
  start(&server, "");
  struct rehearse_answer answer = ask(server.url, arena); // closed without a word
  stop(&server);
  assert_false(answer.result.completed);
  assert_non_null(answer.result.error_title);
  jv_free(answer.result.output);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_an_answer),
      cmocka_unit_test(test_a_failure),
      cmocka_unit_test(test_nobody_there),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
