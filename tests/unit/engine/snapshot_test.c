// SPDX-License-Identifier: Apache-2.0
// That a snapshot of any run is the run, the stories prove after every decision
// (story_check.c), and the golden traces for every prefix. Here is what they cannot see.
#include "engine/snapshot.h"

#include <stdio.h>

#include "engine/dump.h"
#include "engine/scope.h"
#include "fold.h"

static char *encode(const struct wf_run *run) {
  struct buf out = {0};
  wf_snapshot_encode(run, &out);
  buf_put_u8(&out, 0);
  return out.data;
}

static struct wf_run *decode(const char *text) {
  struct wf_run *run = NULL;
  struct wf_identity identity = {.workflow = (char *)"test/story", .trigger_data = jv_invalid()};
  int result = wf_snapshot_decode(text, strlen(text), &identity, &run);
  assert_int_equal(result, run ? 0 : -WF_EINVAL);
  return run;
}

static struct folded in_a_try(void) {
  struct folded f = fold_new("{\"n\":0.1,\"big\":12345678901234567890,\"text\":\"\\u00e9\\u2028\\\"\"}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a~1b", "{\"kind\":\"try\",\"title\":\"A try\",\"attempt_timer\":1,"
                                     "\"attempt_due_at\":\"2026-01-01T00:00:00.000001Z\"}");
  fold_step(&f, 2, 1, "/do/0/a~1b/try/0/call", "{\"kind\":\"call\",\"parent\":1}");
  fold(&f, (struct wf_event){.type = WF_ACTION_REQUESTED, .step_no = 2, .action_no = 1, .attempt = 1},
       "{\"function\":\"f\",\"timer\":2,\"deadline_at\":\"2026-01-01T00:00:00Z\",\"arguments\":{\"x\":[]}}");
  fold(&f,
       (struct wf_event){.type = WF_ACTION_FAILED, .level = WF_LEVEL_ERROR, .step_no = 2, .action_no = 1, .attempt = 1,
                         .reason_code = "busy", .summary = "in short", .detail_internal = "at length"},
       "{\"error\":{\"type\":\"https://x/busy\",\"status\":503},\"final\":true,\"retry_after\":2.5}");
  fold(&f, (struct wf_event){.type = WF_STEP_RETRY_SCHEDULED, .step_no = 1, .attempt = 1},
       "{\"failed_step\":2,\"timer\":3,\"due_at\":\"2026-01-01T00:01:00Z\",\"max_attempts\":4}");
  return f;
}

static void it_is_the_run_as_a_commit_leaves_it(void **state) {
  (void)state;
  struct folded f = in_a_try();
  char *text = encode(f.run);
  struct wf_run *run = decode(text);
  assert_non_null(run);
  wf_run_written(f.run);
  assert_true(wf_run_equal(f.run, run));
  assert_false(run->is_new);
  for (size_t i = 0; i < run->step_count; i++) assert_false(run->steps[i]->is_new || run->steps[i]->is_changed);
  assert_false(run->actions[0]->is_new || run->actions[0]->is_changed);
  assert_string_equal(run->identity.workflow, "test/story");
  free(text);
  wf_run_free(run);
  fold_free(&f);
}

static void rows_that_nothing_needs_are_left_out(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, "{\"output\":1}");
  fold_step(&f, 2, 1, "/do/1/b", "{\"kind\":\"call\"}");
  assert_int_equal(f.run->step_count, 2);
  char *text = encode(f.run);
  struct wf_run *run = decode(text);
  assert_int_equal(run->step_count, 1);
  assert_int_equal(run->steps[0]->step_no, 2);
  assert_int_equal(run->last_step_no, 2);
  free(text);
  wf_run_free(run);
  fold_free(&f);
}

