// SPDX-License-Identifier: Apache-2.0
#include "dev/topics.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>

const char *const topics_names[TOPICS_COUNT] = {"workflow.triggers", "workflow.commands", "workflow.action-requests",
                                                "workflow.action-results", "workflow.lifecycle"};

enum { ANSWER_MS = 5000, LIMIT_MS = 30000, CAUSE_SIZE = 512 };

// What the client last said of its brokers, into the opaque: CAUSE_SIZE bytes.
static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque) {
  (void)client;
  char *cause = opaque;
  // "all brokers are down" follows the reason why each is, and says less.
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || !*cause) snprintf(cause, CAUSE_SIZE, "%s", reason);
}

static int say(const char *what, const char *why) {
  fprintf(stderr, "workflowctl dev: %s: %s\n", what, why);
  return -WF_EDOWN;
}

static int read_answer(rd_kafka_event_t *event) {
  const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
  if (!result || rd_kafka_event_error(event)) return say("topics cannot be made", rd_kafka_event_error_string(event));
  size_t count;
  const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
  int r = 0;
  for (size_t i = 0; i < count; i++) {
    rd_kafka_resp_err_t error = rd_kafka_topic_result_error(topics[i]);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    fprintf(stderr, "workflowctl dev: topic %s cannot be made: %s\n", rd_kafka_topic_result_name(topics[i]), rd_kafka_err2str(error));
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
  int r = event ? read_answer(event) : say("topics cannot be made", "no answer");
  if (event) rd_kafka_event_destroy(event);
  rd_kafka_AdminOptions_destroy(options);
  rd_kafka_queue_destroy(queue);
  rd_kafka_NewTopic_destroy_array(topics, TOPICS_COUNT);
  return r;
}

// Whether a broker answers; else says why none does.
static int look(rd_kafka_t *client, const char *brokers, const char *cause) {
  const struct rd_kafka_metadata *metadata;
  rd_kafka_resp_err_t error = rd_kafka_metadata(client, 0, NULL, &metadata, ANSWER_MS);
  if (!error) {
    rd_kafka_metadata_destroy(metadata);
    return 0;
  }
  rd_kafka_poll(client, 0); // hears the cause
  fprintf(stderr, "workflowctl dev: no Kafka at %s: %s\n", brokers, *cause ? cause : rd_kafka_err2str(error));
  return -WF_EDOWN;
}

int topics_create(const char *brokers) {
  char error[256], cause[CAUSE_SIZE] = "";
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", brokers, error, sizeof error);
  rd_kafka_conf_set(conf, "log_level", "2", error, sizeof error); // what it would log is said here
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_opaque(conf, cause);
  rd_kafka_t *client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof error);
  if (!client) {
    rd_kafka_conf_destroy(conf);
    return say("Kafka", error);
  }
  int r = look(client, brokers, cause);
  if (r == 0) r = ask(client);
  rd_kafka_destroy(client);
  return r;
}
