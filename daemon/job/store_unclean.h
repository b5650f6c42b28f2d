// SPDX-License-Identifier: Apache-2.0
// What is asked of the database (store.h) after unclean ends: see job/caution.h.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Which input is tried next, in a transaction of its own; STORE_FENCED as a commit's.
struct store_announce {
  int home;
  int64_t epoch, batch_no; // of the batch that takes it in
  const char *instance;
  const char *input; // kind and position, the same whoever tries it
};

struct store_announce_reply {
  int deaths; // other instances that announced the same input and ended without that batch
};

// The owner is well: unclean ends before it no longer count. Or it gives the homes back,
// and its own end will not count. Those that have another owner by now stay as they are.
struct store_settle {
  const int *homes;
  const int64_t *epochs;
  size_t home_count;
  const char *instance;
  bool gives_back;
};
