// SPDX-License-Identifier: Apache-2.0
// A trigger event from the options of `workflowctl trigger`, as the record that is
// published; checked by the decoder that the daemon uses, so that what it would put into
// quarantine is refused here already.
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "ctl/arguments.h"

// As given; NULL = not. Everything is borrowed.
struct trigger_input {
  const char *workflow, *id, *type, *version, *tenant, *subject, *source, *actor, *key;
  const char *cancellation_key, *correlation_id, *traceparent;
  const char *data;                // JSON, @FILE, or - for standard input
  struct argument_list recipients; // ID or COLLECTION/ID
  bool rehearsal;                  // of that source kind
  const char *results;             // of it: JSON
};

struct trigger_bounds {
  size_t record_bytes, recipients;
};

// What is published. Lives in the arena given.
struct trigger_output {
  const char *id;   // made up when none was given
  const char *key;  // of the record: --key, else the cancellation key, else the first recipient, else NULL
  struct buf value; // protobuf; ended by the caller with buf_free()
};

// Says what is wrong. Returns EXIT_OK, EXIT_USAGE, or EXIT_FAILED when the data cannot be
// read.
int trigger_input_encode(const struct arguments *arguments, const struct trigger_input *input,
                         const struct trigger_bounds *bounds, struct arena *arena,
                         struct trigger_output *ret_output) WF_MUST_CHECK;
