// SPDX-License-Identifier: Apache-2.0
// DialNexa: the history of a lead in a workflow. Both may be any text: the workflow its id
// or its key, the lead the enrolment's id or the recipient's.
#include "api/call.h"

int call_dialnexa(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  (void)ret_refusal;
  *ret_call = (struct call){STATEMENT_DIALNEXA, {input->parts[0], input->parts[1]}};
  return 0;
}
