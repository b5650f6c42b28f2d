// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_conninfo.h"
#include "config_secret.h"

static char folder[64];

static int setup(void **state) {
  (void)state;
  strcpy(folder, "/tmp/config_conninfo_test.XXXXXX");
  return mkdtemp(folder) ? setenv("CREDENTIALS_DIRECTORY", folder, 1) : -1;
}

static int teardown(void **state) {
  (void)state;
  char path[128];
  snprintf(path, sizeof path, "%s/password", folder);
  unlink(path);
  return rmdir(folder);
}

static void write_secret(const char *text) {
  char path[128];
  snprintf(path, sizeof path, "%s/password", folder);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  assert_int_equal(chmod(path, 0600), 0);
}

static const char *option(PQconninfoOption *options, const char *name) {
  for (PQconninfoOption *o = options; o->keyword; o++)
    if (strcmp(o->keyword, name) == 0) return o->val;
  return NULL;
}

// What libpq itself reads of it.
static void assert_password(const char *conninfo, const char *password) {
  write_secret(password);
  char *text, *problem;
  assert_int_equal(config_conninfo_read(conninfo, "password", &text, &problem), 0);
  char *error = NULL;
  PQconninfoOption *options = PQconninfoParse(text, &error);
  if (!options) assert_string_equal(error, "");
  assert_string_equal(option(options, "password"), password);
  assert_string_equal(option(options, "host"), "h");
  assert_string_equal(option(options, "dbname"), "d");
  PQconninfoFree(options);
  config_secret_free(text);
}

static const char hard[] = "p'a\\ss w&o=r?d%41/@:\xc3\xa9";

static void test_password_in_a_conninfo(void **state) {
  (void)state;
  assert_password("host=h dbname=d", "simple");
  assert_password("host=h dbname=d", hard);
}

static void test_password_in_a_uri(void **state) {
  (void)state;
  assert_password("postgresql://u@h:5432/d", hard);
  assert_password("postgres://h/d?sslmode=prefer", hard);
}

static void test_without_a_file_it_is_as_given(void **state) {
  (void)state;
  char *text, *problem;
  assert_int_equal(config_conninfo_read("host=h dbname=d", "", &text, &problem), 0);
  assert_string_equal(text, "host=h dbname=d");
  config_secret_free(text);
}

static void test_a_file_that_cannot_be_read(void **state) {
  (void)state;
  char *text = NULL, *problem;
  assert_int_equal(config_conninfo_read("host=h", "/nonexistent/password", &text, &problem), -WF_EIO);
  assert_null(text);
  assert_ptr_equal(strstr(problem, "postgres.password_file: "), problem);
  free(problem);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_password_in_a_conninfo),
      cmocka_unit_test(test_password_in_a_uri),
      cmocka_unit_test(test_without_a_file_it_is_as_given),
      cmocka_unit_test(test_a_file_that_cannot_be_read),
  };
  return cmocka_run_group_tests(tests, setup, teardown);
}
