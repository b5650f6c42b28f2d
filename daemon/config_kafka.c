// SPDX-License-Identifier: Apache-2.0
#include "config_kafka.h"

#include <stdlib.h>
#include <string.h>

#include "io/kafka_consumer.h"

enum { MESSAGE_MAX_BYTES = 1000000 }; // librdkafka's message.max.bytes

static int check_value(const struct config *config, struct config_problems *problems) {
  long long message = MESSAGE_MAX_BYTES, value = config->bounds.value;
  const struct config_property *given = NULL;
  for (size_t i = 0; i < config->kafka_count; i++)
    if (strcmp(config->kafka[i].name, "message.max.bytes") == 0) given = &config->kafka[i];
  if (given) message = strtoll(given->value, NULL, 0);
  if (value + CONFIG_KAFKA_ENVELOPE <= message) return 0;
  config_problem_add(problems, given ? given->line : 0, given ? given->column : 0,
                     "bounds.value of %lld bytes does not fit into a message: expected kafka.message.max.bytes of at least %lld, not %lld, and "
                     "as much for the topics at the broker, or a smaller bounds.value", value, value + CONFIG_KAFKA_ENVELOPE, message);
  return -WF_EINVAL;
}

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
  return check_value(config, problems) < 0 && result == 0 ? -WF_EINVAL : result;
}
