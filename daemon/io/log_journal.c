// SPDX-License-Identifier: Apache-2.0
#include "io/log_journal.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

// The location of a log call would be this file's for every line: not sent.
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>

#include "base/clock.h"
#include "base/xalloc.h"

enum { FIELDS_MAX = 30 };

bool log_journal_connected(void) {
  const char *stream = getenv("JOURNAL_STREAM");
  struct stat status;
  if (!stream || fstat(STDERR_FILENO, &status) < 0) return false;
  char mine[64];
  snprintf(mine, sizeof mine, "%lu:%lu", (unsigned long)status.st_dev, (unsigned long)status.st_ino);
  return strcmp(stream, mine) == 0;
}

static void put_escaped(struct buf *out, const char *text) {
  for (; *text; text++) {
    unsigned char c = (unsigned char)*text;
    if (c == '\n')
      buf_puts(out, "\\n");
    else if (c < 0x20 || c == 0x7F)
      buf_printf(out, "\\x%02x", c);
    else
      buf_put_u8(out, c);
  }
}

void log_journal_format(struct buf *out, enum log_level level, const char *message, const struct log_field *fields, bool managed) {
  char now[CLOCK_TEXT_SIZE];
  if (managed)
    buf_printf(out, "<%d>", (int)level);
  else
    buf_printf(out, "%s %s: ", clock_format(clock_realtime(), now), log_level_name(level));
  put_escaped(out, message);
  for (; fields && fields->name; fields++) {
    buf_printf(out, " %s=", fields->name);
    put_escaped(out, fields->value);
  }
  buf_put_u8(out, '\n');
}

void log_journal_stderr_sink(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)context;
  struct buf line = {0};
  log_journal_format(&line, level, message, fields, getenv("INVOCATION_ID") != NULL);
  fwrite(line.data, 1, line.size, stderr);
  buf_free(&line);
}

static struct iovec entry_of(const char *name, const char *value) {
  char *text = xasprintf("%s=%s", name, value);
  return (struct iovec){text, strlen(text)};
}

void log_journal_sink(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  struct iovec entries[FIELDS_MAX + 3];
  int count = 0;
  char priority[16];
  snprintf(priority, sizeof priority, "%d", (int)level);
  entries[count++] = entry_of("MESSAGE", message);
  entries[count++] = entry_of("PRIORITY", priority);
  entries[count++] = entry_of("SYSLOG_IDENTIFIER", "workflowd");
  for (const struct log_field *f = fields; f && f->name && count < FIELDS_MAX + 3; f++) entries[count++] = entry_of(f->name, f->value);
  int result = sd_journal_sendv(entries, count);
  for (int i = 0; i < count; i++) free(entries[i].iov_base);
  if (result < 0) log_journal_stderr_sink(level, message, fields, context);
}
