// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

enum { LINE_MAX_BYTES = 4096 };

static void sink_stderr(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)context;
  fprintf(stderr, "%s: %s", log_level_name(level), message);
  for (const struct log_field *f = fields; f && f->name; f++) fprintf(stderr, " %s=%s", f->name, f->value);
  fputc('\n', stderr);
}

static struct {
  log_sink *sink;
  void *context;
  enum log_level level;
} state = {sink_stderr, NULL, LOG_LEVEL_INFO};

static const struct {
  enum log_level level;
  const char *name;
} levels[] = {{LOG_LEVEL_ERROR, "error"}, {LOG_LEVEL_WARNING, "warning"}, {LOG_LEVEL_NOTICE, "notice"}, {LOG_LEVEL_INFO, "info"}, {LOG_LEVEL_DEBUG, "debug"}};

void log_set_sink(log_sink *sink, void *context) {
  state.sink = sink ? sink : sink_stderr;
  state.context = context;
}

void log_set_level(enum log_level level) { state.level = level; }

enum log_level log_get_level(void) { return state.level; }

void log_line(enum log_level level, const struct log_field *fields, const char *format, ...) {
  if (level > state.level) return;
  char message[LINE_MAX_BYTES];
  va_list args;
  va_start(args, format);
  vsnprintf(message, sizeof message, format, args);
  va_end(args);
  state.sink(level, message, fields, state.context);
}

const char *log_level_name(enum log_level level) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
    if (levels[i].level == level) return levels[i].name;
  return "notice";
}

int log_level_parse(const char *name, enum log_level *ret_level) {
  for (size_t i = 0; i < sizeof levels / sizeof *levels; i++) {
    if (strcmp(levels[i].name, name) != 0) continue;
    *ret_level = levels[i].level;
    return 0;
  }
  return -WF_EINVAL;
}
