// SPDX-License-Identifier: Apache-2.0
// A private PostgreSQL cluster for the development server: made by initdb in a folder
// of its own, reached through a Unix socket there and a free loopback port, with no
// password for whoever can reach it. When we are root it runs as the user postgres,
// because PostgreSQL refuses to run as root.
#pragma once

#include "base/error.h"

struct cluster;

// The folder with initdb and postgres: what pg_config says, or the newest Debian one.
// Owned by the caller. Returns 0, or -WF_EUNKNOWN when there is none.
int cluster_find_programs(char **ret_folder) WF_MUST_CHECK;

// Makes the cluster in `folder` (an existing one, which it fills with data/ and its
// log) and starts it; returns once it takes connections. On failure says why on
// standard error. Returns 0, -WF_EUNKNOWN when PostgreSQL is not installed,
// -WF_EINVAL when the folder's path is too long for a Unix socket, or -WF_EIO.
int cluster_start(const char *folder, struct cluster **ret_cluster) WF_MUST_CHECK;

// Stops it (fast shutdown), and frees. The folder stays. Takes NULL.
void cluster_stop(struct cluster *cluster);

// libpq's connection string for the superuser, and so for the database "postgres"; a
// setting put behind it wins.
const char *cluster_conninfo(const struct cluster *cluster);

// The process to watch: PostgreSQL's postmaster.
struct process *cluster_process(struct cluster *cluster);
