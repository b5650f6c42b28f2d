// SPDX-License-Identifier: Apache-2.0
// Where log lines go: journald with their fields, or stderr. Sinks for base/log.h;
// they keep no state, and lose a line rather than block or fail.
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/log.h"

// Whether stderr is connected to the journal (systemd.exec(5), $JOURNAL_STREAM): then
// the journal sink is the better one.
bool log_journal_connected(void);

// Sends MESSAGE, PRIORITY and each field as it is. Goes to stderr when journald
// cannot take it.
log_sink log_journal_sink;

// One line to stderr: "2026-01-31T09:00:00.000000Z info: message RUN_ID=…", or for a
// service manager that reads stderr ($INVOCATION_ID is set) "<6>message RUN_ID=…",
// sd-daemon(3). Control characters are escaped: a line stays a line.
log_sink log_journal_stderr_sink;

// The line that log_journal_stderr_sink writes, with its newline.
void log_journal_format(struct buf *out, enum log_level level, const char *message, const struct log_field *fields, bool managed);
