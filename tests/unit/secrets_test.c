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

#include "base/log.h"
#include "base/text.h"
#include "secrets.h"

#define MARKED(reference) TEXT_MARK_OPEN "secret:" reference TEXT_MARK_CLOSE

static char folder[64];

static void quiet(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message, (void)fields, (void)context;
}

static void put(const char *name, const char *text, mode_t mode) {
  char path[128];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE *file = fopen(path, "we");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  assert_int_equal(chmod(path, mode), 0);
}

static int set_up(void **state) {
  (void)state;
  log_set_sink(quiet, NULL);
  strcpy(folder, "/tmp/secrets_test.XXXXXX");
  assert_non_null(mkdtemp(folder));
  put("token", "tok-123\n", 0600);
  put("db", "{\"user\": \"me\", \"ports\": [5, 6], \"a/b\": \"slash\"}", 0600);
  put("open", "everyone reads it", 0644);
  put("not a name", "x", 0600);
  put("secret_cred", "from systemd", 0600);
  return 0;
}

static int tear_down(void **state) {
  (void)state;
  char command[96];
  snprintf(command, sizeof command, "rm -rf %s", folder);
  return system(command);
}

static void reveals(struct secrets *secrets, const char *text, const char *expected) {
  char *revealed = secrets_reveal(secrets, text);
  if (expected) assert_string_equal(revealed, expected);
  else assert_null(revealed);
  free(revealed);
}

static void test_files_of_the_folder(void **state) {
  (void)state;
  struct secrets *secrets = secrets_new(folder, NULL);
  assert_int_equal(secrets_count(secrets), 3); // token, db, secret_cred
  jv shapes = jv_dump_string(jv_copy(secrets_shapes(secrets)->shapes), JV_PRINT_SORTED);
  assert_non_null(strstr(jv_string_value(shapes), "\"token\":\"" MARKED("token") "\""));
  assert_non_null(strstr(jv_string_value(shapes), "\"user\":\"" MARKED("db/user") "\""));
  assert_null(strstr(jv_string_value(shapes), "tok-123"));
  jv_free(shapes);
  secrets_free(secrets);
}

static void test_credentials_by_their_prefix(void **state) {
  (void)state;
  struct secrets *secrets = secrets_new("", folder);
  assert_int_equal(secrets_count(secrets), 1);
  reveals(secrets, MARKED("cred"), "from systemd");
  reveals(secrets, MARKED("token"), NULL);
  secrets_free(secrets);
}

static void test_revealed(void **state) {
  (void)state;
  struct secrets *secrets = secrets_new(folder, NULL);
  reveals(secrets, "plain", "plain");
  reveals(secrets, "Bearer " MARKED("token") ", " MARKED("db/user") ".", "Bearer tok-123, me.");
  reveals(secrets, MARKED("db/ports/1") MARKED("db/a~1b"), "6slash");
  reveals(secrets, MARKED("nothing"), NULL);
  reveals(secrets, MARKED("db/nothing"), NULL);
  reveals(secrets, MARKED("token/x"), NULL);
  secrets_free(secrets);
}

static void test_policies(void **state) {
  (void)state;
  struct secrets *secrets = secrets_new(folder, NULL);
  jv policy = jv_dump_string(secrets_policy(secrets, "token"), 0);
  assert_string_equal(jv_string_value(policy), "{\"token\":\"tok-123\"}");
  jv_free(policy);
  policy = jv_object_get(secrets_policy(secrets, "db"), jv_string("user"));
  assert_string_equal(jv_string_value(policy), "me");
  jv_free(policy);
  policy = secrets_policy(secrets, "nothing");
  assert_false(jv_is_valid(policy));
  jv_free(policy);
  secrets_free(secrets);
}

static void test_replaced(void **state) {
  (void)state;
  struct secrets *secrets = secrets_new(folder, NULL);
  const struct wf_secrets *shapes = secrets_shapes(secrets);
  put("token", "new", 0600);
  secrets_replace(secrets, secrets_new(folder, NULL));
  assert_ptr_equal(secrets_shapes(secrets), shapes);
  reveals(secrets, MARKED("token"), "new");
  secrets_free(secrets);
}

int main(void) {
#define FILED(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
  const struct CMUnitTest tests[] = {FILED(test_files_of_the_folder), FILED(test_credentials_by_their_prefix), FILED(test_revealed),
                                     FILED(test_policies),            FILED(test_replaced)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
