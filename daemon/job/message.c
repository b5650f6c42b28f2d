// SPDX-License-Identifier: Apache-2.0
#include "job/message.h"

#include <stdio.h>

#include "base/error.h"

const char *source_kind_name(enum source_kind kind) {
  switch (kind) {
  case SOURCE_API: return "api";
  case SOURCE_AUDIENCE: return "audience";
  case SOURCE_SCHEDULE: return "schedule";
  case SOURCE_BROADCAST: return "broadcast";
  case SOURCE_WORKFLOW_STEP: return "workflow_step";
  case SOURCE_INTEGRATION: return "integration";
  case SOURCE_REHEARSAL: return "rehearsal";
  }
  WF_ASSERT(false && "source kind");
}

char *action_id_format(const struct action_id *id, char *out) {
  uuid_format(&id->run_id, out);
  snprintf(out + UUID_TEXT_SIZE - 1, ACTION_ID_TEXT_SIZE - (UUID_TEXT_SIZE - 1), ":%d", id->action_no);
  return out;
}

int action_id_parse(const char *data, size_t size, struct action_id *ret_id) {
  enum { UUID_LENGTH = UUID_TEXT_SIZE - 1 };
  struct action_id id;
  if (size < UUID_LENGTH + 2 || data[UUID_LENGTH] != ':') return -WF_EINVAL;
  if (uuid_parse(data, UUID_LENGTH, &id.run_id) < 0) return -WF_EINVAL;
  if (data[UUID_LENGTH + 1] == '0') return -WF_EINVAL; // one number has one spelling
  int64_t number = 0;
  for (size_t i = UUID_LENGTH + 1; i < size; i++) {
    if (data[i] < '0' || data[i] > '9') return -WF_EINVAL;
    number = number * 10 + (data[i] - '0');
    if (number > INT32_MAX) return -WF_EINVAL;
  }
  id.action_no = (int32_t)number;
  *ret_id = id;
  return 0;
}
