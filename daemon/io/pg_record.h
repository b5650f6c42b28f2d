// SPDX-License-Identifier: Apache-2.0
// Records kept whole, and references to recipients, as columns. Headers are a jsonb array
// of {name, value}, values in hexadecimal since they are bytes: they come back as they
// went in, except that a name which is not UTF-8 is made so.
#pragma once

#include <jv.h>
#include <libpq-fe.h>

#include "base/arena.h"
#include "base/buf.h"
#include "job/message.h"

void pg_record_put_headers(struct buf *to, const struct record *record);

// The columns topic, partition, offset, timestamp, key, value, headers from `column` on.
// Copied into the arena.
struct record pg_record_get(const PGresult *result, int row, int column, struct arena *arena);

// A plain id is a text, else {collection, id}; without an id it is invalid. Owned by the
// caller.
jv pg_record_reference(const struct recipient_ref *ref);
// An array of such, or null when there are none.
void pg_record_put_references(struct buf *to, const struct recipient_ref *refs, size_t count);
// Back from the array; null = none. Copied into the arena.
const struct recipient_ref *pg_record_get_references(const PGresult *result, int row, int column, struct arena *arena,
                                                     size_t *ret_count);
