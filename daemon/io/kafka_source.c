// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_source.h"

#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/xalloc.h"
#include "io/kafka_assignment.h"
#include "io/kafka_conf.h"
#include "io/kafka_consumer.h"
#include "io/kafka_error.h"
#include "io/kafka_query.h"
#include "io/kafka_record.h"

// Records of one turn of the loop; more wait for the next, so that others get theirs.
enum { TURN_RECORDS = 1000, PARTITION_RECORDS = 100, TICK_SECONDS = 1, LOOK_SECONDS = 5 };

enum state {
  IDLE,     // nothing assigned
  ASKING,   // assigned; the cluster is asked who it is
  ASSIGNED, // the owner takes over
  READING,
  REVOKED, // the owner lets go
};

struct topic {
  char *name;
  bool wanted;
};

struct kafka_source {
  rd_kafka_t *client;
  const struct kafka_source_events *events;
  void *context;
  struct topic *topics;
  const char **names; // of the topics
  size_t topic_count;
  bool by_hand;
  int fd;
  struct event *ready, *tick, *look;
  rd_kafka_queue_t *main_queue, *consumer_queue;
  struct kafka_query *query;

  enum state state;
  int generation;
  struct kafka_assignment assignment;
  // What the rebalance callback has recorded, until the turn handles it.
  rd_kafka_topic_partition_list_t *given;
  bool is_revoked, is_lost;

  struct kafka_complaint complaint;
  bool describing, is_fatal, has_open_gap;
  size_t turn; // the partition whose records come first in the next turn
  struct kafka_record room;
};

// ---- callbacks of librdkafka: on our thread, from within a poll ------------------

static void on_rebalance(rd_kafka_t *client, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t *partitions,
                         void *opaque) {
  struct kafka_source *source = opaque;
  if (source->given) rd_kafka_topic_partition_list_destroy(source->given);
  source->given = NULL;
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    source->given = rd_kafka_topic_partition_list_copy(partitions);
  } else {
    source->is_revoked = true;
    source->is_lost = rd_kafka_assignment_lost(client) != 0;
  }
}

static void on_log(const rd_kafka_t *client, int level, const char *facility, const char *text) {
  (void)client;
  kafka_conf_log(level, facility, text);
}

static void describe(struct kafka_source *source);

static void report_unreachable(struct kafka_source *source, const char *reason) {
  char *text = kafka_complaint_lost(&source->complaint, reason);
  if (text) source->events->reachable(source->context, false, text);
  free(text);
}

static void report_failed(struct kafka_source *source, const char *reason) {
  char text[512];
  bool is_fatal = rd_kafka_fatal_error(source->client, text, sizeof text) != RD_KAFKA_RESP_ERR_NO_ERROR;
  if (is_fatal && source->is_fatal) return; // said
  source->is_fatal = is_fatal;
  source->events->failed(source->context, is_fatal, is_fatal ? text : reason);
}

static void on_error(rd_kafka_t *client, int error, const char *reason, void *opaque) {
  (void)client;
  struct kafka_source *source = opaque;
  switch (error) {
  case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN: report_unreachable(source, reason); break;
  // One connection of many. Whether any is left, only a question tells: with a group
  // coordinator 2.0.2 does not notice that all are down.
  case RD_KAFKA_RESP_ERR__RESOLVE:
  case RD_KAFKA_RESP_ERR__AUTHENTICATION:
  case RD_KAFKA_RESP_ERR__SSL:
  case RD_KAFKA_RESP_ERR__TRANSPORT:
    kafka_complaint_heard(&source->complaint, reason);
    describe(source);
    break;
  default: report_failed(source, reason);
  }
}

// ---- who the cluster is ---------------------------------------------------------

static void report_assigned(struct kafka_source *source, const char *cluster_id) {
  source->state = ASSIGNED;
  const struct kafka_assignment *assignment = &source->assignment;
  source->events->assigned(source->context, source->generation, cluster_id, assignment->partitions, assignment->count);
}

