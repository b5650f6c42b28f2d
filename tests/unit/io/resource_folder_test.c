// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/resource_folder.h"

struct fixture {
  struct arena *arena;
  char folder[64];
};

static void write_file(struct fixture *fixture, const char *path, const char *text, size_t size) {
  FILE *file = fopen(arena_printf(fixture->arena, "%s/%s", fixture->folder, path), "w");
  assert_non_null(file);
  assert_int_equal(fwrite(text, 1, size, file), size);
  fclose(file);
}

static int set_up(void **state) {
  struct fixture *fixture = calloc(1, sizeof *fixture);
  fixture->arena = arena_new();
  snprintf(fixture->folder, sizeof fixture->folder, "/tmp/resource_folder_test.XXXXXX");
  assert_non_null(mkdtemp(fixture->folder));
  mkdir(arena_printf(fixture->arena, "%s/e.com", fixture->folder), 0700);
  write_file(fixture, "e.com/a.json", "{}", 2);
  write_file(fixture, "outside", "no", 2);
  *state = fixture;
  return 0;
}

static int tear_down(void **state) {
  struct fixture *fixture = *state;
  static const char *const names[] = {"e.com/a.json", "e.com/b", "outside", "e.com", "", NULL};
  for (const char *const *name = names; *name; name++) remove(arena_printf(fixture->arena, "%s/%s", fixture->folder, *name));
  arena_free(fixture->arena);
  free(fixture);
  return 0;
}

// The text at a URI, or "-".
static const char *get(struct fixture *fixture, const char *folder, const char *uri) {
  struct wf_resources resources = resource_folder(folder);
  const char *text = "-";
  (void)resources.read(resources.context, uri, fixture->arena, &text);
  return text;
}

static void test_what_is_behind_the_scheme_is_a_path(void **state) {
  struct fixture *fixture = *state;
  assert_string_equal(get(fixture, fixture->folder, "https://e.com/a.json"), "{}");
  assert_string_equal(get(fixture, fixture->folder, "file:///e.com/a.json"), "{}");
  assert_string_equal(get(fixture, fixture->folder, "file://outside"), "no");
}

static void test_what_is_not_there(void **state) {
  struct fixture *fixture = *state;
  static const char *const uris[] = {"https://e.com/b.json",        "https://e.com",           "https://e.com/",
                                     "https://e.com/../outside",    "https://e.com/./a.json",  "https://e.com//a.json",
                                     "https://e.com/a.json?x=1",    "https://e.com/a.json#x",  "e.com/a.json",
                                     "${ .uri }",                   "https://",                "https://../outside", NULL};
  for (const char *const *uri = uris; *uri; uri++) assert_string_equal(get(fixture, fixture->folder, *uri), "-");
  assert_string_equal(get(fixture, "", "https://e.com/a.json"), "-");
}

static void test_what_is_no_text(void **state) {
  struct fixture *fixture = *state;
  write_file(fixture, "e.com/b", "a\0b", 3);
  assert_string_equal(get(fixture, fixture->folder, "https://e.com/b"), "-");
  write_file(fixture, "e.com/b", "\xff", 1);
  assert_string_equal(get(fixture, fixture->folder, "https://e.com/b"), "-");
}

static void test_size(void **state) {
  struct fixture *fixture = *state;
  char *text = calloc(1, WF_DOCUMENT_MAX + 1);
  for (int i = 0; i <= WF_DOCUMENT_MAX; i++) text[i] = 'x';
  write_file(fixture, "e.com/b", text, WF_DOCUMENT_MAX);
  assert_int_equal(strlen(get(fixture, fixture->folder, "https://e.com/b")), WF_DOCUMENT_MAX);
  write_file(fixture, "e.com/b", text, WF_DOCUMENT_MAX + 1);
  assert_string_equal(get(fixture, fixture->folder, "https://e.com/b"), "-");
  free(text);
}

int main(void) {
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      CASE(test_what_is_behind_the_scheme_is_a_path),
      CASE(test_what_is_not_there),
      CASE(test_what_is_no_text),
      CASE(test_size),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
