// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define HTTP(rest) "do: [{a: {call: http, with: {method: get, endpoint: 'https://e.com'" rest "}}}]\n"
#define ENDPOINT(endpoint) "do: [{a: {call: http, with: {method: get, endpoint: " endpoint "}}}]\n"
#define POLICY(policy) ENDPOINT("{uri: 'https://e.com', authentication: " policy "}")
#define ASYNC(rest) "do: [{a: {call: asyncapi, with: {document: {endpoint: 'https://e.com/d'}, " rest "}}}]\n"

static const char *json(void **state, jv value) {
  jv text = jv_dump_string(jv_copy(value), JV_PRINT_SORTED);
  const char *kept = arena_strdup(((struct loaded *)*state)->arena, jv_string_value(text));
  jv_free(text);
  return kept;
}

static const char *arguments(void **state, const char *document) {
  return json(state, load_task(state, document)->call.arguments->constant);
}

static void test_everything_of_an_http_call(void **state) {
  const char *text = arguments(
      state, HTTP(", headers: {a: b, n: 5}, body: [1], query: {q: x, n: 1, list: [a, b]}, output: raw, redirect: true"));
  assert_string_equal(text, "{\"body\":[1],\"endpoint\":\"https://e.com\",\"headers\":{\"a\":\"b\",\"n\":\"5\"},"
                            "\"method\":\"get\",\"output\":\"raw\",\"query\":{\"list\":[\"a\",\"b\"],\"n\":\"1\",\"q\":\"x\"},"
                            "\"redirect\":true}");
  assert_true(load_task(state, HTTP(", headers: '${ .h }', query: '${ .q }'"))->call.arguments->index >= 0);
}

static void test_wrong_keys_types_and_words(void **state) {
  (void)state;
  must_refuse(HEAD HTTP(", header: {}"), "2:70: unknown key `header` in an HTTP call, did you mean `headers`?");
  must_refuse(HEAD HTTP(", output: respons"), "2:78: `output: respons`, did you mean `response`?; expected one of raw, content, response");
  must_refuse(HEAD HTTP(", redirect: 1"), "2:80: `redirect` is a number: expected true or false");
  must_refuse(HEAD HTTP(", redirect: 'true'"), "2:80: `redirect` is a text: expected true or false");
  must_refuse(HEAD HTTP(", headers: [a]"), "2:79: `headers` is a list: expected an object");
  must_refuse(HEAD HTTP(", headers: {a: [b]}"), "2:83: `headers.a` is a list: expected a text");
  must_refuse(HEAD "do: [{a: {call: http, with: {method: 3, endpoint: 'https://e.com'}}}]\n", "2:38: `method` is a number: expected a text");
  must_refuse(HEAD "do: [{a: {call: http, with: {method: get}}}]\n", "2:29: `endpoint` is missing in an HTTP call");
}

static void test_short_forms_mean_the_long_ones(void **state) {
  assert_string_equal(arguments(state, POLICY("{bearer: 'a text'}")),
                      "{\"endpoint\":{\"authentication\":{\"bearer\":{\"token\":\"a text\"}},\"uri\":\"https://e.com\"},\"method\":\"get\"}");
  assert_string_equal(arguments(state, POLICY("{oauth2: {grant: client-credentials}}")),
                      "{\"endpoint\":{\"authentication\":{\"oauth2\":{\"grant\":\"client_credentials\"}},\"uri\":\"https://e.com\"},\"method\":\"get\"}");
  assert_string_equal(arguments(state, "do: [{a: {call: http, with: {method: get, uri: 'https://e.com'}}}]\n"),
                      "{\"endpoint\":\"https://e.com\",\"method\":\"get\"}");
  must_refuse(HEAD HTTP(", uri: 'https://e.com'"), "2:70: unknown key `uri` in an HTTP call");
  must_refuse(HEAD POLICY("{oauth2: {grant: client-credential}}"), "2:109: `grant: client-credential`, did you mean `client_credentials`?");
}

static void test_parameters_may_be_a_bare_expression(void **state) {
  assert_true(load_task(state, "do: [{a: {call: mcp, with: {method: tools/call, parameters: .p, transport: {stdio: {command: c}}}}}]\n")->call.arguments->index >= 0);
  must_refuse(HEAD "do: [{a: {call: mcp, with: {method: tools/call, parameters: [1], transport: {stdio: {command: c}}}}}]\n",
              "2:61: `parameters` is a list: expected an object, or an expression");
}

