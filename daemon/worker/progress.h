// SPDX-License-Identifier: Apache-2.0
// Up to where each partition of requests is done. Work may end in any order; an offset
// may be committed only when everything before it is answered, so that a worker that
// dies is given the rest again.
#pragma once

#include <stdint.h>

struct progress;
struct progress_item; // one record that has been taken

struct progress *progress_new(void);
// Frees the open items too. Takes NULL.
void progress_free(struct progress *progress);

// A record was taken. Offsets of a partition ascend; one that does not (the partition
// was away and came back) starts it anew, and what was open before no longer counts.
struct progress_item *progress_begin(struct progress *progress, int32_t partition, int64_t offset);

// It is answered; the item is gone.
void progress_end(struct progress *progress, struct progress_item *item);

// Calls `store` for each partition whose position moved since the last call, with the
// offset to go on from.
void progress_report(struct progress *progress, void (*store)(int32_t partition, int64_t next_offset, void *context),
                     void *context);
