// SPDX-License-Identifier: Apache-2.0
#include "worker/functions.h"

#include <jv.h>
#include <stdio.h>
#include <string.h>

#define ERRORS_URI "https://workflowd.dev/errors/"

static const double SECONDS_MAX = 3600;

// FNV-1a, then MurmurHash3's finaliser, since names differ in their last digit only.
// Which leads answer must not change from release to release.
static uint32_t luck(const char *text, int round) {
  uint32_t hash = 2166136261u;
  for (const char *c = text; *c; c++) hash = (hash ^ (uint8_t)*c) * 16777619u;
  hash = (hash ^ (uint8_t)round) * 16777619u;
  hash = (hash ^ (hash >> 16)) * 0x85ebca6bu;
  hash = (hash ^ (hash >> 13)) * 0xc2b2ae35u;
  return hash ^ (hash >> 16);
}

struct work {
  const struct action_request *request;
  jv arguments; // an object
  struct arena *arena;
  usec_t takes;
};

static struct action_result refused(const char *title, const char *detail) {
  return (struct action_result){.error_type = TEXT(ERRORS_URI "bad-arguments"),
                                .error_status = 400,
                                .error_title = text_of(title),
                                .error_detail = text_of(detail)};
}

// A text argument, copied into the arena, or NULL.
static const char *text_argument(const struct work *work, const char *name) {
  jv value = jv_object_get(jv_copy(work->arguments), jv_string(name));
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(work->arena, jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

static double number_argument(const struct work *work, const char *name, double absent) {
  jv value = jv_object_get(jv_copy(work->arguments), jv_string(name));
  double number = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value) : absent;
  jv_free(value);
  return number;
}

static bool true_argument(const struct work *work, const char *name) {
  jv value = jv_object_get(jv_copy(work->arguments), jv_string(name));
  bool is_true = jv_get_kind(value) == JV_KIND_TRUE;
  jv_free(value);
  return is_true;
}

// Owns `object`.
static struct text json_text(jv object, struct arena *arena) {
  jv text = jv_dump_string(object, 0);
  const char *copy = arena_strdup(arena, jv_string_value(text));
  jv_free(text);
  return text_of(copy);
}

static struct action_result no_operation(struct work *work) {
  (void)work;
  return (struct action_result){.completed = true, .output = TEXT("{}"), .outcome = TEXT("done")};
}

static struct action_result provider_overloaded(void) {
  return (struct action_result){.error_type = TEXT(ERRORS_URI "provider-overloaded"),
                                .error_status = 503,
                                .error_title = TEXT("The voice provider is overloaded"),
                                .summary = TEXT("The call could not be placed"),
                                .detail_internal = TEXT("voice.example answered 503"),
                                .retryable = true};
}

static struct action_result call_lead(struct work *work) {
  const char *lead = text_argument(work, "lead");
  if (!lead) return refused("callLead needs a lead", "\"lead\" is missing or not a text");
  double asked = number_argument(work, "round", 1);
  int round = asked >= 1 && asked <= 100 ? (int)asked : 1;
  if (true_argument(work, "trouble") && work->request->attempt == 1 && luck(lead, 1000) % 7 == 0)
    return provider_overloaded();
  // Half answer at first, most the second time.
  uint32_t draw = luck(lead, round) % 10, answered = round == 1 ? 5 : 9;
  const char *outcome = draw < answered ? "answered" : draw % 2 ? "no_answer" : "busy";
  const char *call = arena_printf(work->arena, "call-%08x-%d", luck(lead, round), round);
  jv output = JV_OBJECT(jv_string("outcome"), jv_string(outcome), jv_string("call"), jv_string(call),
                        jv_string("round"), jv_number(round));
  return (struct action_result){.completed = true,
                                .output = json_text(output, work->arena),
                                .outcome = text_of(outcome),
                                .external_reference = text_of(call),
                                .summary = text_of(arena_printf(work->arena, "Call %d of %s: %s", round, lead, outcome))};
}

static const char *action_name(const struct work *work) {
  char id[ACTION_ID_TEXT_SIZE];
  return arena_strdup(work->arena, action_id_format(&work->request->action, id));
}

static struct action_result send_message(struct work *work) {
  const char *to = text_argument(work, "to"), *template = text_argument(work, "template");
  if (!to || !template) return refused("sendMessage needs to and template", "a text is missing");
  const char *channel = text_argument(work, "channel");
  // The action's id, not the attempt's: a provider that knows it sends only once.
  const char *message = arena_printf(work->arena, "message-%s", action_name(work));
  jv output = JV_OBJECT(jv_string("message"), jv_string(message), jv_string("channel"),
                        jv_string(channel ? channel : "email"));
  return (struct action_result){.completed = true,
                                .output = json_text(output, work->arena),
                                .outcome = TEXT("sent"),
                                .external_reference = text_of(message),
                                .summary = text_of(arena_printf(work->arena, "Sent %s to %s", template, to))};
}

static struct action_result card_expired(void) {
  return (struct action_result){.error_type = TEXT(ERRORS_URI "card-expired"),
                                .error_status = 402,
                                .error_title = TEXT("The card has expired"),
                                .summary = TEXT("Your card has expired")};
}

static struct action_result bank_timeout(void) {
  return (struct action_result){.error_type = TEXT(ERRORS_URI "bank-timeout"),
                                .error_status = 504,
                                .error_title = TEXT("The bank did not answer in time"),
                                .summary = TEXT("The payment could not be taken"),
                                .detail_internal = TEXT("bank.example: no answer"),
                                .retryable = true};
}

static struct action_result charge_card(struct work *work) {
  const char *customer = text_argument(work, "customer");
  double amount = number_argument(work, "amount", -1);
  if (!customer || amount < 0) return refused("chargeCard needs customer and amount", "one is missing or wrong");
  if (luck(customer, 0) % 10 == 0) return card_expired();
  if (work->request->attempt == 1) return bank_timeout();
  const char *charge = arena_printf(work->arena, "charge-%s", action_name(work));
  jv output = JV_OBJECT(jv_string("charge"), jv_string(charge), jv_string("amount"), jv_number(amount));
  return (struct action_result){.completed = true,
                                .output = json_text(output, work->arena),
                                .outcome = TEXT("charged"),
                                .external_reference = text_of(charge)};
}

static struct action_result transcribe_call(struct work *work) {
  const char *call = text_argument(work, "call");
  double seconds = number_argument(work, "seconds", 3);
  if (!call || seconds < 0 || seconds > SECONDS_MAX)
    return refused("transcribeCall needs a call", "\"call\" is missing, or \"seconds\" is not 0 to 3600");
  work->takes = (usec_t)(seconds * (double)USEC_PER_SEC);
  jv output = JV_OBJECT(jv_string("call"), jv_string(call), jv_string("text"), jv_string("Hello?"));
  return (struct action_result){
      .completed = true, .output = json_text(output, work->arena), .outcome = TEXT("transcribed")};
}

typedef struct action_result function_body(struct work *work);

static const struct {
  const char *name;
  function_body *body;
} FUNCTIONS[] = {{"noop", no_operation},        {"callLead", call_lead},
                 {"sendMessage", send_message}, {"chargeCard", charge_card},
                 {"transcribeCall", transcribe_call}};

static function_body *find_function(const char *name) {
  for (size_t i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    if (strcmp(FUNCTIONS[i].name, name) == 0) return FUNCTIONS[i].body;
  }
  return NULL;
}

static struct action_result unknown_function(const char *name, struct arena *arena) {
  return (struct action_result){
      .error_type = TEXT(ERRORS_URI "unknown-function"),
      .error_status = 404,
      .error_title = TEXT("Unknown function"),
      .error_detail = text_of(arena_printf(arena, "this worker has no function \"%s\"", name))};
}

struct action_result work_do(const struct action_request *request, struct arena *arena, usec_t *ret_takes) {
  function_body *body = find_function(request->function);
  struct work work = {.request = request, .arena = arena};
  work.arguments = request->arguments.size ? jv_parse_sized(request->arguments.data, (int)request->arguments.size)
                                           : jv_object();
  struct action_result result = !body ? unknown_function(request->function, arena)
                                : jv_get_kind(work.arguments) == JV_KIND_OBJECT
                                    ? body(&work)
                                    : refused("Arguments are no JSON object", "expected an object");
  jv_free(work.arguments);
  result.action = request->action;
  result.attempt = request->attempt;
  *ret_takes = work.takes;
  return result;
}
