// SPDX-License-Identifier: Apache-2.0
// Retry policies.
#include <string.h>

#include "engine/load.h"

enum { ATTEMPTS_MAX = 1000000 };

// What an integer or number must be; writes it when it is.
static bool load_number(struct wf_loader *loader, const struct wf_yaml *node, const char *what, double least,
                        double most, bool whole, double *ret_number) {
  jv value = wf_load_json(loader, node);
  bool fits = jv_get_kind(value) == JV_KIND_NUMBER && (!whole || jv_is_integer(jv_copy(value))) &&
              jv_number_value(value) >= least && jv_number_value(value) <= most;
  if (fits)
    *ret_number = jv_number_value(value);
  else
    wf_problem_at(&loader->problems, node, "%s is %s: expected a %snumber from %.10g to %.10g", what,
                  jv_get_kind(value) == JV_KIND_NUMBER ? node->text : wf_yaml_describe(node), whole ? "whole " : "",
                  least, most);
  return fits;
}

static void load_linear(struct wf_loader *loader, const struct wf_yaml *node, struct wf_retry *retry) {
  static const struct wf_key KEYS[] = {{"increment", 0}, {NULL, 0}};
  retry->backoff = WF_BACKOFF_LINEAR;
  if (!wf_load_open_keys(loader, node, "`linear`", KEYS)) return;
  const struct wf_yaml *increment = wf_yaml_get(node, "increment");
  if (increment) retry->increment = wf_load_duration(loader, increment, WF_PLACE_TASK, "`increment`");
}

static void load_exponential(struct wf_loader *loader, const struct wf_yaml *node, struct wf_retry *retry) {
  static const struct wf_key KEYS[] = {{"factor", 0}, {NULL, 0}};
  retry->backoff = WF_BACKOFF_EXPONENTIAL;
  if (!wf_load_open_keys(loader, node, "`exponential`", KEYS)) return;
  const struct wf_yaml *factor = wf_yaml_get(node, "factor");
  if (factor) load_number(loader, factor, "`factor`", 1, 1000, false, &retry->factor);
}

static void load_backoff(struct wf_loader *loader, const struct wf_yaml *node, struct wf_retry *retry) {
  static const struct wf_key KEYS[] = {{"constant", 0}, {"linear", 0}, {"exponential", 0}, {NULL, 0}};
  static const struct wf_key NONE[] = {{NULL, 0}};
  if (!wf_load_keys(loader, node, "`backoff`", KEYS)) return;
  const struct wf_yaml *constant = wf_yaml_get(node, "constant"), *linear = wf_yaml_get(node, "linear");
  const struct wf_yaml *exponential = wf_yaml_get(node, "exponential");
  if (!!constant + !!linear + !!exponential != 1)
    wf_problem_at(&loader->problems, node, "`backoff` has %s: expected one of constant, linear, exponential",
                  constant || linear || exponential ? "several kinds" : "no kind");
  if (constant) wf_load_open_keys(loader, constant, "`constant`", NONE);
  if (linear) load_linear(loader, linear, retry);
  if (exponential) load_exponential(loader, exponential, retry);
}

static void load_limit(struct wf_loader *loader, const struct wf_yaml *node, struct wf_retry *retry) {
  static const struct wf_key KEYS[] = {{"attempt", 0}, {"duration", 0}, {NULL, 0}};
  static const struct wf_key ATTEMPT_KEYS[] = {{"count", 0}, {"duration", 0}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`limit`", KEYS)) return;
  const struct wf_yaml *attempt = wf_yaml_get(node, "attempt"), *duration = wf_yaml_get(node, "duration");
  if (duration) retry->duration_max = wf_load_duration(loader, duration, WF_PLACE_TASK, "`duration`");
  if (!attempt || !wf_load_keys(loader, attempt, "`attempt`", ATTEMPT_KEYS)) return;
  const struct wf_yaml *count = wf_yaml_get(attempt, "count");
  double number;
  if (count && load_number(loader, count, "`count`", 0, ATTEMPTS_MAX, true, &number)) retry->attempts_max = (int)number + 1;
  duration = wf_yaml_get(attempt, "duration");
  if (duration) retry->attempt_duration_max = wf_load_duration(loader, duration, WF_PLACE_TASK, "`duration`");
}

static void load_jitter(struct wf_loader *loader, const struct wf_yaml *node, struct wf_retry *retry) {
  static const struct wf_key KEYS[] = {{"from", WF_KEY_REQUIRED}, {"to", WF_KEY_REQUIRED}, {NULL, 0}};
  if (!wf_load_keys(loader, node, "`jitter`", KEYS)) return;
  const struct wf_yaml *from = wf_yaml_get(node, "from"), *to = wf_yaml_get(node, "to");
  if (!from || !to) return;
  retry->jitter_from = wf_load_duration(loader, from, WF_PLACE_TASK, "`from`");
  retry->jitter_to = wf_load_duration(loader, to, WF_PLACE_TASK, "`to`");
  if (!retry->jitter_from.expr && !retry->jitter_to.expr && wf_span_length(retry->jitter_from.constant, 0) > wf_span_length(retry->jitter_to.constant, 0))
    wf_problem_at(&loader->problems, node,
                  "`jitter` goes from the longer to the shorter: expected `from` not above `to`");
}

const struct wf_retry *wf_load_retry_policy(struct wf_loader *loader, const struct wf_yaml *node) {
  static const struct wf_key KEYS[] = {{"when", 0},  {"exceptWhen", 0}, {"delay", 0}, {"backoff", 0},
                                       {"limit", 0}, {"jitter", 0},     {NULL, 0}};
  struct wf_retry *retry = arena_alloc0(loader->definition->arena, sizeof *retry);
  retry->factor = 2;
  if (!wf_load_keys(loader, node, "a retry policy", KEYS)) return retry;
  const struct wf_yaml *part;
  if ((part = wf_yaml_get(node, "when"))) retry->when = wf_load_expression(loader, part, WF_PLACE_TASK, "`when`");
  if ((part = wf_yaml_get(node, "exceptWhen")))
    retry->except_when = wf_load_expression(loader, part, WF_PLACE_TASK, "`exceptWhen`");
  if ((part = wf_yaml_get(node, "delay"))) retry->delay = wf_load_duration(loader, part, WF_PLACE_TASK, "`delay`");
  if ((part = wf_yaml_get(node, "backoff"))) load_backoff(loader, part, retry);
  if ((part = wf_yaml_get(node, "limit"))) load_limit(loader, part, retry);
  if ((part = wf_yaml_get(node, "jitter"))) load_jitter(loader, part, retry);
  return retry;
}

const struct wf_retry *wf_load_retry(struct wf_loader *loader, const struct wf_yaml *node) {
  if (node->kind == WF_YAML_SCALAR) node = wf_load_component(loader, WF_USE_RETRIES, node);
  return node ? wf_load_retry_policy(loader, node) : NULL;
}
