// SPDX-License-Identifier: Apache-2.0
// TrueState: a session of an automation, and its cancel, which only an operator's key may.
// What is no UUID gives FastAPI's 422.
#include "api/call.h"
#include "api/format.h"

static int check_ids(const struct call_input *input, struct refusal *refusal) {
  static const char *const names[] = {"automation_id", "session_id"};
  for (int i = 0; i < 2; i++) {
    if (format_is_uuid(input->parts[i])) continue;
    *refusal = (struct refusal){REFUSAL_INVALID, names[i], "value is not a valid uuid"};
    return -WF_EINVAL;
  }
  return 0;
}

int call_truestate(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  if (check_ids(input, ret_refusal) < 0) return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_TRUESTATE, {input->parts[0], input->parts[1]}};
  return 0;
}

int call_truestate_cancel(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  *ret_refusal = (struct refusal){.kind = REFUSAL_FORBIDDEN};
  if (!input->is_operator || check_ids(input, ret_refusal) < 0) return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_TRUESTATE_CANCEL, {input->parts[0], input->parts[1], arena_printf(input->arena, "api-key %s", input->key_id)}};
  return 0;
}
