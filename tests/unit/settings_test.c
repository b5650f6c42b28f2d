// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "settings.h"

static char folder[64], secret[96];

static int setup(void **state) {
  (void)state;
  strcpy(folder, "/tmp/settings_test.XXXXXX");
  if (!mkdtemp(folder)) return -1;
  snprintf(secret, sizeof secret, "%s/secret", folder);
  return 0;
}

static int teardown(void **state) {
  (void)state;
  unlink(secret);
  return rmdir(folder);
}

static void write_secret(const char *text) {
  FILE *file = fopen(secret, "w");
  assert_non_null(file);
  fputs(text, file);
  fclose(file);
  assert_int_equal(chmod(secret, 0600), 0);
}

// The config and what is made of it; `status` of settings_new.
struct made {
  struct config *config;
  struct settings *settings;
  char *problem;
  int status;
};

__attribute__((format(printf, 1, 2))) static struct made make(const char *format, ...) {
  char document[2048];
  va_list args;
  va_start(args, format);
  int size = vsnprintf(document, sizeof document, format, args);
  va_end(args);
  assert_in_range(size, 0, sizeof document - 1);
  struct made made = {0};
  struct config_problems problems = {0};
  if (config_parse(document, (size_t)size, NULL, 0, &made.config, &problems) < 0) config_problems_print(&problems, "test", stderr);
  assert_non_null(made.config);
  made.status = settings_new(made.config, &made.settings, &made.problem);
  return made;
}

static void made_free(struct made *made) {
  settings_free(made->settings);
  config_free(made->config);
  free(made->problem);
}

static const char *property(const struct kafka_property *properties, size_t count, const char *name) {
  for (size_t i = 0; i < count; i++)
    if (strcmp(properties[i].name, name) == 0) return properties[i].value;
  return NULL;
}

// ---- the instance -------------------------------------------------------------------

static void assert_instance(const char *keys, const char *name) {
  struct made made = make("instance: {%s}", keys);
  assert_int_equal(made.status, 0);
  const char *instance = made.settings->instance;
  size_t n = strlen(name);
  if (strncmp(instance, name, n) != 0) assert_string_equal(instance, name);
  assert_int_equal(instance[n], '-');
  assert_int_equal(strlen(instance + n + 1), 24);
  assert_int_equal(strspn(instance + n + 1, "0123456789abcdef"), 24);
  assert_string_equal(made.settings->job.instance, instance);
  made_free(&made);
}

static void test_the_instance_is_named(void **state) {
  (void)state;
  assert_instance("name: billing", "billing");
  assert_instance("name: billing, slot: 7", "billing-7");
  assert_instance("name: sixteen-bytes.ok, slot: 99", "sixteen-bytes.ok-99");
}

static void test_an_instance_name_is_cut_and_made_safe(void **state) {
  (void)state;
  assert_instance("name: seventeen-bytes.x", "seventeen-bytes.");
  assert_instance("name: \"a/b c%_'\"", "a-b-c---");
}

static void test_an_application_name_holds_the_longest(void **state) {
  (void)state;
  struct made made = make("instance: {name: abcdefghijklmnopqrstuvwxyz, slot: 99}");
  assert_true(strlen("workflowd/") + strlen(made.settings->instance) + strlen("/upkeep") <= 63);
  made_free(&made);
}

static void test_the_host_is_the_name_otherwise(void **state) {
  (void)state;
  char host[256] = "", expected[512];
  gethostname(host, sizeof host - 1);
  struct made made = make("instance: {slot: 3}");
  assert_int_equal(strncmp(made.settings->instance, host, strnlen(host, 3)), 0);
  snprintf(expected, sizeof expected, "workflowd-%s-3", host);
  assert_string_equal(settings_property(made.settings, "group.instance.id"), expected);
  made_free(&made);
}

static void test_two_starts_differ(void **state) {
  (void)state;
  struct made one = make("instance: {name: a}"), two = make("instance: {name: a}");
  assert_string_not_equal(one.settings->instance, two.settings->instance);
  made_free(&one);
  made_free(&two);
}

// ---- the password of PostgreSQL -----------------------------------------------------

static void test_the_password_comes_from_its_file(void **state) {
  (void)state;
  write_secret("simple");
  struct made made = make("postgres: {conninfo: \"host=h dbname=d\", password_file: %s}", secret);
  assert_int_equal(made.status, 0);
  assert_string_equal(made.settings->conninfo, "host=h dbname=d password='simple'");
  made_free(&made);
}

