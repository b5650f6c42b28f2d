// SPDX-License-Identifier: Apache-2.0
// The configuration that the development server gives workflowd, as a file that a
// newcomer can read and copy from.
#pragma once

#include <stdbool.h>

#include "base/error.h"

struct dev_settings {
  const char *database; // libpq's conninfo
  const char *brokers;
  // The embedded broker is slow to let anyone join a group and to answer a fetch that
  // finds nothing; so partitions are assigned by hand, and fetches return at once.
  bool embedded;
  const char *examples; // folder of definitions
};

// Returns 0, or -WF_EIO when the file cannot be written.
int dev_settings_write(const char *path, const struct dev_settings *settings) WF_MUST_CHECK;
