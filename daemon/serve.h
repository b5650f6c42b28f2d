// SPDX-License-Identifier: Apache-2.0
// The daemon at work: one loop, the job, and the adapters behind its seam. PostgreSQL or
// Kafka away is a state in which it waits, not an end.
//
// SIGHUP reloads what a reload may change. The first SIGTERM or SIGINT drains within
// `drain_timeout` and returns; the second ends the process at once.
#pragma once

#include <stddef.h>

#include "config.h"

struct serve_options {
  const char *config_path; // read again at SIGHUP; NULL = there is no file
  const char *const *overrides;
  size_t override_count;
};

// Takes the config. Returns the process's exit code.
int serve_run(struct config *config, const struct serve_options *options);
