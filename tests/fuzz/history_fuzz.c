// SPDX-License-Identifier: Apache-2.0
// Any bytes are a history: its events are refused, or fold to a run that stands in its
// definition or not, and on one that does everything can be decided.
//
// An event is six bytes: type; step; action; attempt; reference; how many facts follow
// (its low 3 bits). A fact is two bytes: which, and which of some values.
#include <string.h>

#include "base/arena.h"
#include "engine/facts.h"
#include "unit/engine/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { EVENTS_MAX = 40, EVENT_SIZE = 6 };

static const char DOCUMENT[] =
    "document: {dsl: '1.0.0', namespace: test, name: fuzz, version: '1.0.0'}\n"
    "timeout: {after: P1D}\n"
    "do:\n"
    "- one: {set: {a: 1}, export: {as: '${ {b: 1} }'}}\n"
    "- around:\n"
    "    timeout: {after: PT1H}\n"
    "    do:\n"
    "    - attempt:\n"
    "        try:\n"
    "        - ask: {call: f, with: {to: x}}\n"
    "        catch:\n"
    "          as: problem\n"
    "          retry: {delay: PT1M, limit: {attempt: {count: 1, duration: PT10M}}}\n"
    "          do:\n"
    "          - caught: {set: {a: '${ $problem.title }'}}\n"
    "- pause: {wait: PT1H}\n"
    "- choose: {switch: [{bad: {when: '${ .a }', then: stop}}, {good: {then: end}}]}\n"
    "- stop: {raise: {error: {type: 'https://x.org/no', status: 400, title: No}}}\n";

static const char *const references[] = {NULL,
                                         "/do/0/one",
                                         "/do/1/around",
                                         "/do/1/around/do/0/attempt",
                                         "/do/1/around/do/0/attempt/try/0/ask",
                                         "/do/1/around/do/0/attempt/catch/do/0/caught",
                                         "/do/2/pause",
                                         "/do/3/choose",
                                         "/do/4/stop",
                                         "/do/5/none"};

static const char *const facts[] = {
#define TEXT(name) #name,
#define COUNT TEXT
#define FLAG TEXT
#define INSTANT TEXT
#define SPAN TEXT
#define VALUE TEXT
    WF_FACTS(TEXT, COUNT, FLAG, INSTANT, SPAN, VALUE)
#undef TEXT
#undef COUNT
#undef FLAG
#undef INSTANT
#undef SPAN
#undef VALUE
};

static const char *const values[] = {"1", "2", "3", "4", "0", "-1", "1000000000", "null", "true", "false", "[]", "{}",
                                     "\"2026-01-05T10:00:00Z\"", "\"f\"", "\"call\"", "\"do\"", "\"raise\"", "\"set\"",
                                     "\"switch\"", "\"try\"", "\"wait\"", "\"exit\"", "\"end\"", "{\"id\":\"x\"}",
                                     "{\"type\":\"https://x.org/no\",\"status\":400,\"title\":\"No\"}",
                                     "[{\"timeout_timer\":5,\"timeout_at\":\"2026-01-05T10:00:00Z\"}]",
                                     "[{\"step\":2,\"timeout_timer\":6,\"timeout_at\":\"2026-01-05T10:00:00Z\"}]"};

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

static jv read_facts(const uint8_t **data, const uint8_t *end, unsigned wanted) {
  jv object = jv_object();
  for (; wanted && end - *data >= 2; wanted--, *data += 2)
    object = jv_object_set(object, jv_string(facts[(*data)[0] % COUNT_OF(facts)]),
                           jv_parse(values[(*data)[1] % COUNT_OF(values)]));
  return object;
}

static size_t read_events(const uint8_t *data, size_t size, struct wf_event events[EVENTS_MAX]) {
  const uint8_t *end = data + size;
  size_t count = 0;
  while (count < EVENTS_MAX && end - data >= EVENT_SIZE) {
    struct wf_event event = {.type = (enum wf_event_type)(data[0] % (WF_ACTION_LATE + 2)),
                             .level = data[0] & 128 ? WF_LEVEL_ERROR : WF_LEVEL_OK,
                             .seq = (int32_t)count + 1,
                             .step_no = (int8_t)data[1],
                             .action_no = (int8_t)data[2],
                             .attempt = (int8_t)data[3],
                             .at = (INT64_C(1767603600) + (int64_t)count) * USEC_PER_SEC,
                             .reference = references[data[4] % COUNT_OF(references)],
                             .reason_code = "why",
                             .summary = "because"};
    unsigned wanted = data[5] & 7;
    data += EVENT_SIZE;
    event.data = read_facts(&data, end, wanted);
    events[count++] = event;
  }
  return count;
}

static const struct wf_definition *definition(void) {
  static const struct wf_function functions[] = {{"f", "requests", USEC_PER_MIN, 0, WF_BY_WORKER, false}};
  static const struct wf_catalog catalog = {.functions = functions, .count = 1};
  static struct wf_definition *loaded;
  if (loaded) return loaded;
  struct arena *arena = arena_new();
  struct wf_problems problems;
  WF_ASSERT(wf_definition_load(DOCUMENT, sizeof DOCUMENT - 1, &catalog, arena, &loaded, &problems) == 0);
  arena_free(arena);
  return loaded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct wf_event events[EVENTS_MAX];
  size_t count = read_events(data, size, events);
  judge(definition(), events, count);
  for (size_t i = 0; i < count; i++) jv_free(events[i].data);
  return 0;
}
