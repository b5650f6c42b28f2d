// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/buf.h"
#include "ctl/rehearse_functions.h"
#include "rehearse_fixture.h"

// The names, one after the other. Without answers: those of all tasks.
static void collected(const char *answers_text, const char *document, const char *expected) {
  struct arena *arena = arena_new();
  struct argument_list names = {0};
  struct rehearse_answers *answers = NULL;
  if (answers_text) {
    struct rehearse_source source = source_of(answers_text, arena);
    answers = rehearse_answers_read(&source, arena);
    rehearse_functions_of_answers(answers, &names);
  }
  rehearse_functions_of_document(document, strlen(document), answers, arena, &names);
  struct buf all = {0};
  for (size_t i = 0; i < names.count; i++) buf_printf(&all, "%s ", names.items[i]);
  buf_put_u8(&all, 0);
  assert_string_equal(all.data, expected);
  buf_free(&all);
  argument_list_free(&names);
  rehearse_answers_free(answers);
  arena_free(arena);
}

static void test_of_answers(void **state) {
  (void)state;
  collected("{callLead: {output: 1}, http: {output: 1}, /do/0/x: {output: 1}}", "[]", "callLead ");
}

static void test_of_answered_tasks(void **state) {
  (void)state;
  const char *document = "do:\n"
                         "  - a: {call: f}\n"
                         "  - b: {try: [{c: {call: g@default}}], catch: {}}\n"
                         "  - d: {call: 'k:1.0.0@somewhere'}\n"
                         "  - e: {call: notAnswered}\n"
                         "  - h: {call: http}\n";
  collected("{/do/0/a: {output: 1}, /do/1/b/try/0/c: {output: 1}, /d: {output: 1}, /h: {output: 1}}", document, "f g ");
}

static void test_of_all_tasks(void **state) {
  (void)state;
  collected(NULL, "do:\n  - a: {call: f}\n  - b: {do: [{c: {call: g}}, {d: {call: f}}]}\n", "f g ");
}

static void test_slips_are_no_functions(void **state) {
  (void)state;
  const char *document = "use: {functions: {greet: {wait: PT1S}}}\ndo:\n  - a: {call: htpp}\n  - b: {call: gret}\n  - c: {call: greet}\n  - d: {call: sendMail}\n";
  collected(NULL, document, "greet sendMail ");
  collected("{/do/0/a: {output: 1}}", "do: [{a: {call: htpp}}]", "htpp ");
}

static void test_of_no_document(void **state) {
  (void)state;
  collected("{}", "a: [", "");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_of_answers),
      cmocka_unit_test(test_of_answered_tasks),
      cmocka_unit_test(test_of_all_tasks),
      cmocka_unit_test(test_slips_are_no_functions),
      cmocka_unit_test(test_of_no_document),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
