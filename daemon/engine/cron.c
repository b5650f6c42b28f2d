// SPDX-License-Identifier: Apache-2.0
// The text of a cron expression.
#include "engine/cron.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/error.h"
#include "engine/cron_internal.h"

enum { FIELDS_MAX = 6, NAME_SIZE = 3 };
enum kind { SECOND, MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK };

static const char *const MONTHS[] = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL",
                                     "AUG", "SEP", "OCT", "NOV", "DEC", NULL};
static const char *const WEEKDAYS[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT", NULL};

static const struct {
  const char *name, *expected;
  int low, high;
  const char *const *names;
} KINDS[] = {
    [SECOND] = {"second", "0 to 59", 0, 59, NULL},
    [MINUTE] = {"minute", "0 to 59", 0, 59, NULL},
    [HOUR] = {"hour", "0 to 23", 0, 23, NULL},
    [DAY_OF_MONTH] = {"day of month", "1 to 31", 1, 31, NULL},
    [MONTH] = {"month", "1 to 12 or JAN to DEC", 1, 12, MONTHS},
    [DAY_OF_WEEK] = {"day of week", "0 to 7 or SUN to SAT", 0, 7, WEEKDAYS},
};

static const struct {
  const char *name, *fields;
} MACROS[] = {{"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
              {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
              {"@hourly", "0 * * * *"}};

struct reader {
  const char *start, *at, *end; // end: of the field that is read, or of the text
  enum kind kind;
  struct wf_cron *cron;
  struct wf_cron_error *error;
};

__attribute__((format(printf, 3, 4))) static int refuse(const struct reader *reader, const char *at,
                                                       const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(reader->error->text, sizeof reader->error->text, format, arguments);
  va_end(arguments);
  reader->error->column = (size_t)(at - reader->start) + 1;
  return -WF_EINVAL;
}

static int refuse_value(const struct reader *reader, const char *at) {
  return refuse(reader, at, "%s: expected %s", KINDS[reader->kind].name, KINDS[reader->kind].expected);
}

static bool is_blank(char c) { return c == ' ' || c == '\t'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

static void skip_blanks(struct reader *reader) {
  while (reader->at < reader->end && is_blank(*reader->at)) reader->at++;
}

// The next character is one of `letters`: passes it.
static bool take(struct reader *reader, const char *letters) {
  if (reader->at == reader->end || !*reader->at || !strchr(letters, *reader->at)) return false;
  reader->at++;
  return true;
}

// ---- values

static bool take_number(struct reader *reader, int *ret_number) {
  int number = 0;
  const char *start = reader->at;
  for (; reader->at < reader->end && is_digit(*reader->at); reader->at++)
    if (number < 1000) number = number * 10 + (*reader->at - '0');
  *ret_number = number;
  return reader->at > start;
}

static bool take_name(struct reader *reader, int *ret_number) {
  const char *const *names = KINDS[reader->kind].names;
  for (int i = 0; names && names[i] && reader->end - reader->at >= NAME_SIZE; i++)
    if (strncasecmp(reader->at, names[i], NAME_SIZE) == 0) {
      reader->at += NAME_SIZE;
      *ret_number = i + KINDS[reader->kind].low;
      return true;
    }
  return false;
}

static int read_value(struct reader *reader, int *ret_value) {
  const char *at = reader->at;
  if (!take_number(reader, ret_value) && !take_name(reader, ret_value)) return refuse_value(reader, at);
  if (*ret_value < KINDS[reader->kind].low || *ret_value > KINDS[reader->kind].high) return refuse_value(reader, at);
  return 0;
}

static uint64_t *bits_of(struct wf_cron *cron, enum kind kind) {
  return kind == SECOND ? &cron->seconds : kind == MINUTE ? &cron->minutes : NULL;
}

static void set_bit(struct wf_cron *cron, enum kind kind, int value) {
  uint64_t *wide = bits_of(cron, kind);
  if (wide) *wide |= UINT64_C(1) << value;
  else if (kind == HOUR) cron->hours |= 1U << value;
  else if (kind == DAY_OF_MONTH) cron->days |= 1U << value;
  else if (kind == MONTH) cron->months |= 1U << value;
  else cron->weekdays |= 1U << value % 7; // 7 is Sunday too
}

// `/step`, or 1.
static int read_step(struct reader *reader, int *ret_step) {
  *ret_step = 1;
  if (!take(reader, "/")) return 0;
  const char *at = reader->at;
  int high = KINDS[reader->kind].high;
  if (!take_number(reader, ret_step) || *ret_step < 1 || *ret_step > high)
    return refuse(reader, at, "%s: expected a step of 1 to %d", KINDS[reader->kind].name, high);
  return 0;
}

static int add_range(struct reader *reader, int from, int to) {
  int step, error = read_step(reader, &step);
  for (int value = from; !error && value <= to; value += step) set_bit(reader->cron, reader->kind, value);
  return error;
}

// ---- what only days have

// L, L-n, LW
static int read_last_day(struct reader *reader) {
  const char *at = reader->at;
  int before = 0;
  if (take(reader, "wW")) {
    reader->cron->last_weekday = true;
    return 0;
  }
  if (take(reader, "-") && (!take_number(reader, &before) || before < 1 || before > 30))
    return refuse(reader, at + 1, "day of month: expected 1 to 30 days before the last");
  reader->cron->days_from_end |= 1U << before;
  return 0;
}

// fri#2
static int read_nth_weekday(struct reader *reader, int weekday) {
  const char *at = reader->at;
  int nth;
  if (!take_number(reader, &nth) || nth < 1 || nth > 5)
    return refuse(reader, at, "day of week: expected 1 to 5 after #: which of the month");
  reader->cron->weekdays_nth[nth - 1] |= 1U << weekday % 7;
  return 0;
}

// ---- fields

static int read_range(struct reader *reader, const char *start, int from) {
  int to = from, error = 0;
  if (take(reader, "-")) {
    error = read_value(reader, &to);
    if (!error && reader->kind == DAY_OF_WEEK && to == 0 && from > 0) to = 7; // SAT-SUN
    if (!error && to < from)
      return refuse(reader, start, "%s: expected a range that goes up: %d is below %d", KINDS[reader->kind].name, to,
                    from);
  } else if (reader->at < reader->end && *reader->at == '/') {
    to = reader->kind == DAY_OF_WEEK && from < 7 ? 6 : KINDS[reader->kind].high;
  }
  return error ? error : add_range(reader, from, to);
}

static int read_item(struct reader *reader) {
  const char *start = reader->at;
  bool days = reader->kind == DAY_OF_MONTH, week = reader->kind == DAY_OF_WEEK;
  int low = KINDS[reader->kind].low, high = week ? 6 : KINDS[reader->kind].high, value;
  if (take(reader, days || week ? "*?" : "*")) return add_range(reader, low, high);
  if (days && take(reader, "lL")) return read_last_day(reader);
  int error = read_value(reader, &value);
  if (error) return error;
  if (days && take(reader, "wW")) {
    reader->cron->days_nearest |= 1U << value;
    return 0;
  }
  if (week && take(reader, "#")) return read_nth_weekday(reader, value);
  if (week && take(reader, "lL")) {
    reader->cron->weekdays_last |= 1U << value % 7;
    return 0;
  }
  return read_range(reader, start, value);
}

static int read_field(struct reader *reader) {
  bool open = *reader->at == '*' || *reader->at == '?';
  if (reader->kind == HOUR) reader->cron->hours_open = open;
  if (reader->kind == DAY_OF_MONTH) reader->cron->days_open = open;
  if (reader->kind == DAY_OF_WEEK) reader->cron->weekdays_open = open;
  do {
    if (reader->at == reader->end) return refuse_value(reader, reader->at);
    int error = read_item(reader);
    if (error) return error;
  } while (take(reader, ","));
  if (reader->at < reader->end)
    return refuse(reader, reader->at, "%s: expected a comma or the end of the field", KINDS[reader->kind].name);
  return 0;
}

static int read_fields(struct reader *reader) {
  const char *starts[FIELDS_MAX + 2], *ends[FIELDS_MAX + 2], *text_end = reader->end;
  int count = 0;
  for (skip_blanks(reader); reader->at < text_end && count <= FIELDS_MAX; skip_blanks(reader), count++) {
    starts[count] = reader->at;
    while (reader->at < text_end && !is_blank(*reader->at)) reader->at++;
    ends[count] = reader->at;
  }
  if (count < FIELDS_MAX - 1)
    return refuse(reader, text_end, "expected 5 fields (minute, hour, day of month, month, day of week), or 6 with "
                                    "seconds before them; %d found", count);
  if (count > FIELDS_MAX)
    return refuse(reader, starts[FIELDS_MAX], "expected at most 6 fields (second to day of week); there is no year");
  int first = count == FIELDS_MAX ? SECOND : MINUTE;
  if (first == MINUTE) reader->cron->seconds = 1;
  for (int i = 0; i < count; i++) {
    reader->kind = (enum kind)(first + i);
    reader->at = starts[i];
    reader->end = ends[i];
    int error = read_field(reader);
    if (error) return error;
  }
  return 0;
}

static int read_macro(struct reader *reader) {
  const char *at = reader->at;
  while (reader->at < reader->end && !is_blank(*reader->at)) reader->at++;
  size_t size = (size_t)(reader->at - at);
  skip_blanks(reader);
  if (reader->at < reader->end) return refuse(reader, reader->at, "expected nothing after a name such as @daily");
  for (size_t i = 0; i < sizeof MACROS / sizeof *MACROS; i++)
    if (strlen(MACROS[i].name) == size && strncasecmp(at, MACROS[i].name, size) == 0) {
      const char *fields = MACROS[i].fields;
      struct reader inner = {fields, fields, fields + strlen(fields), SECOND, reader->cron, reader->error};
      return read_fields(&inner);
    }
  return refuse(reader, at, "expected @yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly (for "
                            "intervals there is schedule.every)");
}

// ---- the whole

// A name of the tz database begins with a letter and goes nowhere else in the file system.
static int read_zone(struct reader *reader) {
  static const char *const PREFIXES[] = {"CRON_TZ=", "TZ="};
  for (int i = 0; i < 2; i++) {
    size_t size = strlen(PREFIXES[i]);
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, PREFIXES[i], size) != 0) continue;
    const char *name = reader->at += size;
    while (reader->at < reader->end &&
           (is_digit(*reader->at) || (*reader->at >= 'a' && *reader->at <= 'z') ||
            (*reader->at >= 'A' && *reader->at <= 'Z') || strchr("_+-/", *reader->at ? *reader->at : ' ')))
      reader->at++;
    size_t length = (size_t)(reader->at - name);
    if (length == 0 || length > WF_ZONE_NAME_MAX || strchr("0123456789_+-/", *name) || name[length - 1] == '/' ||
        (reader->at < reader->end && !is_blank(*reader->at)))
      return refuse(reader, name, "expected the name of a time zone such as Europe/Berlin, then a blank");
    memcpy(reader->cron->zone, name, length);
    skip_blanks(reader);
    return 0;
  }
  return 0;
}

int wf_cron_parse(const char *data, size_t size, struct wf_cron *ret_cron, struct wf_cron_error *ret_error) {
  struct wf_cron cron = {0};
  struct reader reader = {data, data, data + size, SECOND, &cron, ret_error};
  if (size > WF_CRON_SIZE_MAX)
    return refuse(&reader, data, "a cron expression of %zu bytes: expected at most %d", size, WF_CRON_SIZE_MAX);
  skip_blanks(&reader);
  int error = read_zone(&reader);
  if (!error) error = reader.at < reader.end && *reader.at == '@' ? read_macro(&reader) : read_fields(&reader);
  if (error) return error;
  if (wf_cron_next_reading(&cron, 0) == INT64_MAX)
    return refuse(&reader, data, "no date ever matches: expected a day that one of the months has");
  *ret_cron = cron;
  return 0;
}
