// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config_secret.h"

static char folder[64];

static int setup(void **state) {
  (void)state;
  strcpy(folder, "/tmp/config_secret_test.XXXXXX");
  return mkdtemp(folder) ? setenv("CREDENTIALS_DIRECTORY", folder, 1) : -1;
}

static void path_of(const char *name, char path[256]) { snprintf(path, 256, "%s/%s", folder, name); }

static int teardown(void **state) {
  (void)state;
  char path[256];
  path_of("secret", path);
  unlink(path);
  unsetenv("CREDENTIALS_DIRECTORY");
  return rmdir(folder);
}

static void write_secret(const char *data, size_t size, mode_t mode) {
  char path[256];
  path_of("secret", path);
  FILE *file = fopen(path, "w");
  assert_non_null(file);
  assert_int_equal(fwrite(data, 1, size, file), size);
  fclose(file);
  assert_int_equal(chmod(path, mode), 0);
}

static void assert_secret(const char *reference, const char *expected) {
  char *secret = NULL, *problem = NULL;
  assert_int_equal(config_secret_read(reference, &secret, &problem), 0);
  assert_string_equal(secret, expected);
  assert_null(problem);
  config_secret_free(secret);
}

static void assert_refused(const char *reference, const char *expected) {
  char *secret = NULL, *problem = NULL;
  assert_int_equal(config_secret_read(reference, &secret, &problem), -WF_EIO);
  assert_null(secret);
  if (!strstr(problem, expected)) assert_string_equal(problem, expected);
  free(problem);
}

static void test_free_takes_null(void **state) {
  (void)state;
  config_secret_free(NULL);
}

static void test_credential_by_name(void **state) {
  (void)state;
  write_secret("hunter2\n", 8, 0400);
  assert_secret("secret", "hunter2");
}

static void test_file_by_path(void **state) {
  (void)state;
  write_secret(" two lines\nkept \n\n", 18, 0640);
  char path[256];
  path_of("secret", path);
  assert_secret(path, " two lines\nkept \n");
}

static void test_name_without_credentials(void **state) {
  (void)state;
  unsetenv("CREDENTIALS_DIRECTORY");
  assert_refused("secret", "LoadCredential=secret:");
}

static void test_file_that_is_not_there(void **state) {
  (void)state;
  assert_refused("absent", "No such file");
}

static void test_file_that_everyone_reads(void **state) {
  (void)state;
  write_secret("x", 1, 0644);
  assert_refused("secret", "may be read by everyone");
}

static void test_folder_is_no_file(void **state) {
  (void)state;
  assert_refused(folder, "is no file");
}

static void test_contents_refused(void **state) {
  (void)state;
  write_secret("", 0, 0600);
  assert_refused("secret", "is empty");
  write_secret("\n", 1, 0600);
  assert_refused("secret", "is empty");
  write_secret("a\0b", 3, 0600);
  assert_refused("secret", "NUL");
}

static void test_size_at_the_bound_and_beyond(void **state) {
  (void)state;
  char *data = malloc(CONFIG_SECRET_MAX + 1);
  memset(data, 'a', CONFIG_SECRET_MAX + 1);
  write_secret(data, CONFIG_SECRET_MAX, 0600);
  char *secret = NULL, *problem = NULL;
  assert_int_equal(config_secret_read("secret", &secret, &problem), 0);
  assert_int_equal(strlen(secret), CONFIG_SECRET_MAX);
  config_secret_free(secret);
  write_secret(data, CONFIG_SECRET_MAX + 1, 0600);
  assert_refused("secret", "too large");
  free(data);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_free_takes_null, setup, teardown),
      cmocka_unit_test_setup_teardown(test_credential_by_name, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_by_path, setup, teardown),
      cmocka_unit_test_setup_teardown(test_name_without_credentials, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_that_is_not_there, setup, teardown),
      cmocka_unit_test_setup_teardown(test_file_that_everyone_reads, setup, teardown),
      cmocka_unit_test_setup_teardown(test_folder_is_no_file, setup, teardown),
      cmocka_unit_test_setup_teardown(test_contents_refused, setup, teardown),
      cmocka_unit_test_setup_teardown(test_size_at_the_bound_and_beyond, setup, teardown),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
