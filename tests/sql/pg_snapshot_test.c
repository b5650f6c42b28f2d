// SPDX-License-Identifier: Apache-2.0
// Snapshots on a real server: written when they are due, used when they can be, and
// never needed.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/dump.h"
#include "engine/snapshot.h"
#include "store_sample.h"

enum { EVENTS_MAX = 200 };

// A run of the engine's own, under the trigger of a sample.
struct long_run {
  struct sample sample;
  struct wf_run *run, *runs[1];
  struct wf_event events[EVENTS_MAX];
  struct store_event rows[EVENTS_MAX];
  size_t count, committed;
  usec_t now;
};

static void open_run(struct long_run *all, struct fixture *fixture) {
  fixture_take(fixture, 1, "a");
  sample_new(&all->sample, fixture, "t1", 1);
  struct wf_identity identity = all->sample.run.identity;
  identity.event_id = (char *)(uintptr_t)"t1";
  identity.actor = jv_parse("{\"collection\":\"users\",\"id\":\"u1\"}");
  identity.trigger_data = jv_parse("{ \"n\": 1234567890123456789 }");
  all->run = wf_run_new(&identity);
  all->now = sample_now(fixture);
}

static void add(struct long_run *all, enum wf_event_type type, int32_t step_no, const char *data) {
  struct wf_event *event = &all->events[all->count];
  *event = (struct wf_event){.type = type, .seq = (int32_t)all->count + 1, .at = all->now, .step_no = step_no, .attempt = step_no ? 1 : 0,
                             .reference = step_no ? "/do/0/set" : NULL, .data = jv_parse(data)};
  const char *problem = NULL;
  if (wf_evolve(all->run, event, &problem) < 0) fail_msg("%s", problem);
  all->rows[all->count++] = (struct store_event){all->run->identity.run_id, event};
}

// A loop of `set`, up to that many events in all.
static void go_on(struct long_run *all, size_t count) {
  if (!all->count) add(all, WF_RUN_CREATED, 0, "{\"recipient\":{\"id\":\"lead-7\"}}");
  if (all->count == 1) add(all, WF_RUN_STARTED, 0, "{}");
  while (all->count < count) {
    bool is_open = all->count % 2;
    int32_t step_no = (int32_t)all->count / 2;
    if (!is_open) add(all, WF_STEP_STARTED, step_no, step_no > 1 ? "{\"kind\":\"set\",\"visit\":2}" : "{\"kind\":\"set\"}");
    else add(all, WF_STEP_COMPLETED, step_no, "{\"output\":{\"n\":0.1},\"then\":\"set\"}");
  }
}

static void commit(struct long_run *all, struct fixture *fixture) {
  struct sample *sample = &all->sample;
  struct store_commit *commit = &sample->request.commit;
  if (all->committed) {
    sample->fence = fixture_fence(fixture, 0);
    commit->trigger_count = 0;
  }
  sample->previous_seqs[0] = (int32_t)all->committed;
  all->runs[0] = all->run;
  commit->runs = all->runs;
  commit->events = all->rows + all->committed;
  commit->event_count = all->count - all->committed;
  if (fixture_ask(fixture, &sample->request) != STORE_OK) fail_msg("commit: %d %s %s", fixture->status, fixture->sqlstate, fixture->text);
  all->committed = all->count;
  wf_run_written(all->run);
}

static void close_run(struct long_run *all) {
  for (size_t i = 0; i < all->count; i++) jv_free(all->events[i].data);
  wf_run_free(all->run);
  sample_clear(&all->sample);
}

// ---- loading ----------------------------------------------------------------

struct expected {
  struct long_run *all;
  int32_t snapshot_seq; // 0 = none
};

