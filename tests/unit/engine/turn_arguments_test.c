// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "base/uuid.h"
#include "story.h"

#define HTTP(with) STORY_HEAD "use: {secrets: [token, db]}\ndo:\n- a: {call: http, with: {method: get, " with "}}\n"
#define MARKED(reference) TEXT_MARK_OPEN "secret:" reference TEXT_MARK_CLOSE

static void asks(const char *document, const char *input, const char *expected) {
  struct story *story = story_of(document, input);
  assert_int_equal(story->last.effect_count, 1);
  assert_string_equal(story_json(story, story->last.effects[0].arguments), expected);
  story_free(story);
}

static void faults(const char *document, const char *input, const char *word, const char *detail) {
  struct story *story = story_of(document, input);
  assert_int_equal(story->run->status, WF_FAULTED);
  assert_string_equal(story->run->fault.code, word);
  assert_non_null(strstr(story_error(story, "detail"), detail));
  assert_string_equal(story_error(story, "instance"), "\"/do/0/a\"");
  story_free(story);
}

static void templates_are_filled_from_the_input(void **state) {
  (void)state;
  asks(HTTP("endpoint: 'https://e.com/{id}/{none}', body: '${ .id }'"), "{\"id\":\"a b\"}",
       "{\"body\":\"a b\",\"endpoint\":\"https://e.com/a%20b/\",\"method\":\"get\"}");
  asks(HTTP("endpoint: {uri: 'https://e.com/{id}'}"), "{\"id\":7}", "{\"endpoint\":{\"uri\":\"https://e.com/7\"},\"method\":\"get\"}");
  asks(HTTP("endpoint: '${ \"https://e.com/{id}\" }'"), "{\"id\":7}", "{\"endpoint\":\"https://e.com/{id}\",\"method\":\"get\"}");
  faults(HTTP("endpoint: 'https://e.com/{id}'"), "{\"id\":{}}", "expression", "{id} is an object");
}

static void what_expressions_give_is_checked(void **state) {
  (void)state;
  faults(HTTP("endpoint: '${ .url }'"), "{\"url\":\"e.com\"}", "expression", "endpoint is \\\"e.com\\\": expected an absolute URI");
  asks(HTTP("endpoint: 'https://e.com', query: '${ .q }'"), "{\"q\":{\"n\":1}}",
       "{\"endpoint\":\"https://e.com\",\"method\":\"get\",\"query\":{\"n\":\"1\"}}");
}

static void secrets_are_placeholders(void **state) {
  (void)state;
  asks(HTTP("endpoint: 'https://e.com', headers: {A: '${ \"Bearer \" + $secrets.token }', B: '${ $secrets.db.pass }'}"), NULL,
       "{\"endpoint\":\"https://e.com\",\"headers\":{\"A\":\"Bearer " MARKED("token") "\",\"B\":\"" MARKED("db/pass") "\"},\"method\":\"get\"}");
  asks(HTTP("endpoint: 'https://e.com/{t}'}, input: {from: '${ {t: $secrets.token} }'"), NULL,
       "{\"endpoint\":\"https://e.com/" MARKED("token") "\",\"method\":\"get\"}");
}

static void secrets_that_may_not_be_used(void **state) {
  (void)state;
  faults(HTTP("endpoint: 'https://e.com', body: '${ $secrets.other }'"), NULL, "authorization", "secret `other`");
  faults(HTTP("endpoint: 'https://e.com', body: '${ $secrets.token | .[1:] }'"), NULL, "expression",
         "an expression sees a placeholder, which can be joined to other texts alone; for base64 there is `authentication: basic`");
  faults(HTTP("endpoint: {uri: 'https://e.com', authentication: {basic: {use: elsewhere}}}"), NULL, "authorization", "secret `elsewhere`");
  // Made up by an expression: it is seen where it would be used.
  faults(HTTP("endpoint: 'https://e.com', body: '${ \"\\udbff\\udffesecret:\" + \"other\" + \"\\udbff\\udfff\" }'"), NULL, "authorization", "secret `other`");
}

static void authorization_of_the_call(void **state) {
  (void)state;
  asks(HTTP("endpoint: {uri: 'https://e.com', authentication: {bearer: {token: '${ .t }'}}}, body: '${ $authorization }'"), "{\"t\":\"abc\"}",
       "{\"body\":{\"parameter\":\"abc\",\"scheme\":\"Bearer\"},\"endpoint\":{\"authentication\":{\"bearer\":{\"token\":\"abc\"}},"
       "\"uri\":\"https://e.com\"},\"method\":\"get\"}");
  asks(HTTP("endpoint: 'https://e.com', body: '${ $authorization }'"), NULL, "{\"body\":null,\"endpoint\":\"https://e.com\",\"method\":\"get\"}");
}

