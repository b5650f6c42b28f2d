// SPDX-License-Identifier: Apache-2.0
#include "dev/topics.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>

const char *const topics_names[TOPICS_COUNT] = {"workflow.triggers", "workflow.commands", "workflow.action-requests",
                                                "workflow.action-results", "workflow.lifecycle"};

enum { LIMIT_MS = 30000 };

static int read_answer(rd_kafka_event_t *event) {
  const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
  if (!result || rd_kafka_event_error(event)) {
    fprintf(stderr, "topics: %s\n", rd_kafka_event_error_string(event));
    return -WF_EDOWN;
  }
  size_t count;
  const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
  int r = 0;
  for (size_t i = 0; i < count; i++) {
    rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    fprintf(stderr, "topic %s: %s\n", rd_kafka_topic_result_name(topics[i]), rd_kafka_err2str(error));
    r = -WF_EDOWN;
  }
  return r;
}

static int ask(rd_kafka_t *client) {
  rd_kafka_NewTopic_t *topics[TOPICS_COUNT];
  char error[256];
  for (int i = 0; i < TOPICS_COUNT; i++)
    topics[i] = rd_kafka_NewTopic_new(topics_names[i], TOPICS_PARTITIONS, -1, error, sizeof error);
  rd_kafka_queue_t *queue = rd_kafka_queue_new(client);
  rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
  rd_kafka_AdminOptions_set_request_timeout(options, LIMIT_MS, error, sizeof error);
  rd_kafka_CreateTopics(client, topics, TOPICS_COUNT, options, queue);
  rd_kafka_event_t *event = rd_kafka_queue_poll(queue, LIMIT_MS + 1000);
  int r = event ? read_answer(event) : -WF_EDOWN;
  if (event) rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy_array(topics, TOPICS_COUNT);
  return r;
}

int topics_create(const char *brokers) {
  char error[256];
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers, error, sizeof error);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!client) {
    fprintf(stderr, "Kafka: %s\n", error);
    rd_kafka_conf_destroy(conf);
    return -WF_EDOWN;
  }
  int r = ask(client);
  rd_kafka_destroy(client);
  return r;
}