static void test_open_objects_warn(void **state) {
  (void)state;
  must_warn(HEAD POLICY("{basic: {username: a, password: b}, note: x}"), "2:128: `note` in an authentication policy says nothing");
  must_refuse(HEAD POLICY("{basik: {username: a, password: b}}"), "2:92: expected exactly one of");
}

static void test_endpoints(void **state) {
  assert_string_equal(arguments(state, ENDPOINT("{uri: 'https://e.com/x'}")), "{\"endpoint\":{\"uri\":\"https://e.com/x\"},\"method\":\"get\"}");
  must_refuse(HEAD ENDPOINT("e.com"), "2:53: `endpoint` is `e.com`: expected an absolute URI");
  must_refuse(HEAD ENDPOINT("{}"), "2:53: `uri` is missing in an endpoint");
  must_refuse(HEAD ENDPOINT("{uri: 'https://e.com', auth: {}}"), "2:76: unknown key `auth` in an endpoint");
  must_refuse(HEAD ENDPOINT("5"), "2:53: `endpoint` is a number: expected an absolute URI");
}

static void test_templates_are_found(void **state) {
  const struct wf_task *task = load_task(state, ENDPOINT("{uri: 'https://e.com/{id}', authentication: {oauth2: {authority: "
                                                         "'https://{host}/', grant: client_credentials, endpoints: {token: '/{realm}/t'}}}}"));
  assert_string_equal(json(state, task->call.templates),
                      "[[\"endpoint\",\"uri\"],[\"endpoint\",\"authentication\",\"oauth2\",\"authority\"],"
                      "[\"endpoint\",\"authentication\",\"oauth2\",\"endpoints\",\"token\"]]");
  // What an expression gives is no template.
  assert_string_equal(json(state, load_task(state, ENDPOINT("'${ \"https://e.com/{id}\" }'"))->call.templates), "[]");
  must_refuse(HEAD ENDPOINT("'https://e.com/{id'"), "2:53: expected a name and `}` behind each `{`");
  must_refuse(HEAD ENDPOINT("'https://e.com/{}'"), "2:53: expected a name and `}` behind each `{`");
  must_refuse(HEAD ENDPOINT("'https://e.com/id}'"), "2:53: expected `{` before each `}`");
}

static void test_policies(void **state) {
  static const char *const good[] = {
      POLICY("{basic: {username: a, password: 1234}}"),
      POLICY("{basic: {use: s}}"),
      POLICY("{bearer: {token: '${ .t }'}}"),
      POLICY("{bearer: {use: s}}"),
      POLICY("{bearer: 'a text'}"),
      POLICY("{oauth2: {authority: 'https://e.com', grant: client-credentials}}"),
      POLICY("{oauth2: {client: {id: a}}}"),
      POLICY("{digest: {username: a, password: b}}"),
      POLICY("{digest: {use: s}}"),
      POLICY("{certificate: {use: s}}"),
      POLICY("{oauth2: {authority: 'https://e.com', grant: client_credentials, client: {id: a, secret: b, authentication: "
             "client_secret_basic}, request: {encoding: application/json}, scopes: [a], audiences: [b], issuers: [c], "
             "username: u, password: p, subject: {token: t, type: y}, actor: {token: t, type: y}}}"),
      POLICY("{oauth2: {use: s}}"),
      POLICY("{oidc: {authority: 'https://e.com', grant: password}}"),
      POLICY("{oidc: {use: s}}"),
      NULL,
  };
  for (const char *const *policy = good; *policy; policy++) load_task(state, *policy);
  must_refuse(HEAD POLICY("{}"), "2:92: an authentication policy has none of them: expected exactly one of basic, bearer,");
  must_refuse(HEAD POLICY("{basic: {use: s}, bearer: {use: s}}"), "2:92: has several of them");
  must_refuse(HEAD POLICY("{basic: {username: a}}"), "2:100: `password` is missing in `basic`");
  must_refuse(HEAD POLICY("{basic: {use: s, username: a}}"), "2:109: unknown key `username` in `basic`; expected use");
  must_refuse(HEAD POLICY("{bearer: {token: [a]}}"), "2:109: `token` is a list: expected a text");
  must_refuse(HEAD POLICY("{oauth2: {authority: 'https://e.com', grant: client_credential}}"), "2:137: did you mean `client_credentials`?");
  must_refuse(HEAD POLICY("{oidc: {authority: 'https://e.com', grant: password, endpoints: {}}}"), "2:145: unknown key `endpoints` in `oidc`");
}

