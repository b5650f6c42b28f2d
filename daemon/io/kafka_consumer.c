// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_consumer.h"

#include "base/xalloc.h"
#include "io/kafka_conf.h"

// Fetched ahead, of each partition: librdkafka's 64 MiB would be most of this process.
// What fits must last for a second, as 2.0.2 rests that long after it has found a queue
// full. Its 10 s between attempts to connect would outlast the session when a broker
// restarts. A member learns by its heartbeat that another has gone: 3 s of it would be
// added to every take-over.
static const struct kafka_property defaults[] = {{"partition.assignment.strategy", "range"},
                                                 {"group.id", "workflowd"},
                                                 {"topic.metadata.refresh.interval.ms", "10000"},
                                                 {"queued.max.messages.kbytes", "4096"},
                                                 {"reconnect.backoff.max.ms", "1000"},
                                                 {"heartbeat.interval.ms", "1000"}};
static const struct kafka_property law[] = {{"enable.auto.commit", "false"},
                                            {"enable.auto.offset.store", "false"},
                                            {"auto.offset.reset", "error"},
                                            {"enable.partition.eof", "false"},
                                            {"log.queue", "true"}};

static int make_conf(const struct kafka_property *properties, size_t count, rd_kafka_conf_t **ret_conf, char **ret_error) {
  return kafka_conf_new((struct kafka_conf_list){properties, count},
                        (struct kafka_conf_list){defaults, sizeof defaults / sizeof *defaults},
                        (struct kafka_conf_list){law, sizeof law / sizeof *law}, ret_conf, ret_error);
}

int kafka_consumer_check(const struct kafka_property *property, char **ret_error) {
  rd_kafka_conf_t *conf;
  int status = make_conf(property, 1, &conf, ret_error);
  if (status == 0) rd_kafka_conf_destroy(conf);
  return status;
}

int kafka_consumer_new(const struct kafka_property *properties, size_t count, const struct kafka_consumer_handler *handler,
                       rd_kafka_t **ret_client, char **ret_error) {
  rd_kafka_conf_t *conf;
  int status = make_conf(properties, count, &conf, ret_error);
  if (status < 0) return status;
  rd_kafka_conf_set_opaque(conf, handler->context);
  rd_kafka_conf_set_rebalance_cb(conf, handler->rebalance);
  rd_kafka_conf_set_error_cb(conf, handler->error);
  rd_kafka_conf_set_log_cb(conf, handler->log);
  char text[512];
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_CONSUMER, conf, text, sizeof text);
  if (client) {
    *ret_client = client;
    return 0;
  }
  rd_kafka_conf_destroy(conf);
  *ret_error = xasprintf("kafka consumer: %s", text);
  return -WF_EINVAL;
}
