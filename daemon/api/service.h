// SPDX-License-Identifier: Apache-2.0
// Answers requests: finds the route, asks who it is, makes the call, asks PostgreSQL, and
// passes its JSON on as it is. Health and metrics are pages of the same listener, without
// a key.
#pragma once

#include <event2/event.h>

#include "api/api_config.h"
#include "base/error.h"

struct service;

// Listens and connects; PostgreSQL may be away. Borrows the config; `conninfo` has the
// password in it. Returns 0; or -WF_EINVAL, -WF_EIO (errno says why): cannot listen.
int service_new(struct event_base *loop, const struct api_config *config, const char *conninfo, struct service **ret_service) WF_MUST_CHECK;
void service_free(struct service *service); // takes NULL

// Takes over what a reload may change.
void service_configure(struct service *service, const struct api_config *config, const char *conninfo);
// Takes no more requests; those under way are answered.
void service_drain(struct service *service);
// Whether nothing is under way any more.
bool service_is_drained(const struct service *service);
// One line for the service manager.
void service_status(const struct service *service);
