// SPDX-License-Identifier: Apache-2.0
// What stands in for the outside world when a workflow is rehearsed: a YAML document that
// maps the reference of a task, the name of a task, or the name of a function to its answer,
// or to a list of answers that are given one after the other; the last is given again and
// again.
//
//   callLead:
//     - error: {status: 503}                 # fails; type, title, detail, retryable, retryAfter
//     - error: timeout                       # one of them alone: a type, a status or a title
//     - never: true                          # stays silent until the deadline
//     - {output: {answered: true}, delay: 40s, outcome: answered, externalReference: c-1, summary: …}
//   /do/2/sendSms: {output: {}}
//
// The most exact key wins: reference, then name of the task, then function.
#pragma once

#include "ctl/arguments.h"
#include "ctl/rehearse_source.h"
#include "engine/decide.h"

struct rehearse_answer {
  bool never;              // no answer comes
  usec_t delay;            // virtual, after the request
  struct wf_result result; // without numbers of action and attempt; borrowed from the answers
};

struct rehearse_answers;

// Reads the document; what is wrong becomes a problem of the source. The answers live in the
// arena but for what rehearse_answers_free() ends.
struct rehearse_answers *rehearse_answers_read(struct rehearse_source *source, struct arena *arena);
void rehearse_answers_free(struct rehearse_answers *answers); // takes NULL

// The keys that stand in the document, in its order.
size_t rehearse_answers_count(const struct rehearse_answers *answers);
const char *rehearse_answers_key(const struct rehearse_answers *answers, size_t index);

// Keys that name nothing in these definitions, and no function among `called`, become warnings
// of the source, with the near miss: answers may be for several workflows.
void rehearse_answers_check(const struct rehearse_answers *answers, struct rehearse_source *source,
                            const struct wf_definition *const *definitions, size_t count,
                            const struct argument_list *called);

// The next answer for an action, NULL when there is none. `answers` and `function` may be NULL.
const struct rehearse_answer *rehearse_answers_take(struct rehearse_answers *answers, const char *reference,
                                                    const char *name, const char *function);
