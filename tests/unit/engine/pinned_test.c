// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pinned.h"

static int set_up(void **state) {
  *state = arena_new();
  return 0;
}

static int tear_down(void **state) {
  arena_free(*state);
  return 0;
}

static void test_what_is_written_is_read(void **state) {
  static const struct wf_pinned items[] = {{"https://e.com/a", "line\nline \"q\"\n"}, {"file://b", ""}, {"c://c", "\xc2\x85\xe2\x80\xa8"}};
  const struct wf_pinned *read;
  size_t size;
  const char *text = wf_pinned_write("a: 1", 4, items, 3, *state, &size);
  assert_memory_equal(text, "a: 1\n#:resource {", 16);
  assert_int_equal(strlen(text), size);
  assert_int_equal(wf_pinned_read(text, size, *state, &read), 3);
  for (size_t i = 0; i < 3; i++) {
    assert_string_equal(read[i].uri, items[2 - i].uri);
    assert_string_equal(read[i].text, items[2 - i].text);
  }
}

static void test_many(void **state) {
  struct wf_pinned items[20];
  const struct wf_pinned *read;
  size_t size;
  for (int i = 0; i < 20; i++) items[i] = (struct wf_pinned){arena_printf(*state, "x://%d", i), "t"};
  const char *text = wf_pinned_write("", 0, items, 20, *state, &size);
  assert_int_equal(wf_pinned_read(text, size, *state, &read), 20);
  assert_string_equal(read[19].uri, "x://0");
}

static void test_none_changes_nothing(void **state) {
  size_t size;
  const char *document = "a: 1";
  assert_ptr_equal(wf_pinned_write(document, 4, NULL, 0, *state, &size), document);
  assert_int_equal(size, 4);
}

static void test_only_lines_at_the_end_count(void **state) {
  static const char *const texts[] = {"",
                                      "a: 1\n",
                                      "#:resource {\"uri\":\"u\",\"text\":\"t\"}\na: 1\n",
                                      "a: 1 #:resource {\"uri\":\"u\",\"text\":\"t\"}\n",
                                      "#:resource {\"uri\":\"u\"}\n",
                                      "#:resource [1]\n",
                                      "#:resource {\n",
                                      "#:resource {\"uri\":\"u\",\"text\":\"t\"}", // cut off
                                      NULL};
  const struct wf_pinned *read;
  for (const char *const *text = texts; *text; text++)
    assert_int_equal(wf_pinned_read(*text, strlen(*text), *state, &read), 0);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_what_is_written_is_read),
      CASE(test_many),
      CASE(test_none_changes_nothing),
      CASE(test_only_lines_at_the_end_count),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
