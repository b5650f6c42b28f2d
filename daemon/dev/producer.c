// SPDX-License-Identifier: Apache-2.0
#include "dev/producer.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

struct producer {
  rd_kafka_t *client;
  char *topic;
  size_t delivered, refused;
};

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  struct producer *producer = opaque;
  if (message->err) {
    producer->refused++;
  } else {
    producer->delivered++;
  }
}

int producer_new(const char *brokers, const char *topic, struct producer **ret_producer) {
  static const char *const properties[][2] = {{"linger.ms", "0"}, {"enable.idempotence", "true"}, {"log_level", "2"}};
  char error[256];
  struct producer *producer = xcalloc(1, sizeof *producer);
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_res_t set = rd_kafka_conf_set(conf, "bootstrap.servers", brokers, error, sizeof error);
  for (size_t i = 0; set == RD_KAFKA_CONF_OK && i < sizeof properties / sizeof *properties; i++)
    set = rd_kafka_conf_set(conf, properties[i][0], properties[i][1], error, sizeof error);
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
  rd_kafka_conf_set_opaque(conf, producer);
  if (set == RD_KAFKA_CONF_OK) producer->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!producer->client) {
    fprintf(stderr, "Kafka: %s\n", error);
    rd_kafka_conf_destroy(conf);
    free(producer);
    return -WF_EINVAL;
  }
  producer->topic = xstrdup(topic);
  *ret_producer = producer;
  return 0;
}

void producer_free(struct producer *producer) {
  if (!producer) return;
  rd_kafka_purge(producer->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(producer->client);
  free(producer->topic);
  free(producer);
}

int producer_publish(struct producer *producer, const char *key, const void *value, size_t size,
                     const char *content_type) {
  rd_kafka_resp_err_t error;
  for (;;) {
    // A header is handed over only when the record is taken.
    rd_kafka_headers_t *headers = content_type ? rd_kafka_headers_new(1) : NULL;
    if (headers) rd_kafka_header_add(headers, "content-type", -1, content_type, -1);
    error = rd_kafka_producev(producer->client, RD_KAFKA_V_TOPIC(producer->topic), RD_KAFKA_V_KEY(key, strlen(key)),
                              RD_KAFKA_V_VALUE((void *)value, size), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                              RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    if (error && headers) rd_kafka_headers_destroy(headers);
    rd_kafka_poll(producer->client, error == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 100 : 0);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) break;
  }
  return error ? -WF_EDOWN : 0;
}

int producer_flush(struct producer *producer, int limit_ms) {
  rd_kafka_resp_err_t error = rd_kafka_flush(producer->client, limit_ms);
  return error || producer->refused ? -WF_EDOWN : 0;
}

size_t producer_delivered(const struct producer *producer) { return producer->delivered; }