// A task's input is the last one's output: one value in memory, one in the snapshot.
static void a_value_that_is_shared_stands_once(void **state) {
  (void)state;
  struct folded f = fold_new("{\"once\":\"0123456789\"}");
  fold_begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"do\"}");
  fold_step(&f, 2, 1, "/do/0/a/do/0/b", "{\"kind\":\"call\",\"parent\":1}");
  char *text = encode(f.run);
  const char *first = strstr(text, "0123456789");
  assert_non_null(first);
  assert_null(strstr(first + 1, "0123456789"));
  struct wf_run *run = decode(text);
  assert_true(jv_identical(jv_copy(run->input), jv_copy(wf_run_step(run, 2)->input)));
  free(text);
  wf_run_free(run);
  fold_free(&f);
}

static void due_at_every_64th_event(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  f.run->last_seq = 63;
  assert_false(wf_snapshot_due(f.run, 0));
  f.run->last_seq = 64;
  assert_true(wf_snapshot_due(f.run, 63));
  assert_true(wf_snapshot_due(f.run, 0));
  assert_false(wf_snapshot_due(f.run, 64));
  f.run->last_seq = 200;
  assert_false(wf_snapshot_due(f.run, 192));
  assert_true(wf_snapshot_due(f.run, 191));
  assert_true(wf_snapshot_due(f.run, 70));
  fold_free(&f);
}

static void not_due_before_the_events_take_as_much_room(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  f.run->last_seq = 127;
  f.run->snapshot_bytes = 1000;
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}"); // the 128th event
  assert_in_range(f.run->bytes_since, 50, 200);
  assert_false(wf_snapshot_due(f.run, 127));
  f.run->last_seq = 191;
  jv text = jv_string_empty(0);
  for (int i = 0; i < 100; i++) text = jv_string_append_str(text, "0123456789");
  text = jv_dump_string(jv_object_set(jv_object(), jv_string("output"), text), 0);
  fold_on(&f, WF_STEP_COMPLETED, 1, jv_string_value(text));
  jv_free(text);
  assert_true(wf_snapshot_due(f.run, 191));
  wf_snapshot_taken(f.run, 5000);
  assert_false(wf_snapshot_due(f.run, 191));
  fold_free(&f);
}

static void one_that_is_read_counts_as_taken(void **state) {
  (void)state;
  struct folded f = in_a_try();
  char *text = encode(f.run);
  struct wf_run *run = decode(text);
  assert_int_equal(run->snapshot_bytes, strlen(text));
  assert_int_equal(run->bytes_since, 0);
  free(text);
  wf_run_free(run);
  fold_free(&f);
}

static void never_due_once_a_run_has_ended(void **state) {
  (void)state;
  struct folded f = fold_new(NULL);
  fold_begin(&f);
  f.run->last_seq = 127;
  fold(&f, (struct wf_event){.type = WF_RUN_CANCELLED}, NULL);
  assert_int_equal(f.run->last_seq, 128);
  assert_false(wf_snapshot_due(f.run, 100));
  fold_free(&f);
}

static void another_format_is_refused(void **state) {
  (void)state;
  struct folded f = in_a_try();
  char *text = encode(f.run);
  char *format = strstr(text, "\"format\":1");
  assert_non_null(format);
  format[9] = '2';
  assert_null(decode(text));
  format[9] = '0';
  assert_null(decode(text));
  free(text);
  fold_free(&f);
}

static void what_is_cut_off_is_refused(void **state) {
  (void)state;
  struct folded f = in_a_try();
  char *text = encode(f.run);
  for (size_t size = strlen(text); size-- > 0;) {
    text[size] = '\0';
    assert_null(decode(text));
  }
  free(text);
  fold_free(&f);
}

#define STATE(run, steps, scopes, visits)                                                                              \
  "{\"format\":1,\"run\":{" run "},\"steps\":[" steps "],\"actions\":[],\"scopes\":[" scopes "],\"visits\":[" visits   \
  "],\"values\":[7]}"
#define SEQ "\"last_seq\":1"

