// SPDX-License-Identifier: Apache-2.0
#include "metrics.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"

static const struct metric_family workflowd_families[METRIC_COUNT] = {
#define X(id, kind, name, label1, label2, help) METRIC_FAMILY(METRIC_, id, kind, name, label1, label2, help)
    METRICS(X)
#undef X
};

// From half a millisecond to half a minute, and for counts from 1 to 1000.
static const double second_bounds[] = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
static const double count_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000};

enum { BUCKETS_MAX = 16 };

struct metric_histogram {
  const double *bounds;
  size_t bound_count;
  uint64_t buckets[BUCKETS_MAX]; // the last one is +Inf's own
  uint64_t count;
  double sum;
};

struct series {
  char *values[2];
  double value; // NAN = not set yet
};

struct list {
  struct series **series; // their addresses are handed out
  size_t count;
  struct metric_histogram *histogram;
};

struct metrics {
  const struct metric_family *families;
  struct list *lists;
  unsigned count;
};

static int label_count(const struct metric_family *family) { return !family->labels[0] ? 0 : !family->labels[1] ? 1 : 2; }

static struct metric_histogram *histogram_new(const struct metric_family *family) {
  struct metric_histogram *histogram = xcalloc(1, sizeof *histogram);
  bool seconds = strstr(family->name, "_seconds") != NULL;
  histogram->bounds = seconds ? second_bounds : count_bounds;
  histogram->bound_count = seconds ? sizeof second_bounds / sizeof *second_bounds : sizeof count_bounds / sizeof *count_bounds;
  WF_ASSERT(histogram->bound_count < BUCKETS_MAX);
  return histogram;
}

struct metrics *metrics_new_of(const struct metric_family *families, unsigned count) {
  struct metrics *metrics = xcalloc(1, sizeof *metrics);
  *metrics = (struct metrics){families, xcalloc(count, sizeof *metrics->lists), count};
  for (unsigned i = 0; i < count; i++) {
    if (families[i].kind == METRIC_KIND_HISTOGRAM)
      metrics->lists[i].histogram = histogram_new(&families[i]);
    else if (label_count(&metrics->families[i]) == 0)
      metrics_value(metrics, i, NULL, NULL);
  }
  return metrics;
}

struct metrics *metrics_new(void) { return metrics_new_of(workflowd_families, METRIC_COUNT); }

void metrics_free(struct metrics *metrics) {
  if (!metrics) return;
  for (unsigned i = 0; i < metrics->count; i++) {
    struct list *list = &metrics->lists[i];
    for (size_t j = 0; j < list->count; j++) {
      free(list->series[j]->values[0]);
      free(list->series[j]->values[1]);
      free(list->series[j]);
    }
    free(list->series);
    free(list->histogram);
  }
  free(metrics->lists);
  free(metrics);
}

static bool value_equal(const char *a, const char *b) { return a && b ? strcmp(a, b) == 0 : a == b; }

static struct series *series_find(const struct list *list, const char *const values[2]) {
  for (size_t i = 0; i < list->count; i++)
    if (value_equal(list->series[i]->values[0], values[0]) && value_equal(list->series[i]->values[1], values[1])) return list->series[i];
  return NULL;
}

static struct series *series_add(struct list *list, const char *const values[2], enum metric_kind kind) {
  list->series = xrealloc(list->series, (list->count + 1) * sizeof *list->series);
  struct series *series = list->series[list->count++] = xcalloc(1, sizeof *series);
  for (int i = 0; i < 2; i++) series->values[i] = values[i] ? xstrdup(values[i]) : NULL;
  series->value = kind == METRIC_KIND_GAUGE ? NAN : 0;
  return series;
}

double *metrics_value(struct metrics *metrics, unsigned metric, const char *value1, const char *value2) {
  const struct metric_family *family = &metrics->families[metric];
  struct list *list = &metrics->lists[metric];
  const char *values[2] = {value1, value2};
  WF_ASSERT(family->kind != METRIC_KIND_HISTOGRAM);
  WF_ASSERT(label_count(family) == (value1 ? 1 : 0) + (value2 ? 1 : 0));
  struct series *series = series_find(list, values);
  if (!series && list->count >= METRICS_SERIES_MAX - 1) {
    for (int i = 0; i < 2; i++)
      if (values[i]) values[i] = "other";
    series = series_find(list, values);
  }
  if (!series) series = series_add(list, values, family->kind);
  return &series->value;
}

void metrics_forget(struct metrics *metrics, unsigned metric) {
  const struct list *list = &metrics->lists[metric];
  WF_ASSERT(metrics->families[metric].kind == METRIC_KIND_GAUGE);
  for (size_t i = 0; i < list->count; i++) list->series[i]->value = NAN;
}

struct metric_histogram *metrics_histogram(struct metrics *metrics, unsigned metric) {
  WF_ASSERT(metrics->families[metric].kind == METRIC_KIND_HISTOGRAM);
  return metrics->lists[metric].histogram;
}

void metric_observe(struct metric_histogram *histogram, double value) {
  size_t i = 0;
  while (i < histogram->bound_count && value > histogram->bounds[i]) i++;
  histogram->buckets[i]++;
  histogram->count++;
  histogram->sum += value;
}

// ---- printing -----------------------------------------------------------------

static void put_label_value(struct buf *out, const char *text) {
  for (; *text; text++) {
    if (*text == '\n')
      buf_puts(out, "\\n");
    else if (*text == '"' || *text == '\\')
      buf_printf(out, "\\%c", *text);
    else
      buf_put_u8(out, (uint8_t)*text);
  }
}

static void put_series(struct buf *out, const struct metric_family *family, const struct series *series) {
  buf_puts(out, family->name);
  for (int i = 0; i < label_count(family); i++) {
    buf_printf(out, "%c%s=\"", i ? ',' : '{', family->labels[i]);
    put_label_value(out, series->values[i]);
    buf_put_u8(out, '"');
  }
  buf_printf(out, "%s %.17g\n", label_count(family) ? "}" : "", series->value);
}

static void put_histogram(struct buf *out, const struct metric_family *family, const struct metric_histogram *histogram) {
  uint64_t below = 0;
  for (size_t i = 0; i < histogram->bound_count; i++) {
    below += histogram->buckets[i];
    buf_printf(out, "%s_bucket{le=\"%g\"} %" PRIu64 "\n", family->name, histogram->bounds[i], below);
  }
  buf_printf(out, "%s_bucket{le=\"+Inf\"} %" PRIu64 "\n", family->name, histogram->count);
  buf_printf(out, "%s_sum %.17g\n%s_count %" PRIu64 "\n", family->name, histogram->sum, family->name, histogram->count);
}

void metrics_print(const struct metrics *metrics, struct buf *out) {
  static const char *const kinds[] = {"counter", "gauge", "histogram"};
  for (unsigned i = 0; i < metrics->count; i++) {
    const struct metric_family *family = &metrics->families[i];
    const struct list *list = &metrics->lists[i];
    buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", family->name, family->help, family->name, kinds[family->kind]);
    for (size_t j = 0; j < list->count; j++)
      if (!isnan(list->series[j]->value)) put_series(out, family, list->series[j]);
    if (list->histogram) put_histogram(out, family, list->histogram);
  }
}
