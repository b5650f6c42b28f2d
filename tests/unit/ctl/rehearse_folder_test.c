// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "ctl/rehearse_folder.h"

#define NAMED(space, name, version) "document: {dsl: '1.0.3', namespace: " space ", name: " name ", version: '" version "'}\n"
#define CHILD(rest) "do: [{t: {try: [{a: {run: {workflow: {" rest "}}}}], catch: {}}}]\n"

static char folder[] = "/tmp/rehearse_folder_XXXXXX";

static const char *write_file(struct arena *arena, const char *name, const char *text) {
  const char *path = arena_printf(arena, "%s/%s", folder, name);
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  return path;
}

static int make_folder(void **state) {
  struct arena *arena = arena_new();
  *state = arena;
  if (!mkdtemp(folder)) return -1;
  write_file(arena, "a.yaml", NAMED("x", "kid", "1.0.0") CHILD("name: grandkid"));
  write_file(arena, "b.yml", NAMED("x", "kid", "2.0.0"));
  write_file(arena, "c.json", "{\"document\": {\"namespace\": \"y\", \"name\": \"kid\", \"version\": \"1.0.0\"}}");
  write_file(arena, "d.yaml", NAMED("x", "grandkid", "1.0.0"));
  write_file(arena, "e.yaml", "not: [valid");
  write_file(arena, "f.yaml", "- a list");
  write_file(arena, "g.txt", NAMED("x", "kid", "3.0.0"));
  return 0;
}

static int remove_folder(void **state) {
  static const char *const names[] = {"a.yaml", "b.yml", "c.json", "d.yaml", "e.yaml", "f.yaml", "g.txt", "main.yaml"};
  struct arena *arena = *state;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) unlink(arena_printf(arena, "%s/%s", folder, names[i]));
  arena_free(arena);
  return rmdir(folder);
}

// The names of what is found for the children of a workflow in the folder.
static void finds(struct arena *arena, const char *children, const char *expected) {
  struct document document;
  struct argument_list paths = {0};
  document_read(write_file(arena, "main.yaml", arena_printf(arena, NAMED("x", "main", "1.0.0") "%s", children)), &document);
  rehearse_folder_find(&document, 1, arena, &paths);
  struct buf found = {0};
  for (size_t i = 0; i < paths.count; i++) buf_printf(&found, "%s ", strrchr(paths.items[i], '/') + 1);
  buf_put_u8(&found, 0);
  assert_string_equal(found.data, expected);
  buf_free(&found);
  argument_list_free(&paths);
  document_free(&document);
}

static void test_what_is_run(void **state) {
  finds(*state, CHILD("namespace: x, name: kid, version: 1.0.0"), "a.yaml ");
  finds(*state, CHILD("name: kid, version: latest"), "a.yaml b.yml ");
  finds(*state, CHILD("namespace: y, name: kid"), "c.json ");
}

static void test_what_is_not(void **state) {
  finds(*state, "do: [{t: {set: {kid: 1}}}]\n", "");
  finds(*state, CHILD("name: kid, version: 9.0.0"), "");
  finds(*state, CHILD("name: '${ .name }'"), "");
  finds(*state, CHILD("name: main, version: 1.0.0"), "");
  finds(*state, "do: [", "");
}

static void test_standard_input_has_no_folder(void **state) {
  struct document document = {.path = "-"};
  struct argument_list paths = {0};
  rehearse_folder_find(&document, 1, *state, &paths);
  assert_int_equal(paths.count, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_what_is_run),
      cmocka_unit_test(test_what_is_not),
      cmocka_unit_test(test_standard_input_has_no_folder),
  };
  return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
