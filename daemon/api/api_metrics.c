// SPDX-License-Identifier: Apache-2.0
#include "api/api_metrics.h"

const struct metric_family api_metric_families[API_METRIC_COUNT] = {
#define X(id, kind, name, label1, label2, help) METRIC_FAMILY(API_METRIC_, id, kind, name, label1, label2, help)
    API_METRICS(X)
#undef X
};