// By hand: every partition of every topic is ours; a topic that grew is a new assignment.
static void assign_by_hand(struct kafka_source *source, const struct kafka_query_answer *answer) {
  size_t count = 0;
  for (size_t i = 0; i < source->topic_count; i++) count += (size_t)answer->partition_counts[i];
  if (source->state != IDLE && count <= source->assignment.count) return;
  if (source->state != IDLE && !source->events->revoked(source->context, false)) {
    source->state = REVOKED; // found again by the next look, after the release
    return;
  }
  kafka_assignment_clear(&source->assignment);
  for (size_t i = 0; i < source->topic_count; i++)
    for (int32_t p = 0; p < answer->partition_counts[i]; p++)
      kafka_assignment_add(&source->assignment, source->topics[i].name, p, 0);
  source->generation++;
  source->state = ASKING;
}

static void on_described(void *context, const struct kafka_query_answer *answer) {
  struct kafka_source *source = context;
  source->describing = false;
  if (!answer->answered) { // asked again by the tick
    report_unreachable(source, answer->error);
    return;
  }
  if (kafka_complaint_found(&source->complaint)) source->events->reachable(source->context, true, "");
  if (source->by_hand) assign_by_hand(source, answer);
  if (source->state == ASKING) report_assigned(source, answer->cluster_id);
}

static void describe(struct kafka_source *source) {
  if (source->describing) return;
  source->describing = true;
  kafka_query_describe(source->query, source->names, source->topic_count, on_described, source);
}

// ---- rebalances -----------------------------------------------------------------

static void handle_revoked(struct kafka_source *source) {
  bool told = source->state == ASSIGNED || source->state == READING;
  source->is_revoked = false;
  source->generation++;
  source->state = REVOKED;
  if (!told || source->events->revoked(source->context, source->is_lost)) kafka_source_release(source);
}

static void handle_assigned(struct kafka_source *source) {
  rd_kafka_topic_partition_list_t *given = source->given;
  source->given = NULL;
  kafka_assignment_clear(&source->assignment);
  for (int i = 0; i < given->cnt; i++)
    kafka_assignment_add(&source->assignment, given->elems[i].topic, given->elems[i].partition, 0);
  rd_kafka_topic_partition_list_destroy(given);
  source->generation++;
  source->state = ASKING;
  describe(source);
}

static void handle_rebalance(struct kafka_source *source) {
  if (source->is_revoked) handle_revoked(source);
  if (source->given && source->state != REVOKED) handle_assigned(source);
}

static void assign(struct kafka_source *source, const rd_kafka_topic_partition_list_t *list) {
  rd_kafka_resp_err_t error = rd_kafka_assign(source->client, list);
  if (error) source->events->failed(source->context, false, rd_kafka_err2str(error));
}

static void assign_all(struct kafka_source *source) {
  rd_kafka_topic_partition_list_t *list = kafka_assignment_list(&source->assignment);
  assign(source, list);
  rd_kafka_topic_partition_list_destroy(list);
}

int kafka_source_start(struct kafka_source *source, int generation, const struct kafka_partition *partitions,
                       size_t count) {
  bool is_present = source->state == ASSIGNED || source->state == READING;
  if (generation != source->generation || !is_present || source->is_revoked) return -WF_ECONFLICT;
  struct kafka_assignment assignment = {0}; // made first: the names may be the old one's
  for (size_t i = 0; i < count; i++)
    kafka_assignment_add(&assignment, partitions[i].topic, partitions[i].partition, partitions[i].offset);
  kafka_assignment_clear(&source->assignment);
  source->assignment = assignment;
  source->state = READING;
  kafka_assignment_open(&source->assignment, source->client, source->fd);
  assign_all(source);
  event_active(source->ready, EV_READ, 0);
  return 0;
}

void kafka_source_release(struct kafka_source *source) {
  if (source->state != REVOKED) return;
  source->state = IDLE;
  kafka_assignment_clear(&source->assignment);
  assign(source, NULL);
  event_active(source->ready, EV_READ, 0); // an assignment may be waiting already
  if (source->by_hand) describe(source);
}

