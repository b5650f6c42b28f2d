// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_conf.h"

#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/xalloc.h"

static const char *find(struct kafka_conf_list list, const char *name) {
  for (size_t i = 0; i < list.count; i++)
    if (strcmp(list.properties[i].name, name) == 0) return list.properties[i].value;
  return NULL;
}

static int set(rd_kafka_conf_t *conf, const struct kafka_property *property, char **ret_error) {
  char text[512];
  if (rd_kafka_conf_set(conf, property->name, property->value, text, sizeof text) == RD_KAFKA_CONF_OK) return 0;
  *ret_error = xasprintf("kafka.%s: %s", property->name, text);
  return -WF_EINVAL;
}

static int set_all(rd_kafka_conf_t *conf, struct kafka_conf_list list, char **ret_error) {
  for (size_t i = 0; i < list.count; i++) {
    int status = set(conf, &list.properties[i], ret_error);
    if (status < 0) return status;
  }
  return 0;
}

static int check_law(struct kafka_conf_list given, struct kafka_conf_list law, char **ret_error) {
  for (size_t i = 0; i < law.count; i++) {
    const struct kafka_property *rule = &law.properties[i];
    const char *value = find(given, rule->name);
    if (!value || strcmp(value, rule->value) == 0) continue;
    *ret_error = xasprintf("kafka.%s: must be \"%s\" here, found \"%s\"", rule->name, rule->value, value);
    return -WF_EINVAL;
  }
  return 0;
}

int kafka_conf_new(struct kafka_conf_list given, struct kafka_conf_list ours, struct kafka_conf_list law,
                   rd_kafka_conf_t **ret_conf, char **ret_error) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  int status = check_law(given, law, ret_error);
  if (status == 0) status = set_all(conf, ours, ret_error);
  if (status == 0) status = set_all(conf, given, ret_error);
  if (status == 0) status = set_all(conf, law, ret_error);
  if (status < 0) {
    rd_kafka_conf_destroy(conf);
    return status;
  }
  *ret_conf = conf;
  return 0;
}

int kafka_conf_set_credentials(rd_kafka_t *client, const char *username, const char *password, char **ret_error) {
  rd_kafka_error_t *error = rd_kafka_sasl_set_credentials(client, username, password);
  if (!error) return 0;
  *ret_error = xstrdup(rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
  return -WF_EINVAL;
}

static enum log_level level_of(int level, const char *facility) {
  // FAIL and ERROR repeat what the error callback says of brokers; CONFWARN tells a
  // consumer of producer properties, which one config file rightly has side by side.
  static const char *const quiet[] = {"FAIL", "ERROR", "CONFWARN"};
  for (size_t i = 0; i < sizeof quiet / sizeof *quiet; i++)
    if (strcmp(facility, quiet[i]) == 0) return LOG_LEVEL_DEBUG;
  if (level <= 4) return LOG_LEVEL_WARNING; // what is an error for us, the adapters say
  return level == 5 ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG;
}

void kafka_conf_log(int level, const char *facility, const char *text) {
  log_line(level_of(level, facility), NULL, "kafka: %s: %s", facility, text);
}
