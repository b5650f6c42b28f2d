// SPDX-License-Identifier: Apache-2.0
// Any text that the classifier calls safe, and that jq compiles, runs in this process
// on any of some inputs: soon, and without aborting. And any text that the reader
// passes can be compiled, or is refused, without aborting.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "engine/expression.h"
#include "engine/jq_source.h"
#include "engine/jsonb.h"
#include "engine/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const INPUTS[] = {
    "null",
    "true",
    "-1.5",
    "12345678901234567890",
    "\"text \\\"quoted\\\" \\u0007\"",
    "[]",
    "[1,[2,\"a\"],{\"a\":null}]",
    "{\"a\":1,\"b\":{\"a\":\"x\",\"c\":[true]},\"name\":\"Ann\",\"id\":1e300}",
};

static void run(jq_state *jq) {
  for (size_t i = 0; i < sizeof INPUTS / sizeof *INPUTS; i++) {
    jv value;
    char *error;
    jv vars = jv_object_set(jv_object(), jv_string("now"), jv_number(1e9));
    vars = jv_object_set(vars, jv_string("context"), jv_parse(INPUTS[i]));
    if (wf_jq_run(jq, 0, jv_parse(INPUTS[i]), vars, &value, &error) == 0) {
      wf_jsonb_objection(value);
      jv_free(value);
    } else {
      free(error);
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  char *source = arena_strndup(arena, (const char *)data, size);
  struct wf_jq_source read;
  const char *problem;
  bool safe = wf_expression_is_inline_safe(source);
  if (wf_jq_source_read(source, arena, &read, &problem) == 0) {
    char *error;
    jq_state *jq = wf_jq_compile(arena_printf(arena,
                                              ". as [$__i, $__dot, $__vars] | def now: $__vars.now; "
                                              "$__vars.context as $context | $__dot | (%s\n)",
                                              source),
                                 &error);
    if (jq && safe) run(jq);
    if (jq)
      jq_teardown(&jq);
    else
      free(error);
  }
  arena_free(arena);
  return 0;
}
