// SPDX-License-Identifier: Apache-2.0
// Time as the whole project counts it: microseconds in 64 bits, which is what
// PostgreSQL's timestamptz stores. Instants count from the Unix epoch.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef int64_t usec_t;

#define USEC_PER_MSEC INT64_C(1000)
#define USEC_PER_SEC INT64_C(1000000)
#define USEC_PER_MIN (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define USEC_NEVER INT64_MAX

// CLOCK_BOOTTIME: never steps, counts while the machine is suspended. For
// intervals only; no instant of it may be stored.
usec_t clock_boottime(void);

// CLOCK_REALTIME: the machine's own wall clock. For log lines; what decides when
// something is due is the database's clock.
usec_t clock_realtime(void);

enum { CLOCK_TEXT_SIZE = 32 };

// RFC 3339 in UTC with microseconds, "2026-01-31T09:00:00.000000Z". Returns
// `out`, which must hold CLOCK_TEXT_SIZE bytes.
char *clock_format(usec_t instant, char *out);

// Parses RFC 3339 (section 5.6; an offset or Z is required, fractions are cut to
// microseconds, a leap second counts as the next second). Returns 0, or -WF_EINVAL.
int clock_parse(const char *data, size_t size, usec_t *ret_instant);
