// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>

#include "base/error.h"
#include "base/text.h"
#include "http_site.h"
#include "io/http_caller.h"

// A whole `call: openapi`, through http_caller.h, its document and its operation on one site.
struct fixture {
  struct event_base *loop;
  struct site site;
  struct http_caller *caller;
  bool came, completed;
  jv output;
  char detail[300], type[100];
};

static const char document[] =
    "openapi: 3.0.3\n"
    "paths:\n"
    "  /pets/{petId}:\n"
    "    get:\n"
    "      operationId: getPet\n"
    "      parameters:\n"
    "        - {name: petId, in: path, required: true}\n"
    "        - {name: key, in: header}\n"
    "    put:\n"
    "      operationId: savePet\n"
    "      requestBody: {content: {application/json: {}}}\n";

static void serve(struct evhttp_request *request, void *context) {
  struct fixture *f = context;
  const char *target = evhttp_request_get_uri(request);
  bool is_document = strncmp(target, "/api.yaml", 9) == 0;
  if (!is_document) site_record(&f->site, request);
  if (is_document && strcmp(target, "/api.yaml?locked") == 0 && !site_field(request, "Authorization"))
    site_reply(request, 401, NULL, "");
  else
    site_reply(request, 200, is_document ? "application/yaml" : "application/json", is_document ? document : "{\"name\":\"milou\"}");
}

#define PASS TEXT_MARK_OPEN "secret:pass" TEXT_MARK_CLOSE

static char *reveal(void *user, const char *text) {
  (void)user;
  return xstrdup(strcmp(text, PASS) == 0 ? "open-sesame" : text);
}

static int setup(void **state) {
  struct fixture *f = *state = xcalloc(1, sizeof *f);
  static const char *const entries[] = {"127.0.0.1"};
  char *error;
  f->loop = event_base_new();
  f->output = jv_null();
  site_open(&f->site, f->loop, serve, f);
  const struct http_caller_config config = {.allow = entries, .allow_count = 1, .reveal = reveal};
  assert_int_equal(http_caller_new(f->loop, &config, &f->caller, &error), 0);
  return 0;
}

static int teardown(void **state) {
  struct fixture *f = *state;
  jv_free(f->output);
  http_caller_free(f->caller);
  site_close(&f->site);
  event_base_free(f->loop);
  free(f);
  return 0;
}

static void on_answer(void *user, const struct http_answer *answer) {
  struct fixture *f = user;
  f->came = true;
  f->completed = answer->completed;
  jv_free(f->output);
  f->output = answer->completed ? jv_copy(answer->output) : jv_null();
  snprintf(f->detail, sizeof f->detail, "%s", answer->error_detail ? answer->error_detail : "");
  snprintf(f->type, sizeof f->type, "%s", answer->error_type ? strrchr(answer->error_type, '/') + 1 : "");
}

static struct http_ticket *start(struct fixture *f, const char *endpoint, const char *rest) {
  char *text = xasprintf("{\"document\":{\"endpoint\":{\"uri\":\"http://127.0.0.1:%d/%s}},%s}", f->site.port, endpoint, rest);
  jv with = jv_parse(text);
  assert_true(jv_is_valid(with));
  free(text);
  const struct http_call call = {HTTP_CALL_OPENAPI, with, "k", NULL, 10 * USEC_PER_SEC};
  struct http_ticket *ticket;
  f->came = false;
  assert_int_equal(http_caller_start(f->caller, &call, on_answer, f, &ticket), 0);
  jv_free(with);
  return ticket;
}

static void ask(struct fixture *f, const char *endpoint, const char *rest) {
  start(f, endpoint, rest);
  usec_t until = clock_boottime() + 10 * USEC_PER_SEC;
  while (!f->came && clock_boottime() < until) event_base_loop(f->loop, EVLOOP_ONCE);
  assert_true(f->came);
}

static void test_an_operation(void **state) {
  struct fixture *f = *state;
  ask(f, "api.yaml\"", "\"operationId\":\"getPet\",\"parameters\":{\"petId\":7}");
  assert_string_equal(f->detail, "");
  assert_true(f->completed);
  assert_true(jv_equal(jv_copy(f->output), jv_parse("{\"name\":\"milou\"}")));
  assert_string_equal(f->site.target, "/pets/7");
  ask(f, "api.yaml\"", "\"operationId\":\"savePet\",\"parameters\":{\"petId\":7,\"body\":{\"name\":\"bill\"}}");
  assert_string_equal(f->site.method, "PUT");
  assert_string_equal(f->site.body.data, "{\"name\":\"bill\"}");
}

static void test_the_whole_response(void **state) {
  struct fixture *f = *state;
  ask(f, "api.yaml\"", "\"operationId\":\"getPet\",\"output\":\"response\",\"parameters\":{\"petId\":1,\"key\":\"" PASS "\"}");
  assert_non_null(strstr(f->site.fields.data, "key: open-sesame\n"));
  jv request = jv_dump_string(jv_object_get(jv_copy(f->output), jv_string("request")), JV_PRINT_SORTED);
  char *expected = xasprintf("{\"headers\":{\"key\":\"secret:pass\"},\"method\":\"get\",\"uri\":\"http://127.0.0.1:%d/pets/1\"}", f->site.port);
  assert_string_equal(jv_string_value(request), expected);
  free(expected);
  jv_free(request);
}

static void test_policies_of_document_and_operation(void **state) {
  struct fixture *f = *state;
#define LOCKED "api.yaml?locked\""
  ask(f, LOCKED, "\"operationId\":\"getPet\",\"parameters\":{\"petId\":7}");
  assert_string_equal(f->type, "communication");
  ask(f, LOCKED ",\"authentication\":{\"bearer\":{\"token\":\"t\"}}",
      "\"operationId\":\"getPet\",\"parameters\":{\"petId\":7},\"authentication\":{\"basic\":{\"username\":\"ali\",\"password\":\"baba\"}}");
  assert_true(f->completed);
  assert_non_null(strstr(f->site.fields.data, "Authorization: Basic YWxpOmJhYmE=\n"));
}

static void test_what_is_wrong_with_it(void **state) {
  struct fixture *f = *state;
  ask(f, "api.yaml\"", "\"operationId\":\"getPets\"");
  assert_string_equal(f->type, "configuration");
  assert_non_null(strstr(f->detail, "did you mean `getPet`?"));
  ask(f, "api.yaml\"", "\"operationId\":\"getPet\"");
  assert_string_equal(f->type, "validation");
  ask(f, "other\"", "\"operationId\":\"getPet\"");
  assert_string_equal(f->type, "communication");
}

static void test_cancelled_while_the_document_comes(void **state) {
  struct fixture *f = *state;
  struct http_ticket *ticket = start(f, "api.yaml\"", "\"operationId\":\"getPet\",\"parameters\":{\"petId\":7}");
  event_base_loop(f->loop, EVLOOP_ONCE);
  http_caller_cancel(ticket);
  ask(f, "api.yaml\"", "\"operationId\":\"getPet\",\"parameters\":{\"petId\":8}");
  assert_int_equal(f->site.requests, 1);
  assert_string_equal(f->site.target, "/pets/8");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_an_operation, setup, teardown),
      cmocka_unit_test_setup_teardown(test_the_whole_response, setup, teardown),
      cmocka_unit_test_setup_teardown(test_policies_of_document_and_operation, setup, teardown),
      cmocka_unit_test_setup_teardown(test_what_is_wrong_with_it, setup, teardown),
      cmocka_unit_test_setup_teardown(test_cancelled_while_the_document_comes, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
