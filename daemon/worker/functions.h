// SPDX-License-Identifier: Apache-2.0
// What the example worker can do. Nothing leaves this process: it pretends, and the
// same arguments always give the same outcome, so that a demonstration and a test can
// be told what to expect. In a worker of your own, this file is the part you replace.
//
//   noop             does nothing, at once; for measuring
//   callLead         a voice call: answered, no_answer or busy, by lead and round;
//                    {"lead": text, "round": number = 1, "trouble": bool = false}. With
//                    trouble, the provider is overloaded at the first try of one lead
//                    in seven (fails with 503, may be retried)
//   sendMessage      {"to": text, "template": text, "channel": text = "email"}: sent
//   chargeCard       {"customer": text, "amount": number}: the first try times out at
//                    the bank (504, may be retried); one customer in ten has an expired
//                    card (402, must not be retried)
//   transcribeCall   {"call": text, "seconds": number = 3}: takes its time, with
//                    heartbeats, and stops when it is recalled
#pragma once

#include "base/arena.h"
#include "base/clock.h"
#include "job/message.h"

// Always gives a result, whose texts are static or in the arena given: an unknown
// function and wrong arguments are failures that must not be retried. *ret_takes is how
// long the work lasts; the result is due after it.
struct action_result work_do(const struct action_request *request, struct arena *arena, usec_t *ret_takes);
