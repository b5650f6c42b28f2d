// SPDX-License-Identifier: Apache-2.0
// The set of processes that make a working workflowd on one machine: PostgreSQL, the
// embedded broker, workflowd and the example worker. What exists already (--kafka,
// --database) is used and not started.
#pragma once

#include "base/error.h"
#include "dev/dev_options.h"

struct dev_servers;

// Starts all, says each on standard output, and migrates. On failure everything is
// stopped again and the reason said on standard error. Returns 0, or an error code.
int dev_servers_start(const struct dev_options *options, struct dev_servers **ret_servers) WF_MUST_CHECK;

// Stops all in order: first who has work, then who keeps it. Frees. The folder is
// removed, or kept when `keep_folder` (then its path is said). Takes NULL.
void dev_servers_stop(struct dev_servers *servers, bool keep_folder);

// Waits at most `limit` for one of them to end by itself, or for `fd` to become
// readable (-1 = none). Returns the name of the one that ended and says so on standard
// error, once; or NULL.
const char *dev_servers_watch(struct dev_servers *servers, int fd, int limit_ms);

const char *dev_servers_database(const struct dev_servers *servers); // libpq's conninfo
const char *dev_servers_brokers(const struct dev_servers *servers);
const char *dev_servers_config(const struct dev_servers *servers); // path of workflowd's
const char *dev_servers_folder(const struct dev_servers *servers);
