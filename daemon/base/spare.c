// SPDX-License-Identifier: Apache-2.0
#include "base/spare.h"

#include <malloc.h>

bool spare_give_back(struct spare *spare, uint64_t work, usec_t now) {
  if (work != spare->work || spare->since == 0) *spare = (struct spare){.work = work, .since = now};
  if (spare->given || now - spare->since < SPARE_PAUSE) return false;
  malloc_trim(0);
  spare->given = true;
  return true;
}
