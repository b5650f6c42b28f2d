// SPDX-License-Identifier: Apache-2.0
// libpq's connection string with the password in it, which the configuration names apart.
#pragma once

#include "base/error.h"

// `password_file` is a reference for config_secret_read(), "" = no password is sent.
// Returns 0 and the text, which the caller ends with config_secret_free(); or -WF_EIO with
// an owned text: why the password cannot be read.
int config_conninfo_read(const char *conninfo, const char *password_file, char **ret_conninfo, char **ret_problem) WF_MUST_CHECK;
