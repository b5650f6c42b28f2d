// SPDX-License-Identifier: Apache-2.0
// The tables (dsl-reference.md; the schema where it says more).
#include <string.h>

#include "engine/form.h"

#define KEY(key, of, ...) {.name = key, .kind = of, __VA_ARGS__}
#define END {.name = NULL}
#define REQUIRED .is_required = true

// ---- authentication ---------------------------------------------------------------

static const char *const grants[] = {"authorization_code", "client_credentials", "password", "refresh_token",
                                     "urn:ietf:params:oauth:grant-type:token-exchange", NULL};
static const char *const client_methods[] = {"client_secret_basic", "client_secret_post", "client_secret_jwt",
                                             "private_key_jwt", "none", NULL};
static const char *const encodings[] = {"application/x-www-form-urlencoded", "application/json", NULL};

static const struct wf_form_key token_keys[] = {
    KEY("token", WF_FORM_WORD, REQUIRED),
    KEY("type", WF_FORM_TEXT, REQUIRED),
    END,
};
static const struct wf_form token = {.what = "a token", .keys = token_keys};
static const struct wf_form_key client_keys[] = {
    KEY("id", WF_FORM_WORD),
    KEY("secret", WF_FORM_WORD),
    KEY("assertion", WF_FORM_TEXT),
    KEY("authentication", WF_FORM_ENUM, .words = client_methods),
    END,
};
static const struct wf_form client = {.what = "an OAuth2 client", .keys = client_keys};
static const struct wf_form_key token_request_keys[] = {
    KEY("encoding", WF_FORM_ENUM, .words = encodings),
    END,
};
static const struct wf_form token_request = {.what = "an OAuth2 request", .keys = token_request_keys, .is_open = true};
static const struct wf_form_key token_endpoints_keys[] = {
    KEY("token", WF_FORM_PATH),
    KEY("revocation", WF_FORM_PATH),
    KEY("introspection", WF_FORM_PATH),
    END,
};
static const struct wf_form token_endpoints = {.what = "OAuth2 endpoints", .keys = token_endpoints_keys, .is_open = true};
#define OAUTH2_KEYS                                                                                                    \
  KEY("use", WF_FORM_SECRET), KEY("authority", WF_FORM_URI), KEY("grant", WF_FORM_GRANT, .words = grants),   \
      KEY("client", WF_FORM_FORM, .form = &client), KEY("request", WF_FORM_FORM, .form = &token_request),                    \
      KEY("issuers", WF_FORM_TEXTS), KEY("scopes", WF_FORM_TEXTS), KEY("audiences", WF_FORM_TEXTS),                             \
      KEY("username", WF_FORM_WORD), KEY("password", WF_FORM_WORD), KEY("subject", WF_FORM_FORM, .form = &token),                 \
      KEY("actor", WF_FORM_FORM, .form = &token)
static const struct wf_form_key credentials[] = {
    KEY("use", WF_FORM_SECRET), KEY("username", WF_FORM_WORD, REQUIRED), KEY("password", WF_FORM_WORD, REQUIRED), END};
static const struct wf_form basic = {.what = "`basic`", .keys = credentials, .alone = "use"};
static const struct wf_form digest = {.what = "`digest`", .keys = credentials, .alone = "use"};
static const struct wf_form_key bearer_keys[] = {
    KEY("use", WF_FORM_SECRET),
    KEY("token", WF_FORM_WORD, REQUIRED),
    END,
};
static const struct wf_form bearer = {.what = "`bearer`", .keys = bearer_keys, .alone = "use"};
// Of the specification it has no properties; these are what a call over HTTP takes.
static const struct wf_form_key certificate_keys[] = {
    KEY("use", WF_FORM_SECRET),
    KEY("certificate", WF_FORM_TEXT),
    KEY("key", WF_FORM_TEXT),
    KEY("passphrase", WF_FORM_WORD),
    END,
};
static const struct wf_form certificate = {.what = "`certificate`", .keys = certificate_keys, .is_open = true};
static const struct wf_form_key oauth2_keys[] = {
    OAUTH2_KEYS,
    KEY("endpoints", WF_FORM_FORM, .form = &token_endpoints),
    END,
};
static const struct wf_form oauth2 = {.what = "`oauth2`", .keys = oauth2_keys, .alone = "use"};
static const struct wf_form_key oidc_keys[] = {
    OAUTH2_KEYS,
    END,
};
static const struct wf_form oidc = {.what = "`oidc`", .keys = oidc_keys, .alone = "use"};

