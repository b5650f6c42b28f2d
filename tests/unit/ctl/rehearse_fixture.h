// SPDX-License-Identifier: Apache-2.0
// A rehearsal of texts: a definition's tasks, answers, an input.
#pragma once

#include <string.h>

#include "base/xalloc.h"
#include "ctl/rehearse_world.h"

#define HEAD "document: {dsl: '1.0.3', namespace: test, name: one, version: '1.0.0'}\n"
#define REHEARSE_START INT64_C(1767603600000000) // 2026-01-05T09:00:00Z

static const struct wf_function fixture_functions[] = {{.name = "callLead", .topic = "t", .timeout = USEC_PER_MIN},
                                                       {.name = "sendSms", .topic = "t", .timeout = USEC_PER_MIN}};
static const struct wf_catalog fixture_catalog = {.functions = fixture_functions, .count = 2};

static inline struct rehearse_source source_of(const char *text, struct arena *arena) {
  struct rehearse_source source = {.path = "test.yaml", .problems = {.arena = arena}};
  if (wf_yaml_read(text, strlen(text), REHEARSE_SOURCE_MAX, REHEARSE_SOURCE_DEPTH, arena, &source.problems, &source.root) < 0)
    source.root = NULL;
  return source;
}

struct fixture {
  struct arena *arena;
  struct wf_definition *definition;
  struct rehearse_source source;
  struct rehearse_answers *answers;
  struct rehearse_world_config config;
  struct rehearse_record record;
  enum rehearse_end end;
};

// Fails the test when the definition does not load. `answers` NULL = none.
static inline void fixture_begin(struct fixture *fixture, const char *document, const char *answers) {
  *fixture = (struct fixture){.arena = arena_new()};
  struct wf_problems problems;
  assert_int_equal(wf_definition_load(document, strlen(document), &fixture_catalog, fixture->arena, &fixture->definition, &problems), 0);
  if (answers) {
    fixture->source = source_of(answers, fixture->arena);
    assert_non_null(fixture->source.root);
    fixture->answers = rehearse_answers_read(&fixture->source, fixture->arena);
    assert_int_equal(fixture->source.problems.count, 0);
  }
  fixture->config = (struct rehearse_world_config){.bounds = {.steps_max = 1000, .value_bytes_max = 65536},
                                                   .answers = fixture->answers,
                                                   .start = REHEARSE_START,
                                                   .seed = 1,
                                                   .cancel_after = USEC_NEVER,
                                                   .definitions = (const struct wf_definition *const *)&fixture->definition,
                                                   .definition_count = 1};
  rehearse_record_begin(&fixture->record, REHEARSE_START);
}

static inline void fixture_play(struct fixture *fixture, const char *input) {
  jv value = input ? jv_parse(input) : jv_invalid();
  fixture->end = rehearse_world_play(&fixture->config, value, &fixture->record);
  jv_free(value);
}

static inline void fixture_end(struct fixture *fixture) {
  rehearse_record_clear(&fixture->record);
  rehearse_answers_free(fixture->answers);
  wf_definition_free(fixture->definition);
  arena_free(fixture->arena);
}

static inline void rehearse_text(struct fixture *fixture, const char *document, const char *answers, const char *input) {
  fixture_begin(fixture, document, answers);
  fixture_play(fixture, input);
}
