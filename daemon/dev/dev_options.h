// SPDX-License-Identifier: Apache-2.0
// What `workflowctl dev` was asked to do.
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "base/error.h"

enum { DEV_DEMO_MAX = 1000000 };

struct dev_options {
  bool help;            // was asked for and given: nothing else is meant
  int demo;             // lead triggers to publish; 0 = none
  bool json;            // what was counted is one document, all else goes to standard error; only with `demo`
  bool keep;            // leave everything running until a signal
  const char *kafka;    // an existing Kafka, "host:port"; NULL = the embedded broker
  const char *database; // an existing database, libpq's conninfo; NULL = a private cluster
  const char *examples; // folder of workflow definitions; NULL = those that came along
};

// Returns 0, or -WF_EINVAL after saying on `err` what is wrong. Help goes to `out`. Texts are borrowed.
int dev_options_parse(int argc, char **argv, FILE *out, FILE *err, struct dev_options *ret_options) WF_MUST_CHECK;
