// SPDX-License-Identifier: Apache-2.0
#include "dev/demo.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "dev/demo_trigger.h"
#include "dev/producer.h"
#include "dev/topics.h"

// The embedded broker keeps 5 MiB of a partition; a trigger has less than 512 bytes. Never be so
// far ahead of workflowd that records vanish before they are read.
enum { LEAD_MAX = 10000, CHUNK = 1000, FLUSH_MS = 30000, LOOK_MS = 200 };
static const usec_t PATIENCE = 30 * USEC_PER_SEC;      // without any movement
static const usec_t PATIENCE_ALONE = 3 * USEC_PER_SEC; // after a process has ended

struct demo demo_make(int size) {
  struct demo demo = {.size = size};
  char now[CLOCK_TEXT_SIZE];
  clock_format(clock_realtime(), now);
  snprintf(demo.mark, sizeof demo.mark, "quickstart-%s", now);
  return demo;
}

int demo_query(const struct demo *demo, struct pg_admin *admin, const char *sql, struct pg_rows **ret_rows) {
  const char *parameters[] = {demo->mark};
  if (pg_admin_query(admin, sql, parameters, 1, ret_rows) == 0) return 0;
  fprintf(stderr, "workflowctl dev: %s\n", pg_admin_error(admin));
  return -WF_EDOWN;
}

int demo_count_now(struct demo *demo, struct pg_admin *admin) {
  static const char sql[] =
      "SELECT count(DISTINCT t.trigger_id), count(r.run_id), count(*) FILTER (WHERE r.status = 'completed'),"
      "       count(*) FILTER (WHERE r.status = 'faulted'), count(*) FILTER (WHERE r.status = 'cancelled'),"
      "       count(*) FILTER (WHERE r.run_id IS NOT NULL AND r.ended_at IS NULL)"
      "  FROM workflow.trigger t LEFT JOIN workflow.run r ON r.trigger_id = t.trigger_id"
      " WHERE t.correlation_id = $1";
  struct pg_rows *rows;
  int r = demo_query(demo, admin, sql, &rows);
  if (r < 0) return r;
  long values[6];
  for (size_t i = 0; i < 6; i++) values[i] = atol(pg_rows_value(rows, 0, i));
  pg_rows_free(rows);
  demo->count = (struct demo_count){values[0], values[1], values[2], values[3], values[4], values[5]};
  return 0;
}

bool demo_is_whole(const struct demo *demo) {
  return demo->count.triggers == demo->size && demo->count.runs == demo->size && demo->count.stuck == 0;
}

void demo_print_line(const struct demo *demo, FILE *out) {
  fprintf(out, "quickstart: %ld triggers, %ld runs, %ld completed, %ld faulted, %ld stuck\n", demo->count.triggers,
          demo->count.runs, demo->count.completed, demo->count.faulted, demo->count.stuck);
}

void demo_print_json(const struct demo *demo, FILE *out) {
  fprintf(out, "{\"triggers\": %ld, \"runs\": %ld, \"completed\": %ld, \"faulted\": %ld, \"stuck\": %ld}\n", demo->count.triggers,
          demo->count.runs, demo->count.completed, demo->count.faulted, demo->count.stuck);
}

static int publish_some(const struct demo *demo, int *published, struct producer *producer) {
  long room = demo->count.triggers + LEAD_MAX - *published;
  int count = demo->size - *published;
  if (count > CHUNK) count = CHUNK;
  if (count > room) count = (int)room;
  struct arena *scratch = arena_new();
  struct buf bytes = {0};
  int r = 0;
  for (int i = 0; i < count && r == 0; i++) {
    arena_reset(scratch);
    buf_reset(&bytes);
    int number = *published + 1;
    demo_trigger_encode(number, demo->mark, scratch, &bytes);
    r = producer_publish(producer, demo_trigger_lead(number, scratch), bytes.data, bytes.size, "application/x-protobuf");
    if (r == 0) *published = number;
  }
  buf_free(&bytes);
  arena_free(scratch);
  return r == 0 && count > 0 ? producer_flush(producer, FLUSH_MS) : r;
}

static void show_progress(const struct demo *demo, int published, FILE *out) {
  bool terminal = isatty(fileno(out));
  fprintf(out, "%s  published %6d   accepted %6ld   running %6ld   completed %6ld   faulted %6ld%s", terminal ? "\r" : "",
          published, demo->count.triggers, demo->count.stuck, demo->count.completed, demo->count.faulted,
          terminal ? "" : "\n");
  fflush(out);
}

// Looks until all is done; the loop of demo_run().
static int watch(struct demo *demo, struct dev_servers *servers, int signals, struct pg_admin *admin,
                 struct producer *producer, FILE *out) {
  usec_t moved_at = clock_boottime(), patience = PATIENCE;
  int published = 0;
  struct pollfd signal = {.fd = signals, .events = POLLIN};
  for (;;) {
    struct demo_count before = demo->count;
    int published_before = published;
    int r = published < demo->size ? publish_some(demo, &published, producer) : 0;
    if (r != 0) fprintf(stderr, "\nworkflowctl dev: Kafka does not take the triggers\n");
    if (r == 0) r = demo_count_now(demo, admin);
    if (r != 0) return r;
    if (published != published_before || memcmp(&before, &demo->count, sizeof before) != 0) {
      moved_at = clock_boottime();
      show_progress(demo, published, out);
    }
    if (published == demo->size && demo_is_whole(demo)) return 0;
    if (clock_boottime() - moved_at > patience || poll(&signal, 1, 0) > 0) return 0;
    bool ahead = published - demo->count.triggers >= LEAD_MAX;
    if (dev_servers_watch(servers, signals, published < demo->size && !ahead ? 0 : LOOK_MS)) patience = PATIENCE_ALONE;
  }
}

int demo_run(struct demo *demo, struct dev_servers *servers, int signals, struct pg_admin *admin, FILE *out) {
  struct producer *producer;
  int r = producer_new(dev_servers_brokers(servers), topics_names[0], &producer);
  if (r != 0) return -WF_EDOWN;
  fprintf(out, "\nPublishing %d lead triggers to %s and following their runs in SQL:\n", demo->size, topics_names[0]);
  r = watch(demo, servers, signals, admin, producer, out);
  fputc('\n', out);
  producer_free(producer);
  return r;
}