static void test_without_a_file_the_conninfo_is_as_given(void **state) {
  (void)state;
  struct made made = make("postgres: {conninfo: \"host=h dbname=d\"}");
  assert_string_equal(made.settings->conninfo, "host=h dbname=d");
  made_free(&made);
}

static void test_a_secret_that_cannot_be_read_is_named(void **state) {
  (void)state;
  struct made made = make("postgres: {password_file: /nonexistent/password}");
  assert_int_equal(made.status, -WF_EIO);
  assert_null(made.settings);
  assert_ptr_equal(strstr(made.problem, "postgres.password_file: "), made.problem);
  made_free(&made);
  made = make("kafka: {sasl.password_file: /nonexistent/password}");
  assert_int_equal(made.status, -WF_EIO);
  assert_ptr_equal(strstr(made.problem, "sasl.password: "), made.problem);
  made_free(&made);
}

// ---- the properties of Kafka --------------------------------------------------------

static void test_each_client_gets_its_properties(void **state) {
  (void)state;
  write_secret("pass\n");
  struct made made = make("kafka: {client.id: me, linger.ms: 5, fetch.wait.max.ms: 9, sasl.password_file: %s}", secret);
  const struct settings *settings = made.settings;
  assert_string_equal(property(settings->consumer, settings->consumer_count, "client.id"), "me");
  assert_string_equal(property(settings->producer, settings->producer_count, "client.id"), "me");
  assert_string_equal(property(settings->consumer, settings->consumer_count, "sasl.password"), "pass");
  assert_string_equal(property(settings->producer, settings->producer_count, "sasl.password"), "pass");
  assert_string_equal(property(settings->producer, settings->producer_count, "linger.ms"), "5");
  assert_null(property(settings->consumer, settings->consumer_count, "linger.ms"));
  assert_string_equal(property(settings->consumer, settings->consumer_count, "fetch.wait.max.ms"), "9");
  assert_null(property(settings->producer, settings->producer_count, "fetch.wait.max.ms"));
  assert_string_equal(settings_property(settings, "sasl.password"), "pass");
  assert_null(settings_property(settings, "sasl.username"));
  made_free(&made);
}

static void test_by_hand_there_is_no_member_of_a_group(void **state) {
  (void)state;
  struct made made = make("topics: {assignment: manual}");
  assert_null(settings_property(made.settings, "group.instance.id"));
  made_free(&made);
}

// ---- the rest -----------------------------------------------------------------------

static void test_functions_are_the_catalog(void **state) {
  (void)state;
  struct made made = make("functions: [{name: pay, topic: t, timeout: 2s, heartbeat: 1s}]");
  const struct wf_catalog *catalog = &made.settings->catalog;
  assert_int_equal(catalog->count, 3); // and the two that the daemon does itself
  assert_string_equal(catalog->functions[0].name, "pay");
  assert_string_equal(catalog->functions[0].topic, "t");
  assert_int_equal(catalog->functions[0].timeout, 2 * USEC_PER_SEC);
  assert_int_equal(catalog->functions[0].heartbeat, USEC_PER_SEC);
  made_free(&made);
}

static void test_memory_is_shared_by_the_lanes(void **state) {
  (void)state;
  struct made made = make("postgres: {connections: 4}\nbounds: {queue: 64MiB, runs_cached: 32MiB}\ngap: {policy: continue}");
  assert_int_equal(made.settings->job.lanes, 4);
  assert_int_equal(made.settings->job.bounds.queue_bytes, 16 << 20);
  assert_int_equal(made.settings->job.bounds.cached_run_bytes, 8 << 20);
  assert_int_equal(made.settings->job.gap_policy, JOB_GAP_CONTINUE);
  made_free(&made);
  made = make(" ");
  assert_int_equal(made.settings->job.gap_policy, JOB_GAP_STOP);
  made_free(&made);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_the_instance_is_named),
      CASE(test_an_instance_name_is_cut_and_made_safe),
      CASE(test_an_application_name_holds_the_longest),
      CASE(test_the_host_is_the_name_otherwise),
      CASE(test_two_starts_differ),
      CASE(test_the_password_comes_from_its_file),
      CASE(test_without_a_file_the_conninfo_is_as_given),
      CASE(test_a_secret_that_cannot_be_read_is_named),
      CASE(test_each_client_gets_its_properties),
      CASE(test_by_hand_there_is_no_member_of_a_group),
      CASE(test_functions_are_the_catalog),
      CASE(test_memory_is_shared_by_the_lanes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
