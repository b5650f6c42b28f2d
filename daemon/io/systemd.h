// SPDX-License-Identifier: Apache-2.0
// What the process tells its service manager (sd_notify(3)), and the watchdog. All
// of it does nothing when there is no manager ($NOTIFY_SOCKET is not set).
#pragma once

#include "base/clock.h"

// Once when the daemon works, and again after each reload.
void systemd_ready(void);
// A reload begins; systemd_ready() ends it.
void systemd_reloading(void);
// The stop begins.
void systemd_stopping(void);
// One line for `systemctl status`.
void systemd_status(const char *format, ...) __attribute__((format(printf, 1, 2)));
// Start or stop takes this much longer than the manager expects.
void systemd_extend_timeout(usec_t more);

// How often systemd_watchdog() is to be called: half of what the manager allows. 0 =
// it does not watch.
usec_t systemd_watchdog_interval(void);
// "I work": only to be said after progress.
void systemd_watchdog(void);
