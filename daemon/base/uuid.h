// SPDX-License-Identifier: Apache-2.0
// Identifiers of triggers and runs: UUID version 7 (RFC 9562, section 5.7) whose
// fields carry what routes and orders them, so that nobody needs a look-up:
//
//   48 bits  milliseconds: the time of the trigger's record, or of the database when it was
//            accepted if that is more than 7 days later or 5 minutes earlier
//    4 bits  version
//   12 bits  home, the trigger partition the run belongs to for ever
//    2 bits  variant
//   32 bits  offset of the trigger's record, its low 32 bits
//   10 bits  which of the workflows that the record started; the highest: the trigger is a
//            slot of a schedule, whose number stands in place of the offset
//   20 bits  recipient, counted from 1; 0 is the trigger itself
//
// Unique by construction: one home has one writer, and one record one offset. All
// runs of a trigger are one range of keys, right behind the trigger's own.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/clock.h"

struct uuid {
  uint8_t bytes[16];
};

enum { UUID_TEXT_SIZE = 37, UUID_HOME_MAX = 4095, UUID_ORDINAL_MAX = 1023, UUID_ORDINAL_RECORD_MAX = 1014, UUID_RECIPIENT_MAX = (1 << 20) - 1 };

// Of the trigger that starts the index-th child in a batch of its home. Some ordinals below the
// highest are theirs, with the batch's number in place of the offset.
struct uuid uuid_of_child(usec_t at, unsigned home, uint32_t batch, uint32_t index);
struct uuid uuid_make(usec_t at, unsigned home, uint64_t offset, unsigned ordinal, unsigned recipient);
// Version 4, of random bits: none of the above, for what others want an identifier of.
struct uuid uuid_of_random(uint64_t high, uint64_t low);

unsigned uuid_home(const struct uuid *id);
// The time in it, microseconds with millisecond precision.
usec_t uuid_time(const struct uuid *id);
unsigned uuid_recipient(const struct uuid *id);
// The same trigger's run for another recipient; 0 gives the trigger's own id.
struct uuid uuid_with_recipient(const struct uuid *id, unsigned recipient);

// Lower-case canonical text; returns `out` (UUID_TEXT_SIZE bytes).
char *uuid_format(const struct uuid *id, char *out);
// Canonical text of any version and letter case. Returns 0, or -WF_EINVAL.
int uuid_parse(const char *data, size_t size, struct uuid *ret_id);

static inline bool uuid_equal(const struct uuid *a, const struct uuid *b) { return memcmp(a, b, sizeof *a) == 0; }
static inline int uuid_compare(const struct uuid *a, const struct uuid *b) { return memcmp(a, b, sizeof *a); }
