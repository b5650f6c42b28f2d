// SPDX-License-Identifier: Apache-2.0
#include "worker/worker.h"

#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/codec_worker.h"
#include "worker/answers.h"
#include "worker/functions.h"
#include "worker/pending.h"
#include "worker/progress.h"

enum { TURN_MAX = 1000, ANSWERS_MAX = 100000, FLUSH_MS = 10000, METADATA_MS = 10000 };

struct worker {
  rd_kafka_t *consumer, *producer;
  char *topic;
  struct arena *arena; // of one request
  struct buf bytes;    // of one answer
  struct answers *answers;
  struct pending *pending;
  struct progress *progress;
  struct worker_counts counts;
};

static const struct worker_property CONSUMER[] = {
    {"enable.auto.offset.store", "false"}, // stored when answered, see progress.h
    {"auto.commit.interval.ms", "500"},
    {"auto.offset.reset", "earliest"},
    {NULL, NULL},
};
static const struct worker_property PRODUCER[] = {
    {"enable.idempotence", "true"}, // a retry inside the client makes no second record
    {"linger.ms", "0"},
    {NULL, NULL},
};

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
  (void)client;
  log_line(level <= LOG_LEVEL_ERROR ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG, NULL, "kafka: %s: %s", facility, text);
}

static int set(rd_kafka_conf_t *conf, const char *name, const char *value) {
  char error[256];
  if (rd_kafka_conf_set(conf, name, value, error, sizeof error) == RD_KAFKA_CONF_OK) return 0;
  fprintf(stderr, "workflow-example-worker: %s=%s: %s\n", name, value, error);
  return -WF_EINVAL;
}

// ---- answering --------------------------------------------------------------

static void produce(struct worker *worker, const char *topic, int32_t partition, const char *key, struct text value,
                 struct progress_item *item) {
  rd_kafka_resp_err_t error;
  for (;;) {
    error = rd_kafka_producev(worker->producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition),
                              RD_KAFKA_V_KEY(key, strlen(key)), RD_KAFKA_V_VALUE((void *)value.data, value.size),
                              RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(item), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) break;
    rd_kafka_poll(worker->producer, 100);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    log_error("cannot answer on %s[%d]: %s", topic, partition, rd_kafka_err2str(error));
    if (item) progress_end(worker->progress, item);
  }
}

static void resend(struct worker *worker, const rd_kafka_message_t *message) {
  rd_kafka_resp_err_t error = rd_kafka_producev(
      worker->producer, RD_KAFKA_V_RKT(message->rkt), RD_KAFKA_V_PARTITION(message->partition),
      RD_KAFKA_V_KEY(message->key, message->key_len), RD_KAFKA_V_VALUE(message->payload, message->len),
      RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_OPAQUE(message->_private), RD_KAFKA_V_END);
  if (error) log_error("answer not delivered: %s", rd_kafka_err2str(error));
}

// The broker may be away for long: an answer that expired is sent again. One that the
// broker refuses will not get better; workflowd's deadline takes care of it.
static void on_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque) {
  (void)client;
  struct worker *worker = opaque;
  switch (message->err) {
  case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT: resend(worker, message); return;
  case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
  case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT: return; // we end; the offset is not committed
  case RD_KAFKA_RESP_ERR_NO_ERROR: break;
  default: log_error("answer refused: %s", rd_kafka_err2str(message->err));
  }
  if (message->_private) progress_end(worker->progress, message->_private);
}

static void answer(struct worker *worker, const struct action_request *request, struct text bytes,
                   struct progress_item *item) {
  char run_id[UUID_TEXT_SIZE];
  worker->counts.results++;
  produce(worker, request->answer_topic, request->answer_partition, uuid_format(&request->action.run_id, run_id), bytes,
          item);
}

// ---- doing ------------------------------------------------------------------

static void begin_long(struct worker *worker, const struct action_request *request, usec_t takes, struct text bytes,
                       struct progress_item *item) {
  usec_t now = clock_boottime(), every = request->heartbeat_timeout / 3;
  pending_put(worker->pending, &(struct pending_work){.action = request->action,
                                                      .attempt = request->attempt,
                                                      .reply_topic = (char *)request->answer_topic,
                                                      .reply_partition = request->answer_partition,
                                                      .due_at = now + takes,
                                                      .heartbeat_every = every,
                                                      .heartbeat_at = every > 0 ? now + every : USEC_NEVER,
                                                      .result = (char *)bytes.data,
                                                      .result_size = bytes.size,
                                                      .context = item});
}

