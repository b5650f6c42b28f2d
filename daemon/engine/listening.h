// SPDX-License-Identifier: Apache-2.0
// Where an open `listen` stands: a JSON object in its step, so that it goes into a snapshot
// as any value does. Changed by the fold alone (evolve_listen.c).
#pragma once

#include "engine/run.h"

// The number of its subscription: that of the fact that made it. 0 = it does not listen.
int32_t wf_listening_no(const struct wf_step *step);
// Whether it takes no more events; also when it does not listen.
bool wf_listening_is_over(const struct wf_step *step);
// Whether it can do nothing until an event comes.
bool wf_listening_waits(const struct wf_step *step);

// Owned, jv_null() when there is none. "items": what it gives so far. "queue": events that
// foreach has still to come to, each [event, bytes]. "item": the one it is at. "keys", "expects", "filled" (indexes
// of filters that had their event), "ended" (those of `until`).
jv wf_listening_get(const struct wf_step *step, const char *name);
// "handled": events that foreach is through with. "rejected", "bytes" (of what it holds).
int32_t wf_listening_count(const struct wf_step *step, const char *name);
bool wf_listening_has(const struct wf_step *step, const char *list, int32_t index);

// The open step that listens under this number, or NULL.
struct wf_step *wf_run_listener(const struct wf_run *run, int32_t subscription_no);