static const struct wf_form_key authentication_keys[] = {
    KEY("basic", WF_FORM_FORM, .form = &basic),
    KEY("bearer", WF_FORM_SHORT_FORM, .form = &bearer),
    KEY("certificate", WF_FORM_FORM, .form = &certificate),
    KEY("digest", WF_FORM_FORM, .form = &digest),
    KEY("oauth2", WF_FORM_FORM, .form = &oauth2),
    KEY("oidc", WF_FORM_FORM, .form = &oidc),
    END,
};
const struct wf_form wf_form_authentication = {.what = "an authentication policy", .keys = authentication_keys, .is_open = true, .one_of = {{"basic", "bearer", "certificate", "digest", "oauth2", "oidc"}}};

// ---- where things are ---------------------------------------------------------------

static const struct wf_form_key endpoint_keys[] = {
    KEY("uri", WF_FORM_URI, REQUIRED),
    KEY("authentication", WF_FORM_AUTHENTICATION),
    END,
};
const struct wf_form wf_form_endpoint = {.what = "an endpoint", .keys = endpoint_keys};
static const struct wf_form_key resource_keys[] = {
    KEY("name", WF_FORM_TEXT),
    KEY("endpoint", WF_FORM_URI_OR_FORM, REQUIRED, .form = &wf_form_endpoint),
    END,
};
static const struct wf_form resource = {.what = "an external resource", .keys = resource_keys};

// ---- calls ----------------------------------------------------------------------------

static const char *const outputs[] = {"raw", "content", "response", NULL};
static const struct wf_form_key http_keys[] = {
    KEY("method", WF_FORM_TEXT, REQUIRED),
    KEY("endpoint", WF_FORM_URI_OR_FORM, REQUIRED, .form = &wf_form_endpoint),
    KEY("headers", WF_FORM_WORDS_BY_NAME),
    KEY("body", WF_FORM_ANY),
    KEY("query", WF_FORM_VALUES_BY_NAME),
    KEY("output", WF_FORM_ENUM, .words = outputs),
    KEY("redirect", WF_FORM_FLAG),
    END,
};
static const struct wf_form http = {.what = "an HTTP call", .keys = http_keys, .alias = "uri", .alias_of = "endpoint"};
static const struct wf_form_key openapi_keys[] = {
    KEY("document", WF_FORM_FORM, REQUIRED, .form = &resource),
    KEY("operationId", WF_FORM_TEXT, REQUIRED),
    KEY("parameters", WF_FORM_TEXT_OR_OBJECT),
    KEY("authentication", WF_FORM_AUTHENTICATION),
    KEY("output", WF_FORM_ENUM, .words = outputs),
    KEY("redirect", WF_FORM_FLAG),
    END,
};
static const struct wf_form openapi = {.what = "an OpenAPI call", .keys = openapi_keys};

static const struct wf_form_key grpc_service_keys[] = {
    KEY("name", WF_FORM_TEXT, REQUIRED),
    KEY("host", WF_FORM_HOST, REQUIRED),
    KEY("port", WF_FORM_COUNT, .max = 65535),
    KEY("authentication", WF_FORM_AUTHENTICATION),
    END,
};
static const struct wf_form grpc_service = {.what = "a gRPC service", .keys = grpc_service_keys};
static const struct wf_form_key grpc_keys[] = {
    KEY("proto", WF_FORM_FORM, REQUIRED, .form = &resource),
    KEY("service", WF_FORM_FORM, REQUIRED, .form = &grpc_service),
    KEY("method", WF_FORM_TEXT, REQUIRED),
    KEY("arguments", WF_FORM_TEXT_OR_OBJECT),
    END,
};
static const struct wf_form grpc = {.what = "a gRPC call", .keys = grpc_keys};

static const char *const protocols[] = {"amqp", "amqp1", "anypointmq", "googlepubsub", "http",   "ibmmq", "jms",
                                        "kafka", "mercure", "mqtt",    "mqtt5",        "nats",   "pulsar", "redis",
                                        "sns",  "solace", "sqs",       "stomp",        "ws",     NULL};