static void test_policies_by_name(void **state) {
#define USE "use: {authentications: {shop: {basic: {username: a, password: b}}}}\n"
  static const char expected[] = "{\"endpoint\":{\"authentication\":{\"basic\":{\"password\":\"b\",\"username\":\"a\"}},"
                                 "\"uri\":\"https://e.com\"},\"method\":\"get\"}";
  assert_string_equal(arguments(state, USE POLICY("{use: shop}")), expected);
  assert_string_equal(arguments(state, USE POLICY("shop")), expected);
  must_refuse(HEAD USE POLICY("{use: shap}"), "3:98: unknown authentication `shap`, did you mean `shop`?; expected a name under use.authentications");
  must_refuse(HEAD USE POLICY("{use: shop, basic: {}}"), "3:92: an authentication has `use` and more");
  must_refuse(HEAD "use: {authentications: {shop: {use: shop}}}\ndo: [{a: {wait: PT1S}}]\n", "2:31: an authentication policy has none of them");
  must_refuse(HEAD "use: {authentications: {shop: {basik: {use: s}}}}\ndo: [{a: {wait: PT1S}}]\n", "2:31: an authentication policy has none");
}

static void test_secrets_of_policies(void **state) {
  const struct wf_task *task = load_task(state, "use: {secrets: [shop]}\n" POLICY("{basic: {use: shop}}"));
  assert_string_equal(task->call.secrets[0], "shop");
  assert_null(task->call.secrets[1]);
  assert_null(load_task(state, HTTP(""))->call.secrets);
}

static void test_authorization_has_its_policy_by_itself(void **state) {
#define AUTH "{uri: 'https://e.com', authentication: {bearer: {token: '${ .t }'}}}"
  assert_non_null(load_task(state, ENDPOINT(AUTH ", body: '${ $authorization.parameter }'"))->call.authentication);
  assert_null(load_task(state, ENDPOINT(AUTH ", body: '${ . }'"))->call.authentication);
}

static void test_openapi_and_grpc(void **state) {
  load_task(state, "do: [{a: {call: openapi, with: {document: {name: d, endpoint: {uri: 'https://e.com', authentication: {bearer: {token: t}}}}, "
                   "operationId: o, parameters: {a: 1}, authentication: {bearer: {token: t}}, output: response, redirect: false}}}]\n");
  must_refuse(HEAD "do: [{a: {call: openapi, with: {document: {endpoint: 'https://e.com'}}}}]\n", "2:32: `operationId` is missing");
  must_refuse(HEAD "do: [{a: {call: openapi, with: {document: 'https://e.com', operationId: o}}}]\n", "2:43: an external resource is a text: expected an object");
#define GRPC(service) "do: [{a: {call: grpc, with: {proto: {endpoint: 'file://g.proto'}, method: M, service: " service ", arguments: {a: 1}}}}]\n"
  load_task(state, GRPC("{name: S, host: a.example.com, port: 5011, authentication: {basic: {use: s}}}"));
  load_task(state, GRPC("{name: S, host: '${ .host }'}"));
  must_refuse(HEAD GRPC("{name: S, host: a, port: 70000}"), "2:112: expected a whole number from 0 to 65535");
  must_refuse(HEAD GRPC("{name: S, host: a, port: '1'}"), "2:112: `port` is `1`: expected a whole number");
  must_refuse(HEAD GRPC("{name: S, host: '-a'}"), "2:103: `host` is `-a`: expected a host name");
}

