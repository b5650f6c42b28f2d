// SPDX-License-Identifier: Apache-2.0
// Runtime expressions: jq (dsl-reference.md, "Runtime expressions") by libjq 1.6.
//
// The expressions of a definition are compiled into a few programs that dispatch on
// an index. Expressions made only of paths, literals, comparisons, `and or not //`,
// `if`, `+ -`, object and array building run in this process; every other one may
// abort or hang libjq and is handed to an evaluator outside it (`wf_evaluator`).
// `now` is the input's time; what reads anything but the expression's input and
// variables (`env`, `$ENV`, `input`, `debug`, `halt`, `import`, `localtime`, …) is
// refused when loading (jq_source.h).
//
// Strict mode: a text is an expression when the whole of it is `${ … }`; inside a text
// `${ … }` is replaced by what it gives, a text as it is, anything else as JSON. The keys
// that are expressions by definition (`if`, `when`, `exceptWhen`, and `from` and `as`
// when they are texts) may leave `${ }` out, as the specification's examples do.
// Loose mode: a text without `${` is an expression too; when it is none for jq, or its
// evaluation fails, the text itself is the value.
// An expression gives exactly one result; more than one, or none, is an error.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/definition.h"

// Evaluates outside the process what could take it down.
struct wf_evaluator {
  // As wf_expr_evaluate, for an expression that is not inline_safe. Takes dot and vars.
  int (*evaluate)(void *context, const struct wf_definition *definition, const struct wf_expr *expr, jv dot, jv vars,
                  jv *ret_value, char **ret_error);
  // Whether a value, which it takes, is valid by the schema: 0, or -WF_EINVAL and an owned
  // text that says why not, or why nobody can tell. A schema may take any time.
  int (*validate)(void *context, const struct wf_schema *schema, jv value, char **ret_problem);
  void *context;
};

// Evaluates `expr` with `dot` as `.` and `vars`, an object whose members are the
// variables ("context" is $context, …; "now" is the time in seconds for `now`).
// Takes dot and vars. On success returns 0 and an owned value, which jsonb accepts
// (no NUL in a string, no NaN). Otherwise -WF_EEXPRESSION and an owned text.
// More than one result, or none, is an error.
int wf_expr_evaluate(const struct wf_definition *definition, const struct wf_expr *expr, const struct wf_evaluator *evaluator,
                     jv dot, jv vars, jv *ret_value, char **ret_error);

// What an evaluator elsewhere needs to run an expression: the text of its program
// (engine/program.h), a number that tells programs apart, and its index in it.
struct wf_expr_program {
  const char *text;
  uint64_t hash;
  int index;
};

// Borrowed from the definition; only of expressions whose index is not -1.
struct wf_expr_program wf_expr_program(const struct wf_definition *definition, const struct wf_expr *expr);

// Whether `source` (without `${ }`) is of the subset that is safe in this process.
bool wf_expression_is_inline_safe(const char *source);
// For one that is: how many times the size of its inputs it makes at most, for the
// sum over the expressions of one value. Otherwise -1.
double wf_expression_inline_cost(const char *source);