static void authorization_after_the_call(void **state) {
  (void)state;
  struct story *story = story_of(HTTP("endpoint: {uri: 'https://e.com', authentication: {basic: {username: a, password: b}}}}, output: {as: "
                                      "'${ $authorization.scheme + \" \" + $authorization.parameter }'"),
                                 NULL);
  story_completed(story, 1, 1, "{}");
  assert_string_equal(story_json(story, story->run->output), "\"Basic YTpi\"");
  story_free(story);
}

static void functions_of_the_definition_take_with_as_input(void **state) {
  (void)state;
  asks(STORY_HEAD "use: {functions: {pet: {call: http, with: {method: get, endpoint: 'https://e.com/{petId}'}}}}\n"
                  "do:\n- a: {call: pet, with: {petId: '${ .id }'}}\n",
       "{\"id\":69}", "{\"endpoint\":\"https://e.com/69\",\"method\":\"get\"}");
}

static void defaults_of_the_specification_are_put_in(void **state) {
  (void)state;
  asks(STORY_HEAD "do:\n- a: {call: mcp, with: {method: tools/list, transport: {stdio: {command: s}}}}\n", NULL,
       "{\"method\":\"tools/list\",\"protocolVersion\":\"2025-06-18\",\"transport\":{\"stdio\":{\"command\":\"s\"}}}");
  asks(STORY_HEAD "do:\n- a: {call: mcp, with: {protocolVersion: '${ .v }', method: tools/list, transport: {stdio: {command: s}}}}\n",
       "{\"v\":null}", "{\"method\":\"tools/list\",\"protocolVersion\":\"2025-06-18\",\"transport\":{\"stdio\":{\"command\":\"s\"}}}");
  asks(STORY_HEAD "do:\n- a: {run: {container: {image: i}}}\n", NULL,
       "{\"await\":true,\"image\":\"i\",\"pullPolicy\":\"ifNotPresent\",\"return\":\"stdout\"}");
}

#define SEND(method, message)                                                                                          \
  STORY_HEAD "do:\n- t: {try: [{a: {call: a2a, with: {method: " method ", server: 'https://e.com', parameters: {message: " message \
             "}}}}], catch: {retry: {delay: PT0S, limit: {attempt: {count: 3}}}}}\n"

// Of the newest request's message.
static const char *said(const struct story *story, const char *name) {
  jv message = jv_getpath(jv_copy(story->last.effects[0].arguments), JV_ARRAY(jv_string("parameters"), jv_string("message"), jv_string(name)));
  const char *text = story_json(story, message);
  jv_free(message);
  return text;
}

static void a_message_to_an_agent_is_completed(void **state) {
  (void)state;
  struct story *story = story_of(SEND("message/send", "{parts: []}"), NULL);
  assert_string_equal(said(story, "role"), "\"user\"");
  const char *id = said(story, "messageId");
  struct uuid parsed;
  assert_int_equal(uuid_parse(id + 1, strlen(id) - 2, &parsed), 0);
  story_failed(story, 1, 1, NULL);
  assert_int_equal(story->last.effects[0].attempt, 2);
  assert_string_equal(said(story, "messageId"), id); // a repeated message is the same
  assert_string_equal(said(story, "parts"), "[]");
  story_free(story);
}

static void what_a_message_says_itself_stays(void **state) {
  (void)state;
  struct story *story = story_of(SEND("message/stream", "{messageId: m, role: agent}"), NULL);
  assert_string_equal(said(story, "messageId"), "\"m\"");
  assert_string_equal(said(story, "role"), "\"agent\"");
  story_free(story);
  story = story_of(SEND("tasks/get", "{a: 1}"), NULL);
  assert_string_equal(said(story, "role"), "null");
  story_free(story);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(templates_are_filled_from_the_input), cmocka_unit_test(what_expressions_give_is_checked),
      cmocka_unit_test(secrets_are_placeholders),            cmocka_unit_test(secrets_that_may_not_be_used),
      cmocka_unit_test(authorization_of_the_call),           cmocka_unit_test(authorization_after_the_call),
      cmocka_unit_test(functions_of_the_definition_take_with_as_input),
      cmocka_unit_test(defaults_of_the_specification_are_put_in), cmocka_unit_test(a_message_to_an_agent_is_completed),
      cmocka_unit_test(what_a_message_says_itself_stays),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