// ---- records --------------------------------------------------------------------

static void handle_record(struct kafka_source *source, const rd_kafka_message_t *message) {
  if (source->state != READING) return; // fetched before a revocation; who owns it now reads it
  struct kafka_partition *at =
      kafka_assignment_find(&source->assignment, rd_kafka_topic_name(message->rkt), message->partition, NULL);
  if (!at || message->offset < at->offset) return; // fetched before a new start
  struct record record = kafka_record_of(&source->room, message);
  at->offset = message->offset + 1;
  source->events->record(source->context, source->generation, &record);
}

// ---- errors of partitions -------------------------------------------------------

static void on_offsets(void *context, const struct kafka_query_answer *answer) {
  struct kafka_source *source = context;
  bool *stopped;
  struct kafka_partition *at = kafka_assignment_find(&source->assignment, answer->topic, answer->partition, &stopped);
  if (source->state != READING || !at || !*stopped) return; // no longer ours, or begun anew
  if (!answer->answered) { // the partition may be gone, or the brokers: asked again by the tick
    source->has_open_gap = true;
    return;
  }
  struct kafka_gap gap = {at->topic, at->partition, at->offset, answer->low, answer->high};
  source->events->gap(source->context, &gap);
}

static void ask_offsets(struct kafka_source *source, const struct kafka_partition *at) {
  kafka_query_offsets(source->query, at->topic, at->partition, on_offsets, source);
}

static void ask_open_gaps(struct kafka_source *source) {
  if (!source->has_open_gap) return;
  source->has_open_gap = false;
  for (size_t i = 0; i < source->assignment.count; i++)
    if (source->assignment.stopped[i]) ask_offsets(source, &source->assignment.partitions[i]);
}

// The offset to go on from is not there: below what is kept, or above what there is.
static void handle_gap(struct kafka_source *source, const rd_kafka_message_t *message) {
  bool *stopped;
  struct kafka_partition *at =
      kafka_assignment_find(&source->assignment, rd_kafka_topic_name(message->rkt), message->partition, &stopped);
  if (source->state != READING || !at || *stopped) return;
  *stopped = true;
  ask_offsets(source, at);
}

static void handle_error(struct kafka_source *source, const rd_kafka_message_t *message) {
  switch (message->err) {
  case RD_KAFKA_RESP_ERR__PARTITION_EOF: break;
  case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
  case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: handle_gap(source, message); break;
  default: {
    char *text = xasprintf("%s[%d]: %s", message->rkt ? rd_kafka_topic_name(message->rkt) : "consumer",
                           message->partition, rd_kafka_message_errstr(message));
    report_failed(source, text);
    free(text);
  }
  }
}

// ---- the turn -------------------------------------------------------------------

static void handle_message(struct kafka_source *source, rd_kafka_message_t *message) {
  if (message->err)
    handle_error(source, message);
  else
    handle_record(source, message);
  rd_kafka_message_destroy(message);
}

// Rebalances, and errors of no partition. Counts as being alive for the group, whether
// records are wanted or not.
static void poll_consumer(struct kafka_source *source) {
  rd_kafka_message_t *message;
  while ((message = rd_kafka_consumer_poll(source->client, 0))) handle_message(source, message);
  handle_rebalance(source);
}

static bool is_wanted(const struct kafka_source *source, const char *topic) {
  for (size_t i = 0; i < source->topic_count; i++)
    if (strcmp(source->topics[i].name, topic) == 0) return source->topics[i].wanted;
  return false;
}

// Up to PARTITION_RECORDS of one partition, while its topic is wanted; how many. A record
// may make its owner stop the topic, or begin an assignment anew.
static int poll_partition(struct kafka_source *source, size_t number) {
  int count = 0;
  while (count < PARTITION_RECORDS && source->state == READING && number < source->assignment.count &&
         is_wanted(source, source->assignment.partitions[number].topic)) {
    rd_kafka_message_t *message = rd_kafka_consume_queue(source->assignment.queues[number], 0);
    if (!message) break;
    handle_message(source, message);
    count++;
  }
  return count;
}

