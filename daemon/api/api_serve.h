// SPDX-License-Identifier: Apache-2.0
// The life of workflowd-api: one loop, the service, signals. PostgreSQL away is a state in
// which it answers 503, not an end.
//
// SIGHUP reloads what a reload may change. The first SIGTERM or SIGINT finishes what is
// under way within `drain_timeout` and returns; the second ends the process at once.
#pragma once

#include "api/api_config.h"
#include "program_arguments.h"

// Takes the config. Returns the process's exit code.
int api_serve_run(struct api_config *config, const struct program_arguments *arguments);
