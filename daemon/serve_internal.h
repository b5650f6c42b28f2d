// SPDX-License-Identifier: Apache-2.0
// What the parts of the daemon share: serve.c (life of the process), serve_world.c (the
// adapters behind the seam), serve_status.c (health and metrics), serve_upkeep.c (upkeep
// of the tables, and its metrics).
#pragma once

#include <event2/event.h>
#include <stdbool.h>
#include <sys/queue.h>

#include "base/clock.h"
#include "base/spare.h"
#include "io/evaluator.h"
#include "io/http_caller.h"
#include "io/http_status.h"
#include "io/kafka_sink.h"
#include "io/kafka_source.h"
#include "io/pg_listen.h"
#include "io/pg_store.h"
#include "io/pg_upkeep.h"
#include "job/job.h"
#include "lane_watch.h"
#include "metrics.h"
#include "secrets.h"
#include "serve.h"
#include "settings.h"

struct serve {
  struct config *config;
  const struct serve_options *options;
  struct settings *settings;
  struct event_base *loop;
  struct event *wake, *tick, *refused, *signals[3];
  struct evaluator *evaluator;
  struct pg_store *store;
  usec_t trimmed_told; // boottime: it was told that events are forgotten early; 0 = never
  struct pg_listen *listen;
  struct pg_upkeep *upkeep;
  bool snapshot_told; // that an old one is held
  usec_t upkeep_at, survey_at; // boottime of the last, while this is the keeper
  struct kafka_source *source;
  struct kafka_sink *sink;
  struct world world;
  struct job *job;
  struct http_caller *caller;
  LIST_HEAD(, flight) flights; // calls under way
  struct secrets *secrets;
  int generation;           // of the assignment the job was told of
  bool kafka_reachable;
  char kafka_away[512]; // why Kafka cannot be reached
  struct lane_watch *lane_watch;
  struct http_status *http;
  struct metrics *metrics;
  bool stopping;
  int exit_code;
  usec_t stop_by;
  usec_t watchdog_at, status_at;
  struct spare spare;
  // Messages the producer will never take; told to the job from the loop.
  uint64_t refused_cookies[16];
  size_t refused_count;
};

// serve_world.c
int world_open(struct serve *serve, char **ret_problem) WF_MUST_CHECK;
void world_close(struct serve *serve);

// Says these from the next connections on. Returns 0, or -WF_EINVAL with an owned text.
int world_set_credentials(struct serve *serve, const struct settings *settings, char **ret_problem) WF_MUST_CHECK;

// serve_calls.c: before the job is made, after it is freed
int calls_open(struct serve *serve, char **ret_problem) WF_MUST_CHECK;
void calls_close(struct serve *serve);
// Reads the secrets anew.
void calls_reload(struct serve *serve, const char *folder);
bool calls_world_call(void *context, const struct world_call *call, uint64_t cookie);
void calls_world_hang_up(void *context, uint64_t cookie);

// serve_status.c
int status_open(struct serve *serve) WF_MUST_CHECK;
void status_close(struct serve *serve);
// One line for the service manager.
void status_line(struct serve *serve);

// serve_upkeep.c
void upkeep_open(struct serve *serve);
void upkeep_close(struct serve *serve);
// Sets the ages that grow by themselves.
void upkeep_show(struct serve *serve);