// Takes turns between partitions until all that are wanted are found empty, as librdkafka
// wakes us again only then; or enough for one turn of the loop.
static void poll_records(struct kafka_source *source) {
  int count = 0;
  size_t empty = 0;
  while (source->state == READING && empty < source->assignment.count && count < TURN_RECORDS) {
    source->turn = (source->turn + 1) % source->assignment.count;
    int polled = poll_partition(source, source->turn);
    empty = polled ? 0 : empty + 1;
    count += polled;
  }
  if (count >= TURN_RECORDS) event_active(source->ready, EV_READ, 0);
}

static void on_ready(evutil_socket_t fd, short what, void *context) {
  (void)what;
  struct kafka_source *source = context;
  eventfd_t ignored;
  eventfd_read(fd, &ignored);
  rd_kafka_poll(source->client, 0); // logs and errors; with 2.0.2 it also counts as being alive
  poll_consumer(source);
  poll_records(source);
}

static void on_tick(evutil_socket_t fd, short what, void *context) {
  (void)fd;
  struct kafka_source *source = context;
  bool must_ask = source->complaint.is_lost || source->state == ASKING || (source->by_hand && source->state == IDLE);
  if (must_ask) describe(source);
  ask_open_gaps(source);
  on_ready(source->fd, what, source);
}

// Can the brokers still be reached, when nothing says that they cannot? By hand: do the
// topics have more partitions now?
static void on_look(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  describe(context);
}

// ---- from the owner -------------------------------------------------------------

void kafka_source_want(struct kafka_source *source, const char *topic, bool wanted) {
  for (size_t i = 0; i < source->topic_count; i++)
    if (strcmp(source->topics[i].name, topic) == 0) source->topics[i].wanted = wanted;
  if (wanted) event_active(source->ready, EV_READ, 0);
}

void kafka_source_seek(struct kafka_source *source, const char *topic, int32_t partition, int64_t offset) {
  bool *stopped;
  struct kafka_partition *at = kafka_assignment_find(&source->assignment, topic, partition, &stopped);
  if (source->state != READING || !at) return;
  at->offset = offset;
  *stopped = false;
  assign_all(source); // rare: what the other partitions had fetched is fetched again
}

int kafka_source_set_credentials(struct kafka_source *source, const char *username, const char *password, char **ret_error) {
  return kafka_conf_set_credentials(source->client, username, password, ret_error);
}

int64_t kafka_source_end(const struct kafka_source *source, const char *topic, int32_t partition) {
  int64_t low, high;
  if (source->state != READING || rd_kafka_get_watermark_offsets(source->client, topic, partition, &low, &high)) return -1;
  return high < 0 ? -1 : high;
}

void kafka_source_commit(struct kafka_source *source, const struct kafka_partition *partitions, size_t count) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);
  for (size_t i = 0; i < count; i++)
    rd_kafka_topic_partition_list_add(list, partitions[i].topic, partitions[i].partition)->offset =
        partitions[i].offset;
  if (count) rd_kafka_commit(source->client, list, 1);
  rd_kafka_topic_partition_list_destroy(list);
}

// ---- start and end --------------------------------------------------------------

static void wake_by(rd_kafka_queue_t *queue, int fd) {
  static const uint64_t one = 1; // an eventfd takes 8 bytes
  rd_kafka_queue_io_event_enable(queue, fd, &one, sizeof one);
}

static void subscribe(struct kafka_source *source) {
  rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)source->topic_count);
  for (size_t i = 0; i < source->topic_count; i++)
    rd_kafka_topic_partition_list_add(list, source->names[i], RD_KAFKA_PARTITION_UA);
  rd_kafka_resp_err_t error = rd_kafka_subscribe(source->client, list);
  rd_kafka_topic_partition_list_destroy(list);
  WF_ASSERT(!error);
}

