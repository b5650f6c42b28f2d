// SPDX-License-Identifier: Apache-2.0
// What the parts of the job share: job.c, lane.c, intake.c, commit.c, recovery.c.
#pragma once

#include "base/vec.h"
#include "io/codec.h"
#include "job/job.h"
#include "job/queue.h"
#include "job/registry.h"

struct lane;

// A definition to be published.
struct job_document {
  char *namespace, *name, *version, *document, *outline, *where;
  size_t document_size, outline_size;
};

// How long what needs a definition that does not load here waits until it is tried again: by
// then another configuration, or another instance, may have it.
#define PUT_OFF (30 * USEC_PER_SEC)

struct job {
  struct job_config config;
  const struct world *world;
  const struct wf_catalog *catalog;
  const struct wf_evaluator *evaluator;
  struct codec_bounds codec_bounds;
  struct registry *registry;
  VEC(struct job_document) documents;
  size_t documents_done;
  bool definitions_stale; // the table has moved on since the registry was filled
  bool is_intake_paused;  // no trigger is taken, as workflow.pause_intake() says
  char *cluster_id;
  struct lane **lanes;
  const struct lane *trying; // whose input was announced, see caution.h
  // The partitions assigned, to be consumed once every lane has taken its homes over.
  struct world_partition *assigned;
  size_t assigned_count;
  int turn; // the lane that begins the next call
  bool consuming, draining;
  bool wanted[STREAM_COUNT]; // records, as the world was told
  bool is_orphaned; // the assignment was lost, not revoked; see job_on_lost()
  // database's clock = boottime + offset; see clock_sample()
  usec_t clock_offset;
  bool clock_known;
  struct job_stats stats;
};

usec_t job_boottime(const struct job *job);
// The database's clock, never ahead of the real one.
usec_t job_clock(const struct job *job);
// The database said `clock` in an answer to what was asked at `asked` (boottime).
void job_clock_sample(struct job *job, usec_t clock, usec_t asked);
void job_observe(const struct job *job, enum world_observation what, const char *label, double value);
// A lane has taken over all it was assigned; begins to consume when all have.
void job_lane_ready(struct job *job);
// The home has messages waiting. False when it is no lane's of this process.
bool job_wake_home(struct job *job, int home);
void job_wake_all(struct job *job);
// A home turned out to be another's: everything is given back, and taken again after a
// while if Kafka still assigns it here; if Kafka does not, that was the last word.
void job_lost(struct job *job);
// The offsets stored belong to another Kafka cluster: nothing is read.
void job_wrong_cluster(struct job *job, const char *stored);
// Arms the one timer for the earliest thing any lane has to do.
void job_arm(struct job *job);
// Back-pressure: records are wanted while every lane's queue has room.
void job_flow(struct job *job);
// Whether triggers are left where they are; harmless when they are already.
void job_pause_intake(struct job *job, bool is_paused);
