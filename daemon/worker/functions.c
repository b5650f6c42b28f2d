// SPDX-License-Identifier: Apache-2.0
#include "worker/functions.h"

#include <jv.h>
#include <stdio.h>
#include <string.h>

#define ERRORS_URI "https://workflowd.dev/errors/"

static const double SECONDS_MAX = 3600;

// FNV-1a: which leads answer must not change from release to release.
static uint32_t luck(const char *text, int round) {
  uint32_t hash = 2166136261u;
  for (const char *c = text; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619u;
  hash = (hash ^ (uint8_t)round) * 16777619u;
  return hash ^ (hash >> 15);
}

static struct work_result refused(const char *title, const char *detail) {
  return (struct work_result){.error_type = ERRORS_URI "bad-arguments", .error_status = 400, .error_title = title,
                              .error_detail = detail, .non_retryable = true};
}

// A text argument, copied into the arena, or NULL.
static const char *text_argument(jv arguments, const char *name, struct arena *arena) {
  jv value = jv_object_get(jv_copy(arguments), jv_string(name));
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(arena, jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

static double number_argument(jv arguments, const char *name, double absent) {
  jv value = jv_object_get(jv_copy(arguments), jv_string(name));
  double number = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value) : absent;
  jv_free(value);
  return number;
}

static bool true_argument(jv arguments, const char *name) {
  jv value = jv_object_get(jv_copy(arguments), jv_string(name));
  bool is_true = jv_get_kind(value) == JV_KIND_TRUE;
  jv_free(value);
  return is_true;
}

// Owns `object`.
static const char *json_text(jv object, struct arena *arena) {
  jv text = jv_dump_string(object, 0);
  const char *copy = arena_strdup(arena, jv_string_value(text));
  jv_free(text);
  return copy;
}

static struct work_result no_operation(const struct work_request *request, jv arguments, struct arena *arena) {
  (void)request, (void)arguments, (void)arena;
  return (struct work_result){.completed = true, .output = "{}", .outcome = "done"};
}

static struct work_result call_lead(const struct work_request *request, jv arguments, struct arena *arena) {
  const char *lead = text_argument(arguments, "lead", arena);
  if (!lead) return refused("callLead needs a lead", "\"lead\" is missing or not a text");
  double asked = number_argument(arguments, "round", 1);
  int round = asked >= 1 && asked <= 100 ? (int)asked : 1;
  if (true_argument(arguments, "trouble") && request->attempt == 1 && luck(lead, 1000) % 7 == 0)
    return (struct work_result){.error_type = ERRORS_URI "provider-overloaded", .error_status = 503,
                                .error_title = "The voice provider is overloaded", .summary = "The call could not be placed",
                                .detail_internal = "voice.example answered 503"};
  // Half answer at first, most the second time.
  uint32_t draw = luck(lead, round) % 10, answered = round == 1 ? 5 : 9;
  const char *outcome = draw < answered ? "answered" : draw % 2 ? "no_answer" : "busy";
  const char *call = arena_printf(arena, "call-%08x-%d", luck(lead, round), round);
  jv output = JV_OBJECT(jv_string("outcome"), jv_string(outcome), jv_string("call"), jv_string(call),
                        jv_string("round"), jv_number(round));
  return (struct work_result){.completed = true, .output = json_text(output, arena), .outcome = outcome,
                              .external_reference = call,
                              .summary = arena_printf(arena, "Call %d of %s: %s", round, lead, outcome)};
}

static struct work_result send_message(const struct work_request *request, jv arguments, struct arena *arena) {
  const char *to = text_argument(arguments, "to", arena), *template = text_argument(arguments, "template", arena);
  if (!to || !template) return refused("sendMessage needs to and template", "a text is missing");
  const char *channel = text_argument(arguments, "channel", arena);
  // The action's id, not the attempt's: a provider that knows it sends only once.
  const char *message = arena_printf(arena, "message-%s", request->action_id);
  jv output = JV_OBJECT(jv_string("message"), jv_string(message), jv_string("channel"),
                        jv_string(channel ? channel : "email"));
  return (struct work_result){.completed = true, .output = json_text(output, arena), .outcome = "sent",
                              .external_reference = message,
                              .summary = arena_printf(arena, "Sent %s to %s", template, to)};
}

static struct work_result charge_card(const struct work_request *request, jv arguments, struct arena *arena) {
  const char *customer = text_argument(arguments, "customer", arena);
  double amount = number_argument(arguments, "amount", -1);
  if (!customer || amount < 0) return refused("chargeCard needs customer and amount", "one is missing or wrong");
  if (luck(customer, 0) % 10 == 0)
    return (struct work_result){.error_type = ERRORS_URI "card-expired", .error_status = 402,
                                .error_title = "The card has expired", .summary = "Your card has expired",
                                .non_retryable = true};
  if (request->attempt == 1)
    return (struct work_result){.error_type = ERRORS_URI "bank-timeout", .error_status = 504,
                                .error_title = "The bank did not answer in time",
                                .summary = "The payment could not be taken", .detail_internal = "bank.example: no answer"};
  const char *charge = arena_printf(arena, "charge-%s", request->action_id);
  jv output = JV_OBJECT(jv_string("charge"), jv_string(charge), jv_string("amount"), jv_number(amount));
  return (struct work_result){.completed = true, .output = json_text(output, arena), .outcome = "charged",
                              .external_reference = charge};
}

static struct work_result transcribe_call(const struct work_request *request, jv arguments, struct arena *arena) {
  (void)request;
  const char *call = text_argument(arguments, "call", arena);
  double seconds = number_argument(arguments, "seconds", 3);
  if (!call || seconds < 0 || seconds > SECONDS_MAX)
    return refused("transcribeCall needs a call", "\"call\" is missing, or \"seconds\" is not 0 to 3600");
  jv output = JV_OBJECT(jv_string("call"), jv_string(call), jv_string("text"), jv_string("Hello?"));
  return (struct work_result){.completed = true, .takes = (usec_t)(seconds * (double)USEC_PER_SEC),
                              .output = json_text(output, arena), .outcome = "transcribed"};
}

static const struct {
  const char *name;
  bool reads_arguments;
  struct work_result (*run)(const struct work_request *request, jv arguments, struct arena *arena);
} FUNCTIONS[] = {
    {"noop", false, no_operation},      {"callLead", true, call_lead},
    {"sendMessage", true, send_message}, {"chargeCard", true, charge_card},
    {"transcribeCall", true, transcribe_call},
};

struct work_result work_do(const struct work_request *request, struct arena *arena) {
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    if (strcmp(FUNCTIONS[i].name, request->function) != 0) continue;
    if (!FUNCTIONS[i].reads_arguments) return FUNCTIONS[i].run(request, jv_null(), arena);
    jv arguments = request->arguments.size ? jv_parse_sized(request->arguments.data, (int)request->arguments.size)
                                           : jv_object();
    bool is_object = jv_get_kind(arguments) == JV_KIND_OBJECT;
    struct work_result result = is_object ? FUNCTIONS[i].run(request, arguments, arena)
                                          : refused("Arguments are no JSON object", "expected an object");
    jv_free(arguments);
    return result;
  }
  return (struct work_result){.error_type = ERRORS_URI "unknown-function", .error_status = 404,
                              .error_title = "Unknown function", .non_retryable = true,
                              .error_detail = arena_printf(arena, "this worker has no function \"%s\"", request->function)};
}
