// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_query.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

#include "base/error.h"
#include "base/xalloc.h"

enum { ASK_TIMEOUT_MS = 1000 };

struct question {
  STAILQ_ENTRY(question) link;
  char **topics;
  size_t topic_count;
  bool is_offsets;
  kafka_query_done *done;
  void *context;
  // The answer, owned here.
  struct kafka_query_answer answer;
  char *cluster_id, *error;
  int32_t *partition_counts;
};

STAILQ_HEAD(question_list, question);

struct kafka_query {
  rd_kafka_t *client;
  int fd;
  struct event *event;
  pthread_t thread;
  pthread_mutex_t lock; // of what follows
  pthread_cond_t changed;
  struct question_list asked, answered;
  bool stopping;
};

static void question_free(struct question *question) {
  for (size_t i = 0; i < question->topic_count; i++) free(question->topics[i]);
  free(question->topics);
  free(question->cluster_id);
  free(question->error);
  free(question->partition_counts);
  free(question);
}

// ---- on the thread: nothing of the loop is touched ------------------------------

static bool ask_cluster_id(rd_kafka_t *client, struct question *question) {
  char *id = rd_kafka_clusterid(client, ASK_TIMEOUT_MS);
  if (!id) {
    question->error = xstrdup("no broker could be reached");
    return false;
  }
  question->cluster_id = xstrdup(id);
  rd_kafka_mem_free(client, id);
  return true;
}

static bool ask_partition_count(rd_kafka_t *client, struct question *question, size_t i) {
  rd_kafka_topic_t *topic = rd_kafka_topic_new(client, question->topics[i], NULL);
  const struct rd_kafka_metadata *metadata = NULL;
  rd_kafka_resp_err_t error =
      topic ? rd_kafka_metadata(client, 0, topic, &metadata, ASK_TIMEOUT_MS) : rd_kafka_last_error();
  if (!error && metadata->topic_cnt == 1) {
    error = metadata->topics[0].err;
    question->partition_counts[i] = error ? 0 : metadata->topics[0].partition_cnt;
  }
  bool known = !error && question->partition_counts[i] > 0;
  if (!known)
    question->error =
        xasprintf("topic %s: %s", question->topics[i], error ? rd_kafka_err2str(error) : "has no partitions");
  if (metadata) rd_kafka_metadata_destroy(metadata);
  if (topic) rd_kafka_topic_destroy(topic);
  return known;
}

static void ask_description(rd_kafka_t *client, struct question *question) {
  question->partition_counts = xcalloc(question->topic_count + 1, sizeof *question->partition_counts);
  for (size_t i = 0; i < question->topic_count; i++)
    if (!ask_partition_count(client, question, i)) return;
  // After the metadata, which is what brings the id of the cluster as it is now.
  question->answer.answered = ask_cluster_id(client, question);
}

static void ask_offsets(rd_kafka_t *client, struct question *question) {
  rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client, question->topics[0], question->answer.partition, &question->answer.low,
                                       &question->answer.high, ASK_TIMEOUT_MS);
  question->answer.answered = !error;
  if (error)
    question->error = xasprintf("%s[%d]: %s", question->topics[0], question->answer.partition, rd_kafka_err2str(error));
}

static void *run(void *context) {
  struct kafka_query *query = context;
  pthread_mutex_lock(&query->lock);
  while (!query->stopping) {
    struct question *question = STAILQ_FIRST(&query->asked);
    if (!question) {
      pthread_cond_wait(&query->changed, &query->lock);
      continue;
    }
    STAILQ_REMOVE_HEAD(&query->asked, link);
    pthread_mutex_unlock(&query->lock);
    if (question->is_offsets)
      ask_offsets(query->client, question);
    else
      ask_description(query->client, question);
    pthread_mutex_lock(&query->lock);
    STAILQ_INSERT_TAIL(&query->answered, question, link);
    eventfd_write(query->fd, 1);
  }
  pthread_mutex_unlock(&query->lock);
  return NULL;
}

// ---- on the loop ----------------------------------------------------------------

static struct question *take_answer(struct kafka_query *query) {
  pthread_mutex_lock(&query->lock);
  struct question *question = STAILQ_FIRST(&query->answered);
  if (question) STAILQ_REMOVE_HEAD(&query->answered, link);
  pthread_mutex_unlock(&query->lock);
  return question;
}

static void on_answers(evutil_socket_t fd, short what, void *context) {
  (void)what;
  struct kafka_query *query = context;
  eventfd_t ignored;
  eventfd_read(fd, &ignored);
  struct question *question = take_answer(query);
  if (!question) return;
  // One answer a turn, the next by another turn: `done` may free the query.
  eventfd_write(fd, 1);
  question->answer.topic = question->topics[0];
  question->answer.error = question->error;
  question->answer.cluster_id = question->cluster_id;
  question->answer.partition_counts = question->partition_counts;
  question->done(question->context, &question->answer);
  question_free(question);
}

struct kafka_query *kafka_query_new(struct event_base *base, rd_kafka_t *client) {
  struct kafka_query *query = xcalloc(1, sizeof *query);
  query->client = client;
  query->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  WF_ASSERT(query->fd >= 0);
  query->event = event_new(base, query->fd, EV_READ | EV_PERSIST, on_answers, query);
  event_add(query->event, NULL);
  STAILQ_INIT(&query->asked);
  STAILQ_INIT(&query->answered);
  pthread_mutex_init(&query->lock, NULL);
  pthread_cond_init(&query->changed, NULL);
  WF_ASSERT(pthread_create(&query->thread, NULL, run, query) == 0);
  return query;
}

static void free_all(struct question_list *list) {
  while (!STAILQ_EMPTY(list)) {
    struct question *question = STAILQ_FIRST(list);
    STAILQ_REMOVE_HEAD(list, link);
    question_free(question);
  }
}

void kafka_query_free(struct kafka_query *query) {
  if (!query) return;
  pthread_mutex_lock(&query->lock);
  query->stopping = true;
  pthread_cond_signal(&query->changed);
  pthread_mutex_unlock(&query->lock);
  pthread_join(query->thread, NULL);
  free_all(&query->asked);
  free_all(&query->answered);
  event_free(query->event);
  close(query->fd);
  pthread_cond_destroy(&query->changed);
  pthread_mutex_destroy(&query->lock);
  free(query);
}

static void ask(struct kafka_query *query, struct question *question) {
  pthread_mutex_lock(&query->lock);
  STAILQ_INSERT_TAIL(&query->asked, question, link);
  pthread_cond_signal(&query->changed);
  pthread_mutex_unlock(&query->lock);
}

static struct question *question_new(const char *const *topics, size_t count, kafka_query_done *done, void *context) {
  struct question *question = xcalloc(1, sizeof *question);
  *question = (struct question){.topic_count = count, .done = done, .context = context};
  question->topics = xcalloc(count + 1, sizeof *question->topics);
  for (size_t i = 0; i < count; i++) question->topics[i] = xstrdup(topics[i]);
  return question;
}

void kafka_query_describe(struct kafka_query *query, const char *const *topics, size_t count, kafka_query_done *done,
                          void *context) {
  ask(query, question_new(topics, count, done, context));
}

void kafka_query_offsets(struct kafka_query *query, const char *topic, int32_t partition, kafka_query_done *done,
                         void *context) {
  struct question *question = question_new(&topic, 1, done, context);
  question->is_offsets = true;
  question->answer.partition = partition;
  ask(query, question);
}