static void what_does_not_fit_is_refused(void **state) {
  (void)state;
  static const char *const bad[] = {
      "", "7", "[]", "{}", "{\"format\":1}", "nonsense",
      STATE("", "", "", ""),                                                          // no seq
      STATE("\"last_seq\":0", "", "", ""),                                            //
      STATE("\"last_seq\":1.5", "", "", ""),                                          //
      STATE("\"last_seq\":3000000000", "", "", ""),                                   //
      STATE("\"last_seq\":\"1\"", "", "", ""),                                        //
      STATE(SEQ ",\"status\":99", "", "", ""),                                        // no such status
      STATE(SEQ ",\"status\":-1", "", "", ""),                                        //
      STATE(SEQ ",\"input\":1", "", "", ""),                                          // no such value
      STATE(SEQ ",\"input\":-1", "", "", ""),                                         //
      STATE(SEQ ",\"created_at\":\"yesterday\"", "", "", ""),                         //
      STATE(SEQ ",\"created_at\":7", "", "", ""),                                     //
      STATE(SEQ ",\"reason_code\":7", "", "", ""),                                    //
      STATE(SEQ ",\"last_step_no\":1", "{\"step_no\":2,\"reference\":\"/a\"}", "", ""), // beyond the last
      STATE(SEQ ",\"last_step_no\":1", "{\"step_no\":1}", "", ""),                    // no reference
      STATE(SEQ ",\"last_step_no\":1", "{\"step_no\":1,\"reference\":\"/a\",\"kind\":\"x\"}", "", ""),
      STATE(SEQ ",\"last_step_no\":2",
            "{\"step_no\":2,\"reference\":\"/a\"},{\"step_no\":1,\"reference\":\"/a\"}", "", ""), // out of order
      STATE(SEQ, "7", "", ""),                                                        //
      STATE(SEQ, "", "{\"step_no\":1,\"parent_step_no\":0}", ""),                     // no root
      STATE(SEQ, "", "{\"parent_step_no\":-1},{\"parent_step_no\":-1}", ""),          // twice
      STATE(SEQ, "", "{\"parent_step_no\":-1},{\"step_no\":2,\"parent_step_no\":1}", ""),
      STATE(SEQ, "", "", "{\"count\":1}"),                                            // of nothing
      STATE(SEQ, "", "", "{\"reference\":\"/a\",\"count\":1},{\"reference\":\"/a\",\"count\":1}"),
  };
  assert_null(decode(bad[0]));
  for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
    struct wf_run *run = decode(bad[i]);
    if (run) fail_msg("was taken: %s", bad[i]);
  }
}

static void what_fits_is_taken(void **state) {
  (void)state;
  struct wf_run *run = decode(STATE(SEQ ",\"status\":2,\"input\":0,\"last_step_no\":3,\"unheard_of\":1",
                                    "{\"step_no\":3,\"reference\":\"/do/0/a\",\"kind\":\"call\",\"input\":0}",
                                    "{\"parent_step_no\":-1,\"child_step_no\":3}", "{\"reference\":\"/do/0/a\",\"count\":4}"));
  assert_non_null(run);
  assert_int_equal(run->status, WF_WAITING);
  assert_json(run->input, "7");
  assert_string_equal(wf_run_step(run, 3)->name, "a");
  assert_int_equal(wf_scopes_leaf(run->scopes, NULL)->child_step_no, 3);
  struct buf out = {0};
  wf_run_dump(run, &out);
  buf_put_u8(&out, 0);
  assert_non_null(strstr(out.data, " /do/0/a=4"));
  buf_free(&out);
  wf_run_free(run);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(it_is_the_run_as_a_commit_leaves_it),
      cmocka_unit_test(rows_that_nothing_needs_are_left_out),
      cmocka_unit_test(a_value_that_is_shared_stands_once),
      cmocka_unit_test(due_at_every_64th_event),
      cmocka_unit_test(not_due_before_the_events_take_as_much_room),
      cmocka_unit_test(one_that_is_read_counts_as_taken),
      cmocka_unit_test(never_due_once_a_run_has_ended),
      cmocka_unit_test(another_format_is_refused),
      cmocka_unit_test(what_is_cut_off_is_refused),
      cmocka_unit_test(what_does_not_fit_is_refused),
      cmocka_unit_test(what_fits_is_taken),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
