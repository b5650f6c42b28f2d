// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_publish.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/kafka_conf.h"
#include "io/kafka_error.h"

struct delivery {
  bool is_done, is_refused;
  rd_kafka_resp_err_t error;
  struct kafka_place place;
  char cause[512]; // what the client last said of its brokers
};

static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *context) {
  (void)client;
  struct delivery *delivery = context;
  delivery->is_done = true;
  delivery->error = message->err;
  delivery->place = (struct kafka_place){message->partition, message->offset};
}

static void on_error(rd_kafka_t *client, int error, const char *reason, void *context) {
  struct delivery *delivery = context;
  // "all brokers are down" follows the reason why each is, and says less.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && *delivery->cause) return;
  strncpy(delivery->cause, reason, sizeof delivery->cause - 1);
  if (delivery->is_refused || !kafka_error_refusal(reason)) return;
  delivery->is_refused = true; // waiting changes nothing
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
  (void)client;
  kafka_conf_log(level, facility, text);
}

static int new_client(struct kafka_conf_list given, struct delivery *delivery, usec_t timeout, rd_kafka_t **ret_client,
                      char **ret_error) {
  char text[256], limit[24];
  snprintf(limit, sizeof limit, "%lld", (long long)(timeout / USEC_PER_MSEC));
  const struct kafka_property law[] = {{"message.timeout.ms", limit}};
  // What is given for the daemon's producer holds here too, but for how long to wait.
  struct kafka_property *kept = xcalloc(given.count + 1, sizeof *kept);
  size_t count = 0;
  for (size_t i = 0; i < given.count; i++)
    if (strcmp(given.properties[i].name, law[0].name) != 0) kept[count++] = given.properties[i];
  const struct kafka_property ours[] = {
      {"linger.ms", "0"}, {"enable.idempotence", "true"}, {"partitioner", "murmur2_random"}};
  rd_kafka_conf_t *conf;
  int status = kafka_conf_new((struct kafka_conf_list){kept, count}, (struct kafka_conf_list){ours, 3},
                              (struct kafka_conf_list){law, 1}, &conf, ret_error);
  free(kept);
  if (status < 0) return status;
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, on_log);
  rd_kafka_conf_set_opaque(conf, delivery);
  *ret_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (*ret_client) return 0;
  rd_kafka_conf_destroy(conf);
  *ret_error = xstrdup(text);
  return -WF_EINVAL;
}

static rd_kafka_resp_err_t produce(rd_kafka_t *client, const struct record *record) {
  rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count);
  for (size_t i = 0; i < record->header_count; i++)
    rd_kafka_header_add(headers, record->headers[i].name, -1, record->headers[i].value,
                        (ssize_t)record->headers[i].size);
  rd_kafka_resp_err_t error =
      rd_kafka_producev(client, RD_KAFKA_V_TOPIC(record->topic), RD_KAFKA_V_PARTITION(record->partition),
                        RD_KAFKA_V_KEY(record->key, record->key_size),
                        RD_KAFKA_V_VALUE((void *)(uintptr_t)record->value, record->value_size),
                        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
  if (error) rd_kafka_headers_destroy(headers); // taken over only on success
  return error;
}

static int conclude(const struct delivery *delivery, rd_kafka_resp_err_t error, char **ret_error) {
  if (!error) error = delivery->is_done ? delivery->error : RD_KAFKA_RESP_ERR__TIMED_OUT;
  if (!error) return 0;
  if (delivery->is_refused) error = RD_KAFKA_RESP_ERR__AUTHENTICATION;
  bool says_why = *delivery->cause && error != RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE;
  char *cause = kafka_error_text(delivery->cause);
  *ret_error = xasprintf("%s%s%s%s", rd_kafka_err2str(error), says_why ? " (" : "", says_why ? cause : "", says_why ? ")" : "");
  free(cause);
  return error == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE ? -WF_ETOOBIG : -WF_EDOWN;
}

int kafka_publish(const struct kafka_property *properties, size_t property_count, const struct record *record,
                  usec_t timeout, struct kafka_place *ret_place, char **ret_error) {
  struct delivery delivery = {0};
  rd_kafka_t *client;
  int status = new_client((struct kafka_conf_list){properties, property_count}, &delivery, timeout, &client, ret_error);
  if (status < 0) return status;
  rd_kafka_resp_err_t error = produce(client, record);
  // The client gives up by itself after message.timeout.ms; the second is for its report.
  if (!error) rd_kafka_flush(client, (int)(timeout / USEC_PER_MSEC) + 1000);
  status = conclude(&delivery, error, ret_error);
  if (status == 0) *ret_place = delivery.place;
  rd_kafka_purge(client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_destroy(client);
  return status;
}
