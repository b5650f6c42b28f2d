// SPDX-License-Identifier: Apache-2.0
// Which inboxes a lane reads with every commit: those of the homes it took over, behind
// what each has acknowledged.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "io/pg_encode.h"
#include "job/store.h"

enum { PG_INBOX_BYTES = 16 << 20 }; // of one source's rows at a time; one row may be larger

struct pg_inbox_home {
  int home;
  int64_t *acks; // pairs (source home, position)
  size_t ack_count;
  // How far what the home has put off was read, one source each; 0 = not yet.
  int64_t put_off[STORE_PUT_OFF_STEPS];
};

struct pg_inbox {
  struct pg_inbox_home *homes;
  size_t home_count;
};

void pg_inbox_free(struct pg_inbox *inbox);
// The homes are those of this take-over from now on; the ones not taken (epoch 0) drop out.
void pg_inbox_taken(struct pg_inbox *inbox, const struct store_takeover_reply *reply);
// The acknowledgements of this commit are in.
void pg_inbox_committed(struct pg_inbox *inbox, const struct store_commit *commit);
// These rows were read. What was put off waits for long without being acknowledged: it is read
// once, and more of its source only when all of that has been taken.
void pg_inbox_read(struct pg_inbox *inbox, const struct store_commit_reply *reply);
// Parameters of PG_READ_INBOX as they hold once this commit is in. Returns how many
// homes there are; with 0 there is nothing to read.
size_t pg_inbox_put(const struct pg_inbox *inbox, const struct store_commit *commit, int row_limit,
                    struct pg_parameters *parameters);
// The same homes as parameters of PG_READ_COMMANDS.
size_t pg_inbox_put_homes(const struct pg_inbox *inbox, struct pg_parameters *parameters);
