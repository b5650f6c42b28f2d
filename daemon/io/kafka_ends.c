// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_ends.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "io/kafka_conf.h"
#include "io/kafka_error.h"

// What the client last said of its brokers.
struct cause {
  char text[512];
};

static void on_error(rd_kafka_t *client, int error, const char *reason, void *context) {
  (void)client;
  struct cause *cause = context;
  // "all brokers are down" follows the reason why each is, and says less.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && *cause->text) return;
  snprintf(cause->text, sizeof cause->text, "%s", reason);
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
  (void)client;
  kafka_conf_log(level, facility, text);
}

static int new_client(struct kafka_conf_list given, struct cause *cause, rd_kafka_t **ret_client, char **ret_error) {
  static const struct kafka_conf_list none;
  rd_kafka_conf_t *conf;
  int status = kafka_conf_new(given, none, none, &conf, ret_error);
  if (status < 0) return status;
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, on_log);
  rd_kafka_conf_set_opaque(conf, cause);
  char text[256];
  *ret_client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (*ret_client) return 0;
  rd_kafka_conf_destroy(conf);
  *ret_error = xstrdup(text);
  return -WF_EINVAL;
}

static bool is_absent(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

static rd_kafka_resp_err_t ask(rd_kafka_t *client, struct kafka_end *end, usec_t deadline) {
  usec_t left = deadline - clock_boottime();
  if (left <= 0) return RD_KAFKA_RESP_ERR__TIMED_OUT;
  int64_t low, high;
  rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client, end->topic, end->partition, &low, &high, (int)(left / USEC_PER_MSEC) + 1);
  end->low = error ? -1 : low;
  end->high = error ? -1 : high;
  return is_absent(error) ? RD_KAFKA_RESP_ERR_NO_ERROR : error;
}

int kafka_ends(const struct kafka_property *properties, size_t property_count, struct kafka_end *ends, size_t count,
               usec_t timeout, char **ret_error) {
  struct cause cause = {""};
  rd_kafka_t *client;
  int status = new_client((struct kafka_conf_list){properties, property_count}, &cause, &client, ret_error);
  if (status < 0) return status;
  usec_t deadline = clock_boottime() + timeout;
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
  for (size_t i = 0; i < count && !error; i++) error = ask(client, &ends[i], deadline);
  if (error) {
    rd_kafka_poll(client, 0); // hears why
    char *why = *cause.text ? kafka_error_text(cause.text) : NULL;
    *ret_error = xasprintf("%s%s%s%s", rd_kafka_err2str(error), why ? " (" : "", why ? why : "", why ? ")" : "");
    free(why);
    status = -WF_EDOWN;
  }
  rd_kafka_destroy(client);
  return status;
}