static const struct wf_form_key server_keys[] = {
    KEY("name", WF_FORM_TEXT, REQUIRED),
    KEY("variables", WF_FORM_TEXT_OR_OBJECT),
    END,
};
static const struct wf_form server = {.what = "an AsyncAPI server", .keys = server_keys};
static const struct wf_form_key message_keys[] = {
    KEY("payload", WF_FORM_TEXT_OR_OBJECT),
    KEY("headers", WF_FORM_TEXT_OR_OBJECT),
    END,
};
static const struct wf_form message = {.what = "an AsyncAPI message", .keys = message_keys};
static const struct wf_form_key consume_keys[] = {
    KEY("amount", WF_FORM_COUNT, .max = 1000000000),
    KEY("for", WF_FORM_DURATION),
    KEY("while", WF_FORM_DEFERRED),
    KEY("until", WF_FORM_DEFERRED),
    END,
};
static const struct wf_form consume = {.what = "`consume`", .keys = consume_keys, .one_of = {{"amount", "while", "until"}}};
static const struct wf_form_key iterator_keys[] = {
    KEY("item", WF_FORM_TEXT),
    KEY("at", WF_FORM_TEXT),
    KEY("do", WF_FORM_TASKS),
    KEY("output", WF_FORM_TASKS),
    KEY("export", WF_FORM_TASKS),
    END,
};
static const struct wf_form iterator = {.what = "`foreach`", .keys = iterator_keys};
static const struct wf_form_key subscription_keys[] = {
    KEY("filter", WF_FORM_DEFERRED),
    KEY("consume", WF_FORM_FORM, REQUIRED, .form = &consume),
    KEY("foreach", WF_FORM_FORM, .form = &iterator),
    END,
};
static const struct wf_form subscription = {.what = "an AsyncAPI subscription", .keys = subscription_keys};
static const struct wf_form_key asyncapi_keys[] = {
    KEY("document", WF_FORM_FORM, REQUIRED, .form = &resource),
    KEY("channel", WF_FORM_TEXT),
    KEY("operation", WF_FORM_TEXT),
    KEY("server", WF_FORM_FORM, .form = &server),
    KEY("protocol", WF_FORM_ENUM, .words = protocols),
    KEY("message", WF_FORM_FORM, .form = &message),
    KEY("subscription", WF_FORM_FORM, .form = &subscription),
    KEY("authentication", WF_FORM_AUTHENTICATION),
    END,
};
static const struct wf_form asyncapi = {.what = "an AsyncAPI call", .keys = asyncapi_keys, .one_of = {{"operation", "channel"}, {"message", "subscription"}}};

static const char *const a2a_methods[] = {"message/send",
                                          "message/stream",
                                          "tasks/get",
                                          "tasks/list",
                                          "tasks/cancel",
                                          "tasks/resubscribe",
                                          "tasks/pushNotificationConfig/set",
                                          "tasks/pushNotificationConfig/get",
                                          "tasks/pushNotificationConfig/list",
                                          "tasks/pushNotificationConfig/delete",
                                          "agent/getAuthenticatedExtendedCard",
                                          NULL};
static const struct wf_form_key a2a_keys[] = {
    KEY("method", WF_FORM_ENUM, REQUIRED, .words = a2a_methods),
    KEY("agentCard", WF_FORM_FORM, .form = &resource),
    KEY("server", WF_FORM_URI_OR_FORM, .form = &wf_form_endpoint),
    KEY("parameters", WF_FORM_PARAMETERS),
    END,
};
static const struct wf_form a2a = {.what = "an A2A call", .keys = a2a_keys, .some = {"agentCard", "server"}};

static const char *const mcp_methods[] = {"tools/list",     "tools/call",     "prompts/list",
                                          "prompts/get",    "resources/list", "resources/read",
                                          "resources/templates/list", NULL};
