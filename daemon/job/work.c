// SPDX-License-Identifier: Apache-2.0
#include "job/work.h"

bool work_run(const struct work *work, struct uuid *ret_run_id) {
  switch (work->kind) {
  case WORK_RESULT: *ret_run_id = work->result.action.run_id; return true;
  case WORK_EVENT: *ret_run_id = work->item->run_id; return true;
  case WORK_TIMER: *ret_run_id = work->item->timer.run_id; return true;
  case WORK_COMMAND: *ret_run_id = work->command.run_id; return work->command.has_run_id;
  case WORK_ORDER: *ret_run_id = work->item->order.run_id; return work->item->order.has_run_id;
  default: return false;
  }
}
