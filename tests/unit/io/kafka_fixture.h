// SPDX-License-Identifier: Apache-2.0
// What the Kafka tests share: librdkafka's mock cluster in this process, an event loop,
// and waiting for a condition (never for a time).
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <event2/event.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "base/log.h"
#include "io/kafka.h"

struct cluster {
  rd_kafka_t *client; // holds the mock cluster, and produces for the tests
  rd_kafka_mock_cluster_t *mock;
  const char *bootstrap;
};

static inline struct cluster cluster_start(void) {
  struct cluster cluster;
  char text[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  assert_int_equal(rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", text, sizeof text), RD_KAFKA_CONF_OK);
  assert_int_equal(rd_kafka_conf_set(conf, "linger.ms", "0", text, sizeof text), RD_KAFKA_CONF_OK);
  cluster.client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  assert_non_null(cluster.client);
  cluster.mock = rd_kafka_handle_mock_cluster(cluster.client);
  cluster.bootstrap = rd_kafka_mock_cluster_bootstraps(cluster.mock);
  return cluster;
}

static inline void cluster_stop(struct cluster *cluster) { rd_kafka_destroy(cluster->client); }

static inline void cluster_topic(struct cluster *cluster, const char *topic, int partitions) {
  assert_int_equal(rd_kafka_mock_topic_create(cluster->mock, topic, partitions, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
}

// Waits until the record is stored.
static inline void cluster_produce(struct cluster *cluster, const char *topic, int32_t partition, const char *key,
                                   const char *value) {
  rd_kafka_resp_err_t error = rd_kafka_producev(
      cluster->client, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(key, key ? strlen(key) : 0),
      RD_KAFKA_V_VALUE((void *)(uintptr_t)value, strlen(value)), RD_KAFKA_V_HEADER("h1", "one", -1), RD_KAFKA_V_END);
  assert_int_equal(error, RD_KAFKA_RESP_ERR_NO_ERROR);
  assert_int_equal(rd_kafka_flush(cluster->client, 60000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

// Runs the loop until the condition holds; the bound is against never.
#define spin_until(base, condition)                                                                                    \
  do {                                                                                                                 \
    usec_t spin_end = clock_boottime() + USEC_PER_MIN;                                                                 \
    while (!(condition)) {                                                                                             \
      if (clock_boottime() > spin_end) fail_msg("%s did not come true in a minute", #condition);                       \
      struct timeval spin_step = {.tv_usec = 20000};                                                                   \
      event_base_loopexit(base, &spin_step);                                                                           \
      event_base_loop(base, EVLOOP_ONCE);                                                                              \
    }                                                                                                                  \
  } while (0)

// Runs the loop for a time in which something must not happen.
static inline void spin_for(struct event_base *base, usec_t duration) {
  struct timeval step = {.tv_sec = duration / USEC_PER_SEC, .tv_usec = duration % USEC_PER_SEC};
  event_base_loopexit(base, &step);
  event_base_dispatch(base);
}
