// SPDX-License-Identifier: Apache-2.0
// Secrets that the config refers to: files given by an absolute path, or systemd
// credentials by name (files in $CREDENTIALS_DIRECTORY). They are read when they are
// needed and again at a reload; never logged, never printed.
#pragma once

#include "base/error.h"

enum { CONFIG_SECRET_MAX = 64 * 1024 };

// Reads the secret into memory that the caller ends with config_secret_free(). One
// newline at its end is cut. Returns 0; or -WF_EIO with *ret_problem saying why, in
// memory the caller frees: not there, not readable, readable by everyone, empty, too
// large, or with a NUL.
int config_secret_read(const char *reference, char **ret_secret, char **ret_problem) WF_MUST_CHECK;
// Overwrites it and frees it. Takes NULL.
void config_secret_free(char *secret);
