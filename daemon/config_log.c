// SPDX-License-Identifier: Apache-2.0
#include "config_log.h"

#include "base/log.h"

const struct config_word config_log_levels[] = {{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING},
    {"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO}, {"debug", LOG_LEVEL_DEBUG}, {NULL, 0}};
const struct config_word config_log_targets[] = {{"auto", CONFIG_LOG_AUTO}, {"stderr", CONFIG_LOG_STDERR},
    {"journal", CONFIG_LOG_JOURNAL}, {NULL, 0}};
