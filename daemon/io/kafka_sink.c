// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_sink.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/kafka_conf.h"

enum { TICK_SECONDS = 1 };

struct topic {
  struct topic *next;
  rd_kafka_topic_t *handle;
};

struct kafka_sink {
  const struct kafka_sink_events *events;
  void *context;
  struct kafka_property *properties; // to make the next producer with
  size_t property_count;
  rd_kafka_t *client;
  rd_kafka_queue_t *queue;
  struct topic *topics; // handles, so that a send looks nothing up in librdkafka
  int fd;
  struct event *ready, *tick;
  size_t pending;
  bool full, broken; // broken: a fatal error; the old producer's messages are being reported
};

// ---- a producer -----------------------------------------------------------------

static int make_client(struct kafka_sink *sink, char **ret_error) {
  static const struct kafka_property ours[] = {{"message.timeout.ms", "10000"},
                                               {"partitioner", "murmur2_random"},
                                               {"linger.ms", "0"},
                                               {"queue.buffering.max.kbytes", "65536"},
                                               {"reconnect.backoff.max.ms", "1000"}};
  static const struct kafka_property law[] = {{"enable.idempotence", "true"}, {"log.queue", "true"}};
  rd_kafka_conf_t *conf;
  int status = kafka_conf_new((struct kafka_conf_list){sink->properties, sink->property_count},
                              (struct kafka_conf_list){ours, sizeof ours / sizeof *ours},
                              (struct kafka_conf_list){law, sizeof law / sizeof *law}, &conf, ret_error);
  if (status < 0) return status;
  rd_kafka_conf_set_events(conf, RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR | RD_KAFKA_EVENT_LOG);
  char text[512];
  sink->client = rd_kafka_new(RD_KAFKA_PRODUCER, conf, text, sizeof text);
  if (!sink->client) {
    rd_kafka_conf_destroy(conf);
    *ret_error = xasprintf("kafka producer: %s", text);
    return -WF_EINVAL;
  }
  static const uint64_t one = 1; // an eventfd takes 8 bytes
  rd_kafka_set_log_queue(sink->client, NULL);
  sink->queue = rd_kafka_queue_get_main(sink->client);
  rd_kafka_queue_io_event_enable(sink->queue, sink->fd, &one, sizeof one);
  return 0;
}

static void *destroy_client(void *client) {
  rd_kafka_destroy(client);
  return NULL;
}

static void drop_client(struct kafka_sink *sink) {
  while (sink->topics) {
    struct topic *topic = sink->topics;
    sink->topics = topic->next;
    rd_kafka_topic_destroy(topic->handle);
    free(topic);
  }
  rd_kafka_queue_io_event_enable(sink->queue, -1, NULL, 0);
  rd_kafka_queue_destroy(sink->queue);
}

// The old one ends on a thread of its own, as that waits for librdkafka's threads.
static void replace_client(struct kafka_sink *sink) {
  drop_client(sink);
  pthread_t thread;
  WF_ASSERT(pthread_create(&thread, NULL, destroy_client, sink->client) == 0);
  pthread_detach(thread);
  char *error;
  WF_ASSERT(make_client(sink, &error) == 0); // the same properties were good before
  sink->broken = false;
}

static rd_kafka_topic_t *topic_handle(struct kafka_sink *sink, const char *name) {
  for (struct topic *topic = sink->topics; topic; topic = topic->next)
    if (strcmp(rd_kafka_topic_name(topic->handle), name) == 0) return topic->handle;
  rd_kafka_topic_t *handle = rd_kafka_topic_new(sink->client, name, NULL);
  if (!handle) return NULL;
  struct topic *topic = xmalloc(sizeof *topic);
  *topic = (struct topic){sink->topics, handle};
  sink->topics = topic;
  return handle;
}

// ---- reports --------------------------------------------------------------------

// Sent again it would be refused again.
static bool is_for_good(rd_kafka_resp_err_t error) {
  switch (error) {
  case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
  case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
  case RD_KAFKA_RESP_ERR_INVALID_RECORD: return true;
  default: return false;
  }
}

static void handle_reports(struct kafka_sink *sink, rd_kafka_event_t *event) {
  const rd_kafka_message_t *message;
  while ((message = rd_kafka_event_message_next(event))) {
    sink->pending--;
    uint64_t cookie = (uint64_t)(uintptr_t)message->_private;
    const char *error = message->err ? rd_kafka_err2str(message->err) : NULL;
    if (is_for_good(message->err))
      sink->events->refused(sink->context, cookie, rd_kafka_topic_name(message->rkt), error);
    else
      sink->events->delivered(sink->context, cookie, !message->err, error);
  }
}