static void take_request(struct worker *worker, const struct action_request *request, struct progress_item *item) {
  worker->counts.requests++;
  struct text bytes = answers_find(worker->answers, &request->action, request->attempt);
  if (bytes.data) {
    worker->counts.repeats++;
    answer(worker, request, bytes, item);
    return;
  }
  if (pending_find(worker->pending, &request->action, request->attempt)) {
    worker->counts.repeats++;
    progress_end(worker->progress, item); // the first one's answer serves both
    return;
  }
  usec_t takes;
  struct action_result result = work_do(request, worker->arena, &takes);
  buf_reset(&worker->bytes);
  codec_encode_result(&result, worker->arena, &worker->bytes);
  bytes = (struct text){worker->bytes.data, worker->bytes.size};
  if (takes > 0) {
    begin_long(worker, request, takes, bytes, item);
    return;
  }
  answers_put(worker->answers, &request->action, request->attempt, bytes);
  answer(worker, request, bytes, item);
}

static void take_cancel(struct worker *worker, const struct action_cancel *cancel, struct progress_item *item) {
  worker->counts.cancels++;
  struct pending_work *work = pending_find(worker->pending, &cancel->action, cancel->attempt);
  if (work) {
    progress_end(worker->progress, work->context);
    pending_remove(worker->pending, work);
  }
  progress_end(worker->progress, item);
}

static int read_request(struct worker *worker, const rd_kafka_message_t *message, struct worker_request *ret_request) {
  static const struct codec_bounds BOUNDS = {.payload_bytes = 16 << 20, .recipients = 1};
  // Requests are protobuf, whatever their first byte; their header says so.
  static const struct message_header FORM = {"content-type", CODEC_CONTENT_TYPE, sizeof CODEC_CONTENT_TYPE - 1};
  struct record record = {.topic = worker->topic, .partition = message->partition, .offset = message->offset,
                          .value = message->payload, .value_size = message->len, .headers = &FORM, .header_count = 1};
  struct refusal refusal = {0};
  int r = codec_decode_request(&record, &BOUNDS, worker->arena, ret_request, &refusal);
  if (r == 0 && !ret_request->is_cancel && !ret_request->request.answer_topic) {
    refusal.text = "does not say where to answer";
    r = -WF_EINVAL;
  }
  if (r != 0)
    log_warning("%s[%d]@%lld passed over: %s", worker->topic, message->partition, (long long)message->offset,
                refusal.text);
  return r;
}

static void take(struct worker *worker, const rd_kafka_message_t *message) {
  struct progress_item *item = progress_begin(worker->progress, message->partition, message->offset);
  struct worker_request request;
  arena_reset(worker->arena);
  if (read_request(worker, message, &request) != 0) {
    worker->counts.refused++;
    progress_end(worker->progress, item);
  } else if (request.is_cancel) {
    take_cancel(worker, &request.cancel, item);
  } else {
    take_request(worker, &request.request, item);
  }
}

static void end_long(struct worker *worker, struct pending_work *work) {
  char run_id[UUID_TEXT_SIZE];
  struct text bytes = {work->result, work->result_size};
  answers_put(worker->answers, &work->action, work->attempt, bytes);
  worker->counts.results++;
  produce(worker, work->reply_topic, work->reply_partition, uuid_format(&work->action.run_id, run_id), bytes,
          work->context);
  pending_remove(worker->pending, work);
}

static void give_sign_of_life(struct worker *worker, struct pending_work *work) {
  char run_id[UUID_TEXT_SIZE];
  worker->counts.heartbeats++;
  buf_reset(&worker->bytes);
  codec_encode_heartbeat(&(struct action_heartbeat){.action = work->action, .attempt = work->attempt}, &worker->bytes);
  produce(worker, work->reply_topic, work->reply_partition, uuid_format(&work->action.run_id, run_id),
          (struct text){worker->bytes.data, worker->bytes.size}, NULL);
}

static void do_what_is_due(struct worker *worker) {
  usec_t now = clock_boottime();
  struct pending_work *work;
  while ((work = pending_due(worker->pending, now))) end_long(worker, work);
  while ((work = pending_silent(worker->pending, now))) {
    give_sign_of_life(worker, work);
    work->heartbeat_at = now + work->heartbeat_every;
  }
}

// ---- the loop ---------------------------------------------------------------

static void store_offset(int32_t partition, int64_t next_offset, void *context) {
  struct worker *worker = context;
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, worker->topic, partition)->offset = next_offset;
  // Refused for a partition that is no longer ours: then it is another worker's matter.
  rd_kafka_offsets_store(worker->consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
}

void worker_turn(struct worker *worker, usec_t limit) {
  usec_t now = clock_boottime(), next = pending_next(worker->pending);
  usec_t wait = next == USEC_NEVER || next - now > limit ? limit : next > now ? next - now : 0;
  for (int i = 0; i < TURN_MAX; i++) {
    rd_kafka_message_t *record = rd_kafka_consumer_poll(worker->consumer, i == 0 ? (int)(wait / USEC_PER_MSEC) : 0);
    if (!record) break;
    if (record->err) {
      log_debug("kafka: %s", rd_kafka_message_errstr(record));
    } else {
      take(worker, record);
    }
    rd_kafka_message_destroy(record);
  }
  do_what_is_due(worker);
  rd_kafka_poll(worker->producer, 0);
  progress_report(worker->progress, store_offset, worker);
}

