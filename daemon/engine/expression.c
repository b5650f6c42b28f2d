// SPDX-License-Identifier: Apache-2.0
#include "engine/expression.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "engine/definition_model.h"
#include "engine/jsonb.h"

enum { SOURCE_SHOWN = 200, REASON_SHOWN = 500 };

// Only what the expression mentions: the rest would be copied for nothing.
static jv select_variables(const struct wf_expr *expr, jv vars) {
  jv selected = jv_object();
  for (int i = 0; i < expr->variable_count; i++) {
    jv name = jv_string(expr->variables[i]);
    jv value = jv_object_get(jv_copy(vars), jv_copy(name));
    if (!jv_is_valid(value)) {
      jv_free(value);
      value = jv_null();
    }
    selected = jv_object_set(selected, name, value);
  }
  jv_free(vars);
  return selected;
}

// At most so many bytes, and no half character.
static int shown(const char *text, size_t max) {
  size_t size = strnlen(text, max + 1);
  if (size <= max) return (int)size;
  for (size = max; size && ((unsigned char)text[size] & 0xc0) == 0x80;) size--;
  return (int)size;
}

static char *explain(const struct wf_expr *expr, const char *reason) {
  int size = shown(reason, REASON_SHOWN);
  if (!expr->source) return xasprintf("an expression of the value failed: %.*s", size, reason);
  return xasprintf("expression `%.*s` failed: %.*s", shown(expr->source, SOURCE_SHOWN), expr->source, size, reason);
}

struct wf_expr_program wf_expr_program(const struct wf_definition *definition, const struct wf_expr *expr) {
  const struct wf_program_chunk *chunk = &definition->program.chunks[expr->index / WF_PROGRAM_CHUNK];
  return (struct wf_expr_program){chunk->text, chunk->hash, expr->index % WF_PROGRAM_CHUNK};
}

static int run(const struct wf_definition *definition, const struct wf_expr *expr, const struct wf_evaluator *evaluator,
               jv dot, jv vars, jv *ret_value, char **ret_error) {
  if (expr->inline_safe) {
    jq_state *jq = definition->program.chunks[expr->index / WF_PROGRAM_CHUNK].jq;
    return wf_jq_run(jq, expr->index % WF_PROGRAM_CHUNK, dot, vars, ret_value, ret_error);
  }
  vars = select_variables(expr, vars);
  if (evaluator) return evaluator->evaluate(evaluator->context, definition, expr, dot, vars, ret_value, ret_error);
  jv_free(dot);
  jv_free(vars);
  *ret_error = xstrdup("there is no evaluator for it here");
  return -WF_EEXPRESSION;
}

int wf_expr_evaluate(const struct wf_definition *definition, const struct wf_expr *expr,
                     const struct wf_evaluator *evaluator, jv dot, jv vars, jv *ret_value, char **ret_error) {
  if (expr->index < 0) {
    jv_free(dot);
    jv_free(vars);
    *ret_value = jv_copy(expr->constant);
    return 0;
  }
  jv value;
  char *error = NULL;
  if (run(definition, expr, evaluator, dot, vars, &value, &error) == 0) {
    const char *objection = wf_jsonb_objection(value);
    if (!objection) {
      *ret_value = value;
      return 0;
    }
    jv_free(value);
    error = xasprintf("the result %s", objection);
  }
  *ret_error = explain(expr, error);
  free(error);
  return -WF_EEXPRESSION;
}
