// SPDX-License-Identifier: Apache-2.0
// The words for log.level and log.target, the same in every program.
#pragma once

#include "config_schema.h"

enum config_log_target { CONFIG_LOG_AUTO, CONFIG_LOG_STDERR, CONFIG_LOG_JOURNAL };

extern const struct config_word config_log_levels[];  // enum log_level
extern const struct config_word config_log_targets[]; // enum config_log_target