struct worker_counts worker_counts(const struct worker *worker) { return worker->counts; }

// ---- making and ending ------------------------------------------------------

static int configure(const struct worker_options *options, const struct worker_property *own, rd_kafka_conf_t *conf) {
  int r = set(conf, "bootstrap.servers", options->brokers);
  for (; r == 0 && own->name; own++) r = set(conf, own->name, own->value);
  for (size_t i = 0; r == 0 && i < options->property_count; i++)
    r = set(conf, options->properties[i].name, options->properties[i].value);
  rd_kafka_conf_set_log_cb(conf, on_log);
  return r;
}

// Owns `conf`.
static int make_client(rd_kafka_type_t type, rd_kafka_conf_t *conf, rd_kafka_t **ret_client) {
  char error[256];
  rd_kafka_t *client = rd_kafka_new(type, conf, error, sizeof error);
  if (!client) {
    fprintf(stderr, "workflow-example-worker: %s\n", error);
    rd_kafka_conf_destroy(conf);
    return -WF_EINVAL;
  }
  *ret_client = client;
  return 0;
}

static int make_clients(const struct worker_options *options, struct worker *worker) {
  rd_kafka_conf_t *conf = rd_kafka_conf_new();
  int r = configure(options, CONSUMER, conf);
  if (r == 0) r = set(conf, "group.id", options->group);
  if (r != 0) {
    rd_kafka_conf_destroy(conf);
    return r;
  }
  r = make_client(RD_KAFKA_CONSUMER, conf, &worker->consumer);
  if (r != 0) return r;
  rd_kafka_poll_set_consumer(worker->consumer);

  conf = rd_kafka_conf_new();
  r = configure(options, PRODUCER, conf);
  if (r != 0) {
    rd_kafka_conf_destroy(conf);
    return r;
  }
  rd_kafka_conf_set_dr_msg_cb(conf, on_delivered);
  rd_kafka_conf_set_opaque(conf, worker);
  return make_client(RD_KAFKA_PRODUCER, conf, &worker->producer);
}

static int assign_all(struct worker *worker) {
  rd_kafka_topic_t *topic = rd_kafka_topic_new(worker->producer, worker->topic, NULL);
  const struct rd_kafka_metadata *metadata;
  rd_kafka_resp_err_t error = rd_kafka_metadata(worker->producer, 0, topic, &metadata, METADATA_MS);
  rd_kafka_topic_destroy(topic);
  if (error) return -WF_EDOWN;
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(metadata->topics[0].partition_cnt);
  rd_kafka_topic_partition_list_add_range(list, worker->topic, 0, metadata->topics[0].partition_cnt - 1);
  error = rd_kafka_assign(worker->consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_metadata_destroy(metadata);
  return error ? -WF_EDOWN : 0;
}

static int subscribe(struct worker *worker) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, worker->topic, RD_KAFKA_PARTITION_UA);
  rd_kafka_resp_err_t error = rd_kafka_subscribe(worker->consumer, list);
  rd_kafka_topic_partition_list_destroy(list);
  return error ? -WF_EINVAL : 0;
}

int worker_new(const struct worker_options *options, struct worker **ret_worker) {
  struct worker *worker = xcalloc(1, sizeof *worker);
  worker->topic = xstrdup(options->topic);
  worker->arena = arena_new();
  worker->answers = answers_new(ANSWERS_MAX);
  worker->pending = pending_new();
  worker->progress = progress_new();
  int r = make_clients(options, worker);
  if (r == 0) r = options->assign_all ? assign_all(worker) : subscribe(worker);
  if (r != 0) {
    worker_free(worker);
    return r;
  }
  *ret_worker = worker;
  return 0;
}

void worker_free(struct worker *worker) {
  if (!worker) return;
  if (worker->producer) rd_kafka_flush(worker->producer, FLUSH_MS);
  if (worker->consumer) {
    progress_report(worker->progress, store_offset, worker);
    rd_kafka_consumer_close(worker->consumer); // commits what is stored
    rd_kafka_destroy(worker->consumer);
  }
  if (worker->producer) {
    // Delivery reports that never came must not reach what is freed below.
    rd_kafka_purge(worker->producer, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    rd_kafka_flush(worker->producer, FLUSH_MS);
    rd_kafka_destroy(worker->producer);
  }
  pending_free(worker->pending);
  progress_free(worker->progress);
  answers_free(worker->answers);
  arena_free(worker->arena);
  buf_free(&worker->bytes);
  free(worker->topic);
  free(worker);
}