static void test_asyncapi(void **state) {
  load_task(state, ASYNC("operation: o, server: {name: s, variables: {a: b}}, message: {payload: {x: 1}, headers: {a: b}}"));
  load_task(state, ASYNC("channel: c, protocol: ws, subscription: {consume: {amount: 5, for: {minutes: 1}}}, authentication: {basic: {use: s}}"));
  must_refuse(HEAD ASYNC("operation: o"), "2:33: an AsyncAPI call has none of them: expected exactly one of message or subscription");
  must_refuse(HEAD ASYNC("operation: o, channel: c, message: {}"), "2:33: has several of them: expected exactly one of operation or channel");
  must_refuse(HEAD ASYNC("operation: o, message: {}, protocol: wss"), "2:112: `protocol: wss`");
  must_refuse(HEAD ASYNC("operation: o, subscription: {}"), "2:103: `consume` is missing");
  must_refuse(HEAD ASYNC("operation: o, subscription: {consume: {amount: 1, until: '${ true }'}}"), "2:113: `consume` has several of them");
  must_refuse(HEAD ASYNC("operation: o, subscription: {consume: {amount: 1, for: 5}}"), "2:130: `for` is a number: expected a duration");
}

// They are evaluated where the messages are: their text goes there, with what it mentions.
static void test_expressions_over_messages_are_not_evaluated(void **state) {
  const struct wf_task *task = load_task(state, ASYNC("operation: o, subscription: {filter: '${ .id == $context.id }', consume: {while: '${ true }'}}"));
  assert_true(task->call.arguments->index >= 0);
  assert_int_equal(task->call.arguments->variable_count, 1);
  assert_string_equal(task->call.arguments->variables[0], "context");
  assert_string_equal(arguments(state, ASYNC("operation: o, subscription: {filter: '${ .id == 1 }', consume: {amount: 1}}")),
                      "{\"document\":{\"endpoint\":\"https://e.com/d\"},\"operation\":\"o\",\"subscription\":{\"consume\":{\"amount\":1},"
                      "\"filter\":\" .id == 1 \"}}");
  must_refuse(HEAD ASYNC("operation: o, subscription: {filter: '${ .id + }', consume: {amount: 1}}"), "2:112: jq refuses the expression");
}

static void test_agents(void **state) {
  load_task(state, "do: [{a: {call: a2a, with: {method: message/send, agentCard: {endpoint: 'https://e.com/c'}, parameters: {a: 1}}}}]\n");
  load_task(state, "do: [{a: {call: a2a, with: {method: tasks/get, server: 'https://e.com/{x}', parameters: '${ . }'}}}]\n");
  must_refuse(HEAD "do: [{a: {call: a2a, with: {method: tasks/get}}}]\n", "2:28: an A2A call has none of agentCard or server");
  must_refuse(HEAD "do: [{a: {call: a2a, with: {method: task/get, server: 'https://e.com'}}}]\n", "2:37: did you mean `tasks/get`?");
#define MCP(transport) "do: [{a: {call: mcp, with: {method: tools/call, parameters: {a: 1}, timeout: PT5S, transport: " transport "}}}]\n"
  load_task(state, MCP("{stdio: {command: npx, arguments: [a, b], environment: {A: b}}, options: {a: b}}, client: {name: n, version: 1}"));
  load_task(state, MCP("{http: {endpoint: {uri: 'https://e.com'}, headers: {a: b}}}, protocolVersion: '2025-06-18', more: {}"));
  must_refuse(HEAD MCP("{}"), "2:95: an MCP transport has none of them: expected exactly one of http or stdio");
  must_refuse(HEAD MCP("{stdio: {command: c}}, client: {name: n}"), "2:126: `version` is missing in an MCP client");
  must_refuse(HEAD MCP("{stdio: {command: c}}, protocolversion: '1'"), "2:118: unknown key `protocolversion` in an MCP call, did you mean `protocolVersion`?");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_everything_of_an_http_call),
      LOADED(test_wrong_keys_types_and_words),
      LOADED(test_short_forms_mean_the_long_ones),
      LOADED(test_parameters_may_be_a_bare_expression),
      LOADED(test_open_objects_warn),
      LOADED(test_endpoints),
      LOADED(test_templates_are_found),
      LOADED(test_policies),
      LOADED(test_policies_by_name),
      LOADED(test_secrets_of_policies),
      LOADED(test_authorization_has_its_policy_by_itself),
      LOADED(test_openapi_and_grpc),
      LOADED(test_asyncapi),
      LOADED(test_expressions_over_messages_are_not_evaluated),
      LOADED(test_agents),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
