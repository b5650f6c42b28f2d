// SPDX-License-Identifier: Apache-2.0
// The table of workflowd's keys: the one place that knows them. Nothing else may name a
// key's default, bounds or help.
#pragma once

#include "config_schema.h"

// Of struct config.
extern const struct config_schema config_table;

// Kafka properties that the protocol depends on: setting one is refused with this
// reason. NULL = may be set.
const char *config_property_reserved(const char *name);
// Properties whose value is a secret, to be given as `<name>_file`.
bool config_property_secret(const char *name);
