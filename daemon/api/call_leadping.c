// SPDX-License-Identifier: Apache-2.0
// Leadping: the workflow status of a lead. The lead's id may be any text.
#include "api/call.h"

int call_leadping(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  (void)ret_refusal;
  *ret_call = (struct call){STATEMENT_LEADPING, {input->parts[0], input->is_operator ? "true" : "false"}};
  return 0;
}
