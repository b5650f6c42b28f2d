// SPDX-License-Identifier: Apache-2.0
// What passes between the daemon and its evaluator, over a socket pair: frames of a
// fixed head and a payload. Both ends are the same binary.
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"

enum evaluator_frame_kind {
  EVALUATOR_READY = 1, // child: limits are set
  EVALUATOR_PROGRAM,   // payload: a program's text
  EVALUATOR_SCHEMA,    // payload: a JSON Schema, which counts as a program
  EVALUATOR_LOADED,    // child: it compiled
  EVALUATOR_EVALUATE,  // payload: JSON [dot, vars]
  EVALUATOR_VALIDATE,  // payload: the JSON value
  EVALUATOR_UNKNOWN,   // child: no such program here, send it
  EVALUATOR_VALUE,     // child: the result as JSON; it is valid
  EVALUATOR_ERROR,     // child: why there is none
};

struct evaluator_frame {
  enum evaluator_frame_kind kind;
  uint64_t program; // hash
  int32_t index;    // of the expression
  struct buf payload;
};

enum { EVALUATOR_PAYLOAD_MAX = 256 << 20 };

// Each works until `deadline` on the boot clock (USEC_NEVER = no end) and returns 0,
// -WF_EDOWN when the other side is gone, or -WF_EIO when the time is over or the frame
// is none. Receiving replaces the payload; awaiting ends as soon as there is anything to
// receive, be it the end.
int evaluator_send(int fd, enum evaluator_frame_kind kind, uint64_t program, int32_t index, const void *payload,
                   size_t size, usec_t deadline);
int evaluator_await(int fd, usec_t deadline);
int evaluator_receive(int fd, struct evaluator_frame *frame, usec_t deadline);
