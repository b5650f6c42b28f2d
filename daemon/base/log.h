// SPDX-License-Identifier: Apache-2.0
// The one log. A line has a level, a message and named fields; where it goes
// (stderr, journald) is a sink that the process sets once. base/, engine/ and io/
// return errors; what is above them logs, once. Never pass a secret.
#pragma once

#include <stddef.h>

// The numbers are syslog's (RFC 5424, section 6.2.1), as journald wants them.
enum log_level { LOG_LEVEL_ERROR = 3, LOG_LEVEL_WARNING = 4, LOG_LEVEL_NOTICE = 5, LOG_LEVEL_INFO = 6, LOG_LEVEL_DEBUG = 7 };

// A field of a line, e.g. {"RUN_ID", "0198…"}. Names as journald takes them:
// capitals, digits and underscore. A list of fields ends with {NULL, NULL}.
struct log_field {
  const char *name, *value;
};

typedef void log_sink(enum log_level level, const char *message, const struct log_field *fields, void *context);

// The default sink writes "<level> message NAME=value …" to stderr.
void log_set_sink(log_sink *sink, void *context);
// Lines below this level are dropped; the default is LOG_LEVEL_INFO.
void log_set_level(enum log_level level);
enum log_level log_get_level(void);

void log_line(enum log_level level, const struct log_field *fields, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#define log_error(...) log_line(LOG_LEVEL_ERROR, NULL, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, NULL, __VA_ARGS__)
#define log_notice(...) log_line(LOG_LEVEL_NOTICE, NULL, __VA_ARGS__)
#define log_info(...) log_line(LOG_LEVEL_INFO, NULL, __VA_ARGS__)
#define log_debug(...) log_line(LOG_LEVEL_DEBUG, NULL, __VA_ARGS__)

// "error", "warning", …; and back (0, or -WF_EINVAL).
const char *log_level_name(enum log_level level);
int log_level_parse(const char *name, enum log_level *ret_level);
