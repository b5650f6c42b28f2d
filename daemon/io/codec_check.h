// SPDX-License-Identifier: Apache-2.0
// Checks of one decoded message's fields. The first failure is kept as the refusal;
// checks after it do nothing, so that a decoder reads as a list of its fields.
#pragma once

#include "io/codec.h"
#include "io/json_scan.h"

struct codec_check {
  struct arena *arena;
  struct refusal *refusal;
  int status; // 0, or what the decoder must return
};

// Makes a refusal: returns -WF_ETOOBIG, -WF_EUNSUPPORTED or -WF_EINVAL by its code.
int codec_refuse(struct arena *arena, struct refusal *ret_refusal, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void codec_check_fail(struct codec_check *check, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

// A piece of clean UTF-8 for a message: cut between characters, at most 80 bytes.
const char *codec_quote(struct arena *arena, struct text text);

// An id, name or key: at most MESSAGE_ID_MAX bytes; empty is absent.
struct text codec_check_id(struct codec_check *check, const char *field, const char *value);
// The same, but it must be there.
struct text codec_check_required(struct codec_check *check, const char *field, const char *value);
// A text for people: cut in place, between characters, at `max`
// bytes; empty is absent.
struct text codec_cut(char *value, size_t max);
// JSON; empty is absent.
struct text codec_check_json(struct codec_check *check, const char *field, const void *data, size_t size, bool object);
// Microseconds, at least 0.
usec_t codec_check_usec(struct codec_check *check, const char *field, int64_t value);
// An instant: microseconds since 1970, up to the year 9999. What is beyond was meant in
// another unit.
usec_t codec_check_instant(struct codec_check *check, const char *field, int64_t value);
// A count from 1.
int32_t codec_check_positive(struct codec_check *check, const char *field, int32_t value);
