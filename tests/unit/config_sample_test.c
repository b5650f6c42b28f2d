// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config_fixture.h"
#include "config_sample.h"

static void print_items(struct config_sample *sample) { fputs("items: [] # by hand\n", sample->out); }

static char *print(const struct small *small) {
  static const struct config_sample_special specials[] = {{"items[]", print_items}, {NULL, NULL}};
  static const struct small defaults = {5 * USEC_PER_SEC, {"", "", 3}};
  char *text = NULL;
  size_t size = 0;
  FILE *out = open_memstream(&text, &size);
  struct config_sample sample = {.out = out, .schema = &small_schema, .config = small, .defaults = &defaults};
  config_sample_print(&sample, specials);
  fclose(out);
  return text;
}

static void test_defaults_are_commented_out(void **state) {
  (void)state;
  char *text = print(&(struct small){5 * USEC_PER_SEC, {"", "", 3}});
  assert_ptr_equal(strstr(text, "# small.yaml: a test.\n"), text);
  assert_non_null(strstr(text, "# How long.\n# (a duration from 0s to 60s; default 5s; changed by a reload)\n#wait: 5s\n"));
  assert_non_null(strstr(text, "# A box.\nbox:\n  # Its name.\n"));
  assert_non_null(strstr(text, "  # (a whole number from 1 to 9; default 3; needs a restart)\n  #count: 3\n"));
  free(text);
}

static void test_what_is_set_stands_plain(void **state) {
  (void)state;
  char *text = print(&(struct small){USEC_PER_SEC, {"a b", "", 4}});
  assert_non_null(strstr(text, "\nwait: 1s\n"));
  assert_non_null(strstr(text, "\n  name: a b\n"));
  assert_non_null(strstr(text, "\n  count: 4\n"));
  free(text);
}

static void test_a_secret_is_not_shown(void **state) {
  (void)state;
  char *text = print(&(struct small){USEC_PER_SEC, {"", "/etc/it", 4}});
  assert_non_null(strstr(text, "\n  secret_file: <set>\n"));
  assert_null(strstr(text, "/etc/it"));
  free(text);
}

static void test_a_special_prints_its_section(void **state) {
  (void)state;
  char *text = print(&(struct small){USEC_PER_SEC, {"", "", 4}});
  assert_non_null(strstr(text, "# A list.\nitems: [] # by hand\n"));
  assert_null(strstr(text, "Of one."));
  free(text);
}

static void test_quotes_where_yaml_needs_them(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  assert_string_equal(config_sample_quote("plain", arena), "plain");
  assert_string_equal(config_sample_quote("", arena), "\"\"");
  assert_string_equal(config_sample_quote("null", arena), "\"null\"");
  assert_string_equal(config_sample_quote("a: \"b\"", arena), "\"a: \\\"b\\\"\"");
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_defaults_are_commented_out),
      cmocka_unit_test(test_what_is_set_stands_plain),
      cmocka_unit_test(test_a_secret_is_not_shown),
      cmocka_unit_test(test_a_special_prints_its_section),
      cmocka_unit_test(test_quotes_where_yaml_needs_them),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
