// SPDX-License-Identifier: Apache-2.0
#include "config_kafka.h"

#include <stdlib.h>

#include "io/kafka_consumer.h"

// One kind of client is enough: each takes the names of both, and what a producer must
// not be given is refused where the config is read (config_property_reserved).
int config_kafka_check(const struct config *config, struct config_problems *problems) {
  int result = 0;
  for (size_t i = 0; i < config->kafka_count; i++) {
    const struct config_property *property = &config->kafka[i];
    char *error;
    if (property->is_secret) continue; // of the few names that are known
    if (kafka_consumer_check(&(struct kafka_property){property->name, property->value}, &error) == 0) continue;
    config_problem_add(problems, property->line, property->column, "%s", error);
    free(error);
    result = -WF_EINVAL;
  }
  return result;
}
