// SPDX-License-Identifier: Apache-2.0
#include "io/systemd.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include <systemd/sd-daemon.h>

enum { STATUS_MAX = 512 };

void systemd_ready(void) { sd_notify(0, "READY=1"); }

void systemd_reloading(void) {
  // The manager orders this against READY=1 by CLOCK_MONOTONIC, nothing else.
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, (usec_t)now.tv_sec * USEC_PER_SEC + now.tv_nsec / 1000);
}

void systemd_stopping(void) { sd_notify(0, "STOPPING=1"); }

void systemd_status(const char *format, ...) {
  char text[STATUS_MAX];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  // A newline would begin another assignment.
  for (char *p = text; *p; p++)
    if (*p == '\n') *p = ' ';
  sd_notifyf(0, "STATUS=%s", text);
}

void systemd_extend_timeout(usec_t more) { sd_notifyf(0, "EXTEND_TIMEOUT_USEC=%" PRId64, more); }

usec_t systemd_watchdog_interval(void) {
  uint64_t usec = 0;
  if (sd_watchdog_enabled(0, &usec) <= 0) return 0;
  return usec < INT64_MAX ? (usec_t)(usec / 2) : 0;
}

void systemd_watchdog(void) { sd_notify(0, "WATCHDOG=1"); }
