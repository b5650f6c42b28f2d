// SPDX-License-Identifier: Apache-2.0
#include "fold.h"

#include "engine/follow.h"
#include "story.h"

static const char DOCUMENT[] = STORY_HEAD "do:\n"
                                          "- a: {set: {x: 1}}\n"
                                          "- b: {do: [{c: {wait: PT1H}}]}\n"
                                          "- d: {try: [{e: {wait: PT1H}}], catch: {do: [{g: {wait: PT1H}}]}}\n";

static struct story *begin(struct folded *folded) {
  *folded = fold_new(NULL);
  fold_begin(folded);
  return story_new(DOCUMENT);
}

static void assert_followed(struct folded *folded, struct story *story, const char *expected) {
  const char *problem = NULL;
  int result = wf_follow_check(folded->run, story->definition, &problem);
  assert_int_equal(result, expected ? -WF_EINVAL : 0);
  if (expected) assert_string_equal(problem, expected);
  assert_int_equal(folded->run->is_followed, !expected);
  fold_free(folded);
  story_free(story);
}

static void a_run_stands_where_its_tasks_are(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, NULL);
  fold_step(&f, 2, 1, "/do/1/b", "{\"kind\":\"do\"}");
  fold_step(&f, 3, 1, "/do/1/b/do/0/c", "{\"kind\":\"wait\",\"parent\":2}");
  assert_followed(&f, story, NULL);
}

static void a_task_that_is_none_is_seen(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  fold_step(&f, 1, 1, "/do/0/z", "{\"kind\":\"set\"}");
  assert_followed(&f, story, "a step's reference is no task of the definition");
}

static void a_task_of_another_kind_is_seen(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"wait\"}");
  assert_followed(&f, story, "a step's kind is not its task's");
}

// The fold cannot know how many branches there are but by the fact.
static void a_fork_has_the_branches_of_its_task(void **state) {
  (void)state;
  static const char document[] = STORY_HEAD "do:\n- f: {fork: {branches: [{a: {wait: PT1H}}, {b: {wait: PT1H}}]}}\n";
  static const char *const facts[] = {"{\"kind\":\"fork\",\"branches\":1}", "{\"kind\":\"fork\",\"branches\":2}",
                                      "{\"kind\":\"fork\",\"branches\":3}"};
  for (int i = 0; i < 3; i++) {
    struct folded f = fold_new(NULL);
    fold_begin(&f);
    fold_step(&f, 1, 1, "/do/0/f", facts[i]);
    assert_followed(&f, story_new(document), i == 1 ? NULL : "a fork has more branches, or fewer, than its task");
  }
}

static void a_place_beyond_the_list_is_seen(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  fold_step(&f, 1, 1, "/do/0/a", "{\"kind\":\"set\"}");
  fold_on(&f, WF_STEP_COMPLETED, 1, "{\"then\":\"far\",\"next\":77}");
  fold_step(&f, 2, 1, "/do/1/b", "{\"kind\":\"do\"}");
  assert_followed(&f, story, "an open step is beyond its list");
}

static void a_step_at_anothers_place_is_seen(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  fold_step(&f, 1, 1, "/do/1/b", "{\"kind\":\"do\"}");
  assert_followed(&f, story, "an open step is not where its list is");
}

// Once it was content it does not look again.
static void the_answer_is_kept(void **state) {
  (void)state;
  struct folded f;
  struct story *story = begin(&f);
  const char *problem = NULL;
  assert_int_equal(wf_follow_check(f.run, story->definition, &problem), 0);
  fold_step(&f, 1, 1, "/do/0/z", "{\"kind\":\"set\"}");
  assert_followed(&f, story, NULL);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_run_stands_where_its_tasks_are), cmocka_unit_test(a_task_that_is_none_is_seen),
      cmocka_unit_test(a_task_of_another_kind_is_seen),   cmocka_unit_test(a_fork_has_the_branches_of_its_task), cmocka_unit_test(a_place_beyond_the_list_is_seen),
      cmocka_unit_test(a_step_at_anothers_place_is_seen), cmocka_unit_test(the_answer_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
