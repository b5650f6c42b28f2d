// SPDX-License-Identifier: Apache-2.0
#include "dev/broker.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdlib.h>

#include "base/xalloc.h"

enum { BROKER_ID = 1, PARTITIONS_MAX = 4095 };

struct broker {
  rd_kafka_t *client; // the mock cluster lives on a client's threads
  rd_kafka_mock_cluster_t *cluster;
};

int broker_new(struct broker **ret_broker) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  // The client itself has nothing to say: it would log about its own missing brokers.
  rd_kafka_conf_set(conf, "log_level", "0", error, sizeof error);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!client) {
    rd_kafka_conf_destroy(conf);
    return -WF_EIO;
  }
  rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(client, 1);
  if (!cluster) {
    rd_kafka_destroy(client);
    return -WF_EIO;
  }
  struct broker *broker = xcalloc(1, sizeof *broker);
  *broker = (struct broker){client, cluster};
  *ret_broker = broker;
  return 0;
}

void broker_free(struct broker *broker) {
  if (!broker) return;
  rd_kafka_mock_cluster_destroy(broker->cluster);
  rd_kafka_destroy(broker->client);
  free(broker);
}

const char *broker_address(const struct broker *broker) { return rd_kafka_mock_cluster_bootstraps(broker->cluster); }

int broker_create_topic(struct broker *broker, const char *name, int partitions) {
  if (!*name || partitions < 1 || partitions > PARTITIONS_MAX) return -WF_EINVAL;
  return rd_kafka_mock_topic_create(broker->cluster, name, partitions, 1) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -WF_EINVAL;
}

int broker_set_reachable(struct broker *broker, bool reachable) {
  rd_kafka_resp_err_t error = reachable ? rd_kafka_mock_broker_set_up(broker->cluster, BROKER_ID)
                                        : rd_kafka_mock_broker_set_down(broker->cluster, BROKER_ID);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -WF_EIO;
}
