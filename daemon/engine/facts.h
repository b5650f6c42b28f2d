// SPDX-License-Identifier: Apache-2.0
// What an event says beyond its columns: the members of its `data`, by name and kind.
// A fact that is absent is not written; a value that the fold already knows (the raw
// output of a call that action.completed recorded, an input that is the previous
// task's output) is absent by design, so that nothing is stored twice.
#pragma once

#include <jv.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/error.h"

// TEXT: JSON string. COUNT: number, absent = 0. FLAG: true or absent. INSTANT: RFC 3339
// text, absent = 0. SPAN: seconds as a number, absent = 0. VALUE: any JSON value.
#define WF_FACTS(TEXT, COUNT, FLAG, INSTANT, SPAN, VALUE)                                                              \
  TEXT(kind)               /* step: "call" "set" … */                                                                \
  TEXT(title)              /* step */                                                                                  \
  TEXT(function)           /* action */                                                                                \
  TEXT(outcome)            /* the worker's word */                                                                     \
  TEXT(external_reference) /* the worker's id of the thing it did */                                                   \
  TEXT(actor)              /* who gave a command */                                                                    \
  TEXT(branch)             /* switch: name of the case taken; fork: of the branch that decided it */                  \
  TEXT(then)               /* where it goes on when not at the next task: "exit", "end", name */                       \
  TEXT(event_id)           /* of an event that came: its attributes */                                                 \
  TEXT(event_source)                                                                                                   \
  TEXT(event_type)                                                                                                     \
  COUNT(filter)            /* matched: the filter's place, from 1 */                                                   \
  COUNT(bytes)             /* matched: how much it adds to what is kept */                                             \
  COUNT(next)              /* with a name in `then`: index of that task */                                             \
  COUNT(parent)            /* step around this one */                                                                  \
  COUNT(index)             /* of a fork's branch, or of a loop's turn, from 0; yield: a scope's branch, from 1 */      \
  COUNT(branches)          /* fork: how many */                                                                        \
  COUNT(visit)             /* how often this task was entered, when not the first time */                              \
  COUNT(max_attempts)      /* allowed tries */                                                                         \
  COUNT(timer)             /* timer of a wait, a backoff, a deadline, a yield */                                       \
  COUNT(timeout_timer)     /* guard of a `timeout` */                                                                  \
  COUNT(attempt_timer)     /* guard of limit.attempt.duration */                                                       \
  COUNT(failed_step)       /* retry: the step whose error is retried */                                                \
  COUNT(step)              /* guards: whose; yield: with `index`, the scope that has its turn next */                  \
  FLAG(aside)              /* a list of an extension: it gives what it took, not what its list gave */                 \
  FLAG(final)              /* failure: no retry policy applies */                                                      \
  FLAG(last)               /* matched: no more events are wanted; listening: none ever */                              \
  FLAG(renews)             /* matched: what was heard long before is forgotten (heard.h) */                            \
  FLAG(until_event)        /* matched: a filter of `until` */                                                          \
  FLAG(endless)            /* listening: what is heard is not kept */                                                  \
  FLAG(foreach)            /* listening: each event has tasks of its own */                                            \
  FLAG(unprepared)         /* started: its condition, input or a guard failed; nothing inside begins */                \
  FLAG(sandbox)            /* run.created: no worker is asked */                                                       \
  FLAG(skip_delays)        /* run.created: waits take no time */                                                       \
  INSTANT(due_at)          /* of `timer`; step.completed: of a wait that took no time */                               \
  INSTANT(deadline_at)     /* of an action's attempt; `timer` guards it */                                             \
  INSTANT(timeout_at)      /* of `timeout_timer` */                                                                    \
  INSTANT(attempt_due_at)  /* of `attempt_timer` */                                                                    \
  SPAN(delay)              /* retry: backoff without jitter */                                                         \
  SPAN(jitter)             /* retry: what was drawn */                                                                 \
  SPAN(retry_after)        /* failure: the least delay the worker asked for */                                         \
  VALUE(recipient)         /* run.created: {collection, id} */                                                         \
  VALUE(data)              /* run.created: the recipient's own data */                                                 \
  VALUE(results)           /* run.created: outputs of actions in the sandbox, by name of their task */                 \
  VALUE(input)             /* after input.from, when it differs */                                                     \
  VALUE(items)             /* loop: what it goes through, when not its input; a rehearsed listen: what came */          \
  VALUE(output)            /* after output.as, when not known already */                                               \
  VALUE(context)           /* after export.as */                                                                       \
  VALUE(arguments)         /* action: what the function is called with */                                              \
  VALUE(error)             /* the DSL error, when not known already */                                                 \
  VALUE(item)              /* matched: what the listener gets of the event */                                          \
  VALUE(keys)              /* matched: values of correlations, by name */                                              \
  VALUE(expects)           /* listening: values that correlations expect, by filter and name */                        \
  VALUE(event)             /* the CloudEvent sent */                                                                  \
  VALUE(guards)            /* run.retried: timeouts armed anew, [{step, timeout_timer, …}] */

// Everything is borrowed: from whoever writes, or from the event's data when read.
struct wf_facts {
#define TEXT(name) const char *name;
#define COUNT(name) int32_t name;
#define FLAG(name) bool name;
#define INSTANT(name) usec_t name;
#define SPAN(name) usec_t name;
#define VALUE(name) jv name; /* invalid = absent */
  WF_FACTS(TEXT, COUNT, FLAG, INSTANT, SPAN, VALUE)
#undef TEXT
#undef COUNT
#undef FLAG
#undef INSTANT
#undef SPAN
#undef VALUE
};

// All absent. (A zeroed jv is an invalid one.)
#define WF_NO_FACTS ((struct wf_facts){.kind = NULL})

// An owned object, or invalid when every fact is absent.
jv wf_facts_write(const struct wf_facts *facts);

// Roughly how many bytes an event with these facts takes: its values as JSON, each up to
// `max`, and something for the rest.
size_t wf_facts_bytes(const struct wf_facts *facts, size_t max);

// Borrows `data`, an object or invalid; members of other names are ignored. Returns 0, or
// -WF_EINVAL when a fact is not of its kind or out of bounds (counts above 10^9, spans
// above WF_FACT_SPAN_MAX, both below 0); *ret_problem then names it, in static memory.
#define WF_FACT_SPAN_MAX (INT64_C(1000000000000) * USEC_PER_SEC)
int wf_facts_read(jv data, struct wf_facts *ret_facts, const char **ret_problem) WF_MUST_CHECK;