// Nothing goes through this producer any more: has all it holds reported.
static void give_up_client(struct kafka_sink *sink) {
  if (sink->broken) return;
  sink->broken = sink->full = true;
  rd_kafka_purge(sink->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

// Of one connection of many, or what the source reports too: once is enough.
static bool is_said_elsewhere(rd_kafka_resp_err_t error) {
  switch (error) {
  case RD_KAFKA_RESP_ERR__TRANSPORT:
  case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
  case RD_KAFKA_RESP_ERR__RESOLVE:
  case RD_KAFKA_RESP_ERR__SSL:
  case RD_KAFKA_RESP_ERR__AUTHENTICATION: return true;
  default: return false;
  }
}

static void handle_error(struct kafka_sink *sink, rd_kafka_event_t *event) {
  char text[512];
  if (rd_kafka_fatal_error(sink->client, text, sizeof text)) { // the event itself has the error beneath it
    give_up_client(sink);
    sink->events->failed(sink->context, text);
  } else if (!is_said_elsewhere(rd_kafka_event_error(event))) {
    sink->events->failed(sink->context, rd_kafka_event_error_string(event));
  }
}

static void handle_event(struct kafka_sink *sink, rd_kafka_event_t *event) {
  switch (rd_kafka_event_type(event)) {
  case RD_KAFKA_EVENT_DR: handle_reports(sink, event); break;
  case RD_KAFKA_EVENT_ERROR: handle_error(sink, event); break;
  case RD_KAFKA_EVENT_LOG: {
    const char *facility, *text;
    int level;
    if (rd_kafka_event_log(event, &facility, &text, &level) == 0) kafka_conf_log(level, facility, text);
    break;
  }
  default: break;
  }
}

// Drains the queue, as librdkafka wakes us again only when it was found empty.
static void serve(struct kafka_sink *sink, int wait_ms) {
  rd_kafka_event_t *event;
  while ((event = rd_kafka_queue_poll(sink->queue, wait_ms))) {
    handle_event(sink, event);
    rd_kafka_event_destroy(event);
    wait_ms = 0;
  }
  if (sink->broken && sink->pending == 0) replace_client(sink);
  if (sink->full && !sink->broken) {
    sink->full = false;
    sink->events->room(sink->context);
  }
}

static void on_ready(evutil_socket_t fd, short what, void *context) {
  (void)what;
  eventfd_t ignored;
  eventfd_read(fd, &ignored);
  serve(context, 0);
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  serve(context, 0);
}

// ---- from the owner -------------------------------------------------------------

static rd_kafka_headers_t *make_headers(const struct kafka_message *message) {
  if (message->header_count == 0) return NULL;
  rd_kafka_headers_t *headers = rd_kafka_headers_new(message->header_count);
  for (size_t i = 0; i < message->header_count; i++) {
    const struct message_header *header = &message->headers[i];
    rd_kafka_header_add(headers, header->name, -1, header->value, (ssize_t)header->size);
  }
  return headers;
}

static enum kafka_sink_result result_of(struct kafka_sink *sink, rd_kafka_resp_err_t error, const char **ret_error) {
  switch (error) {
  case RD_KAFKA_RESP_ERR_NO_ERROR: sink->pending++; return KAFKA_SINK_TAKEN;
  case RD_KAFKA_RESP_ERR__FATAL: // its event comes yet
    give_up_client(sink);
    return KAFKA_SINK_FULL;
  case RD_KAFKA_RESP_ERR__QUEUE_FULL: sink->full = true; return KAFKA_SINK_FULL;
  default: *ret_error = rd_kafka_err2str(error); return KAFKA_SINK_REFUSED;
  }
}

enum kafka_sink_result kafka_sink_send(struct kafka_sink *sink, const struct kafka_message *message, uint64_t cookie,
                                       const char **ret_error) {
  if (sink->broken) return KAFKA_SINK_FULL;
  rd_kafka_topic_t *topic = topic_handle(sink, message->topic);
  if (!topic) return result_of(sink, rd_kafka_last_error(), ret_error);
  rd_kafka_headers_t *headers = make_headers(message);
  rd_kafka_vu_t arguments[] = {
      {.vtype = RD_KAFKA_VTYPE_RKT, .u.rkt = topic},
      {.vtype = RD_KAFKA_VTYPE_PARTITION, .u.i32 = message->partition < 0 ? RD_KAFKA_PARTITION_UA : message->partition},
      {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u.i = RD_KAFKA_MSG_F_COPY},
      {.vtype = RD_KAFKA_VTYPE_KEY, .u.mem = {(void *)(uintptr_t)message->key, message->key_size}},
      {.vtype = RD_KAFKA_VTYPE_VALUE, .u.mem = {(void *)(uintptr_t)message->value, message->value_size}},
      {.vtype = RD_KAFKA_VTYPE_OPAQUE, .u.ptr = (void *)(uintptr_t)cookie},
      {.vtype = RD_KAFKA_VTYPE_HEADERS, .u.headers = headers},
  };
  size_t count = sizeof arguments / sizeof *arguments - (headers ? 0 : 1);
  rd_kafka_error_t *error = rd_kafka_produceva(sink->client, arguments, count);
  rd_kafka_resp_err_t code = error ? rd_kafka_error_code(error) : RD_KAFKA_RESP_ERR_NO_ERROR;
  if (error) {
    rd_kafka_error_destroy(error);
    if (headers) rd_kafka_headers_destroy(headers);
  }
  return result_of(sink, code, ret_error);
}

size_t kafka_sink_pending(const struct kafka_sink *sink) { return sink->pending; }

bool kafka_sink_flush(struct kafka_sink *sink, usec_t timeout) {
  usec_t deadline = clock_boottime() + timeout;
  while (sink->pending > 0 && clock_boottime() < deadline) serve(sink, 10);
  return sink->pending == 0;
}

// ---- start and end --------------------------------------------------------------

static void copy_properties(struct kafka_sink *sink, const struct kafka_property *properties, size_t count) {
  sink->properties = xcalloc(count + 1, sizeof *sink->properties);
  sink->property_count = count;
  for (size_t i = 0; i < count; i++)
    sink->properties[i] = (struct kafka_property){xstrdup(properties[i].name), xstrdup(properties[i].value)};
}

// It may be a password.
static void forget_value(struct kafka_property *property) {
  explicit_bzero((char *)(uintptr_t)property->value, strlen(property->value));
  free((char *)(uintptr_t)property->value);
}

// The producer that follows after a fatal error is to say the same.
static void keep_password(struct kafka_sink *sink, const char *password) {
  for (size_t i = 0; i < sink->property_count; i++) {
    if (strcmp(sink->properties[i].name, "sasl.password") != 0) continue;
    forget_value(&sink->properties[i]);
    sink->properties[i].value = xstrdup(password);
  }
}

int kafka_sink_set_credentials(struct kafka_sink *sink, const char *username, const char *password, char **ret_error) {
  int status = kafka_conf_set_credentials(sink->client, username, password, ret_error);
  if (status == 0) keep_password(sink, password);
  return status;
}

static void free_owned(struct kafka_sink *sink) {
  for (size_t i = 0; i < sink->property_count; i++) {
    free((char *)(uintptr_t)sink->properties[i].name);
    forget_value(&sink->properties[i]);
  }
  free(sink->properties);
  close(sink->fd);
  free(sink);
}

int kafka_sink_new(struct event_base *base, const struct kafka_property *properties, size_t property_count,
                   const struct kafka_sink_events *events, void *context, struct kafka_sink **ret_sink,
                   char **ret_error) {
  struct kafka_sink *sink = xcalloc(1, sizeof *sink);
  *sink = (struct kafka_sink){.events = events, .context = context};
  copy_properties(sink, properties, property_count);
  sink->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  WF_ASSERT(sink->fd >= 0);
  int status = make_client(sink, ret_error);
  if (status < 0) {
    free_owned(sink);
    return status;
  }
  sink->ready = event_new(base, sink->fd, EV_READ | EV_PERSIST, on_ready, sink);
  sink->tick = event_new(base, -1, EV_PERSIST, on_tick, sink);
  event_add(sink->ready, NULL);
  event_add(sink->tick, &(struct timeval){.tv_sec = TICK_SECONDS});
  *ret_sink = sink;
  return 0;
}

void kafka_sink_free(struct kafka_sink *sink) {
  if (!sink) return;
  event_free(sink->ready);
  event_free(sink->tick);
  rd_kafka_purge(sink->client, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
  drop_client(sink);
  rd_kafka_destroy(sink->client);
  free_owned(sink);
}