static void copy_topics(struct kafka_source *source, const struct kafka_source_config *config) {
  source->topics = xcalloc(config->topic_count + 1, sizeof *source->topics);
  source->names = xcalloc(config->topic_count + 1, sizeof *source->names);
  source->topic_count = config->topic_count;
  for (size_t i = 0; i < config->topic_count; i++) {
    source->topics[i] = (struct topic){xstrdup(config->topics[i]), true};
    source->names[i] = source->topics[i].name;
  }
}

int kafka_source_new(struct event_base *base, const struct kafka_source_config *config,
                     const struct kafka_source_events *events, void *context, struct kafka_source **ret_source,
                     char **ret_error) {
  struct kafka_source *source = xcalloc(1, sizeof *source);
  source->events = events;
  source->context = context;
  source->by_hand = config->by_hand;
  int status = kafka_consumer_new(config->properties, config->property_count,
                                  &(struct kafka_consumer_handler){source, on_rebalance, on_error, on_log},
                                  &source->client, ret_error);
  if (status < 0) {
    free(source);
    return status;
  }
  copy_topics(source, config);
  rd_kafka_set_log_queue(source->client, NULL);
  source->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  WF_ASSERT(source->fd >= 0);
  source->main_queue = rd_kafka_queue_get_main(source->client);
  source->consumer_queue = rd_kafka_queue_get_consumer(source->client);
  wake_by(source->main_queue, source->fd);
  wake_by(source->consumer_queue, source->fd);
  source->ready = event_new(base, source->fd, EV_READ | EV_PERSIST, on_ready, source);
  source->tick = event_new(base, -1, EV_PERSIST, on_tick, source);
  source->look = event_new(base, -1, EV_PERSIST, on_look, source);
  event_add(source->ready, NULL);
  event_add(source->tick, &(struct timeval){.tv_sec = TICK_SECONDS});
  source->query = kafka_query_new(base, source->client);
  event_add(source->look, &(struct timeval){.tv_sec = LOOK_SECONDS});
  if (!config->by_hand) subscribe(source);
  describe(source);
  *ret_source = source;
  return 0;
}

// Leaves the group; revocations are answered without asking anyone.
static bool close_consumer(struct kafka_source *source, usec_t timeout) {
  usec_t deadline = clock_boottime() + timeout;
  rd_kafka_queue_t *queue = rd_kafka_queue_new(source->client);
  rd_kafka_error_t *error = rd_kafka_consumer_close_queue(source->client, queue);
  while (!error && !rd_kafka_consumer_closed(source->client) && clock_boottime() < deadline) {
    rd_kafka_event_t *event = rd_kafka_queue_poll(queue, 10);
    if (event && rd_kafka_event_type(event) == RD_KAFKA_EVENT_REBALANCE) rd_kafka_assign(source->client, NULL);
    if (event) rd_kafka_event_destroy(event);
    if (source->is_revoked) rd_kafka_assign(source->client, NULL);
    source->is_revoked = false;
  }
  if (error) rd_kafka_error_destroy(error);
  rd_kafka_queue_destroy(queue);
  return rd_kafka_consumer_closed(source->client) != 0;
}

void kafka_source_free(struct kafka_source *source, usec_t timeout) {
  if (!source) return;
  kafka_query_free(source->query);
  event_free(source->ready);
  event_free(source->tick);
  event_free(source->look);
  kafka_assignment_clear(&source->assignment); // its queues are the client's
  bool closed = close_consumer(source, timeout);
  rd_kafka_queue_io_event_enable(source->main_queue, -1, NULL, 0);
  rd_kafka_queue_io_event_enable(source->consumer_queue, -1, NULL, 0);
  rd_kafka_queue_destroy(source->main_queue);
  rd_kafka_queue_destroy(source->consumer_queue);
  rd_kafka_destroy_flags(source->client, closed ? 0 : RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  close(source->fd);
  if (source->given) rd_kafka_topic_partition_list_destroy(source->given);
  for (size_t i = 0; i < source->topic_count; i++) free(source->topics[i].name);
  free(source->topics);
  free(source->names);
  kafka_record_free(&source->room);
  kafka_complaint_free(&source->complaint);
  free(source);
}