static void check_loaded(struct fixture *fixture, const struct store_reply *reply) {
  struct expected *expected = fixture->context;
  const struct store_loaded_run *loaded = &reply->load.runs[0];
  assert_true(loaded->found);
  assert_int_equal(loaded->event_count, expected->all->count - (size_t)expected->snapshot_seq);
  struct wf_run *run = loaded->snapshot;
  assert_int_equal(run ? run->last_seq : 0, expected->snapshot_seq);
  if (run) {
    jv_free(loaded->identity.actor);
    jv_free(loaded->identity.trigger_data);
  } else {
    run = wf_run_new(&loaded->identity);
  }
  const char *problem = NULL;
  for (size_t i = 0; i < loaded->event_count; i++)
    if (wf_evolve(run, &loaded->events[i], &problem) < 0) fail_msg("%s", problem);
  wf_run_written(run);
  assert_true(wf_run_equal(run, expected->all->run));
  assert_string_equal(run->identity.event_id, "t1");
  assert_true(jv_equal(jv_copy(run->identity.actor), jv_parse("{\"collection\":\"users\",\"id\":\"u1\"}")));
  wf_run_free(run);
}

static void load(struct long_run *all, struct fixture *fixture, int32_t snapshot_seq) {
  struct expected expected = {all, snapshot_seq};
  struct uuid run_id = all->run->identity.run_id;
  struct store_request request = {.kind = STORE_LOAD, .load = {.runs = &run_id, .run_count = 1}};
  fixture->check = check_loaded;
  fixture->context = &expected;
  assert_int_equal(fixture_ask(fixture, &request), STORE_OK);
  fixture->check = NULL;
}

// ---- cases ------------------------------------------------------------------

static void a_short_run_never_writes_one(void **state) {
  struct fixture *fixture = *state;
  struct long_run all = {0};
  open_run(&all, fixture);
  go_on(&all, 62);
  commit(&all, fixture);
  go_on(&all, 63);
  commit(&all, fixture);
  fixture_expect(fixture, "SELECT count(*) FROM workflow.snapshot", "0");
  load(&all, fixture, 0);
  close_run(&all);
}

static void a_long_run_is_loaded_from_its_newest(void **state) {
  struct fixture *fixture = *state;
  struct long_run all = {0};
  open_run(&all, fixture);
  go_on(&all, 63);
  commit(&all, fixture);
  go_on(&all, 66);
  commit(&all, fixture);
  fixture_expect(fixture, "SELECT seq || ' ' || (state ->> 'format') FROM workflow.snapshot", "66 1");
  load(&all, fixture, 66);
  go_on(&all, 127);
  commit(&all, fixture);
  load(&all, fixture, 66);
  go_on(&all, 128);
  commit(&all, fixture);
  fixture_expect(fixture, "SELECT string_agg(seq::text, ' ') FROM workflow.snapshot", "128");
  load(&all, fixture, 128);
  go_on(&all, 131);
  commit(&all, fixture);
  load(&all, fixture, 128);
  close_run(&all);
}

static void what_cannot_be_used_is_passed_over(void **state) {
  struct fixture *fixture = *state;
  static const char *const spoilt[] = {
      "UPDATE workflow.snapshot SET state = replace(state::text, '\"format\":1', '\"format\":0')::json", // older
      "UPDATE workflow.snapshot SET state = '{}'",
      "UPDATE workflow.snapshot SET seq = 60", // not of that event
      "DELETE FROM workflow.snapshot",
  };
  struct long_run all = {0};
  open_run(&all, fixture);
  go_on(&all, 70);
  commit(&all, fixture);
  go_on(&all, 75);
  commit(&all, fixture);
  load(&all, fixture, 70);
  free(fixture_sql(fixture, "CREATE TABLE kept AS SELECT * FROM workflow.snapshot"));
  for (size_t i = 0; i < sizeof spoilt / sizeof *spoilt; i++) {
    free(fixture_sql(fixture, spoilt[i]));
    load(&all, fixture, 0);
    free(fixture_sql(fixture, "INSERT INTO workflow.snapshot SELECT * FROM kept ON CONFLICT (run_id) DO UPDATE"
                              " SET seq = EXCLUDED.seq, state = EXCLUDED.state"));
    load(&all, fixture, 70);
  }
  close_run(&all);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(a_short_run_never_writes_one),
      CASE(a_long_run_is_loaded_from_its_newest),
      CASE(what_cannot_be_used_is_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