static const struct wf_form_key mcp_http_keys[] = {
    KEY("endpoint", WF_FORM_URI_OR_FORM, REQUIRED, .form = &wf_form_endpoint),
    KEY("headers", WF_FORM_WORDS_BY_NAME),
    END,
};
static const struct wf_form mcp_http = {.what = "an HTTP transport", .keys = mcp_http_keys, .is_open = true};
static const struct wf_form_key mcp_stdio_keys[] = {
    KEY("command", WF_FORM_TEXT, REQUIRED),
    KEY("arguments", WF_FORM_TEXTS),
    KEY("environment", WF_FORM_WORDS_BY_NAME),
    END,
};
static const struct wf_form mcp_stdio = {.what = "a stdio transport", .keys = mcp_stdio_keys, .is_open = true};
static const struct wf_form_key mcp_transport_keys[] = {
    KEY("http", WF_FORM_FORM, .form = &mcp_http),
    KEY("stdio", WF_FORM_FORM, .form = &mcp_stdio),
    KEY("options", WF_FORM_WORDS_BY_NAME),
    END,
};
static const struct wf_form mcp_transport = {.what = "an MCP transport", .keys = mcp_transport_keys, .is_open = true, .one_of = {{"http", "stdio"}}};
static const struct wf_form_key mcp_client_keys[] = {
    KEY("name", WF_FORM_TEXT, REQUIRED),
    KEY("version", WF_FORM_WORD, REQUIRED),
    KEY("description", WF_FORM_TEXT),
    END,
};
static const struct wf_form mcp_client = {.what = "an MCP client", .keys = mcp_client_keys, .is_open = true};
static const struct wf_form_key mcp_keys[] = {
    KEY("protocolVersion", WF_FORM_TEXT, .otherwise = "2025-06-18"),
    KEY("method", WF_FORM_ENUM, REQUIRED, .words = mcp_methods),
    KEY("parameters", WF_FORM_PARAMETERS),
    KEY("timeout", WF_FORM_DURATION),
    KEY("transport", WF_FORM_FORM, REQUIRED, .form = &mcp_transport),
    KEY("client", WF_FORM_FORM, .form = &mcp_client),
    END,
};
static const struct wf_form mcp = {.what = "an MCP call", .keys = mcp_keys, .is_open = true};

// ---- processes ------------------------------------------------------------------------

static const char *const cleanups[] = {"always", "never", "eventually", NULL};
static const char *const pull_policies[] = {"ifNotPresent", "always", "never", NULL};
static const char *const returns[] = {"stdout", "stderr", "code", "all", "none", NULL};
static const struct wf_form_key lifetime_keys[] = {
    KEY("cleanup", WF_FORM_ENUM, REQUIRED, .words = cleanups),
    KEY("after", WF_FORM_DURATION),
    END,
};
static const struct wf_form lifetime = {.what = "a container's lifetime", .keys = lifetime_keys, .if_key = "after", .when_key = "cleanup", .when_word = "eventually"};
static const struct wf_form_key container_keys[] = {
    KEY("image", WF_FORM_TEXT, REQUIRED),
    KEY("name", WF_FORM_TEXT),
    KEY("command", WF_FORM_TEXT),
    KEY("ports", WF_FORM_TEXT_OR_OBJECT),
    KEY("volumes", WF_FORM_TEXT_OR_OBJECT),
    KEY("environment", WF_FORM_TEXT_OR_OBJECT),
    KEY("stdin", WF_FORM_SOURCE),
    KEY("arguments", WF_FORM_TEXTS),
    KEY("lifetime", WF_FORM_FORM, .form = &lifetime),
    KEY("pullPolicy", WF_FORM_ENUM, .words = pull_policies, .otherwise = "ifNotPresent"),
    END,
};
static const struct wf_form container = {.what = "a container", .keys = container_keys};
static const struct wf_form_key script_keys[] = {
    KEY("language", WF_FORM_TEXT, REQUIRED),
    KEY("code", WF_FORM_TEXT),
    KEY("source", WF_FORM_FORM, .form = &resource),
    KEY("stdin", WF_FORM_SOURCE),
    KEY("arguments", WF_FORM_TEXTS_OR_OBJECT),
    KEY("environment", WF_FORM_TEXT_OR_OBJECT),
    END,
};
static const struct wf_form script = {.what = "a script", .keys = script_keys, .one_of = {{"code", "source"}}};
static const struct wf_form_key shell_keys[] = {
    KEY("command", WF_FORM_TEXT, REQUIRED),
    KEY("stdin", WF_FORM_SOURCE),
    KEY("arguments", WF_FORM_TEXTS),
    KEY("environment", WF_FORM_TEXT_OR_OBJECT),
    END,
};
static const struct wf_form shell = {.what = "a shell command", .keys = shell_keys};

const struct wf_form_key wf_form_process_keys[] = {
    KEY("await", WF_FORM_FLAG), KEY("return", WF_FORM_ENUM, .words = returns), END};

const struct wf_form *wf_form_of(const char *function) {
  static const struct {
    const char *function;
    const struct wf_form *form;
  } all[] = {{"http", &http}, {"openapi", &openapi},     {"grpc", &grpc},     {"asyncapi", &asyncapi}, {"a2a", &a2a},
             {"mcp", &mcp},   {"container", &container}, {"script", &script}, {"shell", &shell}};
  for (size_t i = 0; i < sizeof all / sizeof *all; i++)
    if (strcmp(all[i].function, function) == 0) return all[i].form;
  return NULL;
}
