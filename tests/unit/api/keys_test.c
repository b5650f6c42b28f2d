// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "api/keys.h"

#define NOW (1000 * USEC_PER_SEC)
#define SECRET "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define OTHER "1123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define KEY "Bearer wfk_0a1b2c3d4e5f_" SECRET
// sha256sum of SECRET.
#define HASH "a8ae6e6ee929abea3afcfc5258c8ccd6f85273e0d4626d26c7279f3250f77c8e"

static struct keys *keys;
static int look_ups, done_count;
static bool is_away;
static char last_id[KEY_ID_SIZE];
static enum key_answer last_answer;
static struct key *last_key;

static int look_up(void *context, const char *id) {
  (void)context;
  look_ups++;
  memcpy(last_id, id, KEY_ID_SIZE);
  return is_away ? -WF_EDOWN : 0;
}

static void done(void *context, enum key_answer answer, struct key *key) {
  (void)context;
  done_count++;
  last_answer = answer;
  last_key = key;
}

static int setup(void **state) {
  (void)state;
  look_ups = done_count = 0;
  is_away = false;
  keys = keys_new(&(struct keys_config){2 * USEC_PER_SEC, 60, look_up, NULL});
  return 0;
}

static int teardown(void **state) {
  (void)state;
  keys_free(keys);
  return 0;
}

static enum key_answer check(const char *authorization, usec_t now) {
  struct key *key = NULL;
  enum key_answer answer = keys_check(keys, authorization, now, done, NULL, &key);
  assert_true((answer == KEY_GOOD) == (key != NULL));
  return answer;
}

static const struct key_record good = {.hash = HASH, .tenant = "acme", .is_valid = true};

static void test_what_is_no_key_is_not_looked_up(void **state) {
  (void)state;
  assert_int_equal(check(NULL, NOW), KEY_MISSING);
  assert_int_equal(check("", NOW), KEY_MISSING);
  assert_int_equal(check("Basic abc", NOW), KEY_MISSING);
  assert_int_equal(check("Bearer ", NOW), KEY_WRONG);
  assert_int_equal(check("Bearer sk_12345", NOW), KEY_WRONG);
  assert_int_equal(check(KEY "0", NOW), KEY_WRONG);
  assert_int_equal(check("Bearer wfk_0a1b2c3d4e5F_" SECRET, NOW), KEY_WRONG);
  assert_int_equal(check("Bearer wfk_0a1b2c3d4e5f-" SECRET, NOW), KEY_WRONG);
  assert_int_equal(look_ups, 0);
}

static void test_a_good_key(void **state) {
  (void)state;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  assert_string_equal(last_id, "0a1b2c3d4e5f");
  keys_found(keys, last_id, &good, NOW);
  assert_int_equal(done_count, 1);
  assert_int_equal(last_answer, KEY_GOOD);
  assert_string_equal(last_key->setting, "=acme");
  assert_false(last_key->is_operator);
  assert_int_equal(last_key->per_minute, 60);
  assert_int_equal(check(KEY, NOW + USEC_PER_SEC), KEY_GOOD);
  assert_int_equal(check("bearer wfk_0a1b2c3d4e5f_" SECRET, NOW), KEY_GOOD);
  assert_int_equal(look_ups, 1);
}

static void test_another_secret_is_wrong(void **state) {
  (void)state;
  assert_int_equal(check("Bearer wfk_0a1b2c3d4e5f_" OTHER, NOW), KEY_WAIT);
  keys_found(keys, last_id, &good, NOW);
  assert_int_equal(last_answer, KEY_WRONG);
  assert_null(last_key);
  assert_int_equal(check("Bearer wfk_0a1b2c3d4e5f_" OTHER, NOW), KEY_WRONG);
  assert_int_equal(check(KEY, NOW), KEY_GOOD);
}

static void test_a_key_that_is_not_there_is_remembered_as_such(void **state) {
  (void)state;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_found(keys, last_id, NULL, NOW);
  assert_int_equal(last_answer, KEY_WRONG);
  assert_int_equal(check(KEY, NOW + USEC_PER_SEC), KEY_WRONG);
  assert_int_equal(look_ups, 1);
}

static void test_what_was_found_is_believed_for_a_time(void **state) {
  (void)state;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_found(keys, last_id, &good, NOW);
  assert_int_equal(check(KEY, NOW + 2 * USEC_PER_SEC), KEY_WAIT);
  struct key_record revoked = good;
  revoked.is_valid = false;
  keys_found(keys, last_id, &revoked, NOW + 2 * USEC_PER_SEC);
  assert_int_equal(last_answer, KEY_WRONG);
}

static void test_many_wait_for_one_look_up(void **state) {
  (void)state;
  for (int i = 0; i < 5; i++) assert_int_equal(check(KEY, NOW), KEY_WAIT);
  assert_int_equal(look_ups, 1);
  keys_found(keys, last_id, &good, NOW);
  assert_int_equal(done_count, 5);
}

static void test_away_is_not_wrong(void **state) {
  (void)state;
  is_away = true;
  assert_int_equal(check(KEY, NOW), KEY_AWAY);
  is_away = false;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_failed(keys, last_id);
  assert_int_equal(last_answer, KEY_AWAY);
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
}

static void test_operator_and_own_rate(void **state) {
  (void)state;
  struct key_record record = good;
  record.is_operator = true;
  record.per_minute = 7;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_found(keys, last_id, &record, NOW);
  assert_true(last_key->is_operator);
  assert_int_equal(last_key->per_minute, 7);
}

static void test_configuring_asks_again_and_keeps_the_bucket(void **state) {
  (void)state;
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_found(keys, last_id, &good, NOW);
  assert_true(bucket_take(&last_key->bucket, 60, NOW));
  keys_configure(keys, USEC_PER_SEC, 30);
  assert_int_equal(check(KEY, NOW), KEY_WAIT);
  keys_found(keys, last_id, &good, NOW);
  assert_int_equal(last_key->per_minute, 30);
  assert_true(last_key->bucket.used > 0.5);
}

static void test_their_number_is_bounded(void **state) {
  (void)state;
  char text[] = KEY;
  for (int i = 0; i < KEYS_MAX + 50; i++) {
    char id[KEY_ID_SIZE];
    snprintf(id, sizeof id, "%012x", (unsigned)i);
    memcpy(strstr(text, "wfk_") + 4, id, KEY_ID_SIZE - 1);
    assert_int_equal(check(text, NOW), KEY_WAIT);
    keys_found(keys, id, NULL, NOW);
  }
  assert_int_equal(keys_count(keys), KEYS_MAX);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void) {
  const struct CMUnitTest tests[] = {
      CASE(test_what_is_no_key_is_not_looked_up),
      CASE(test_a_good_key),
      CASE(test_another_secret_is_wrong),
      CASE(test_a_key_that_is_not_there_is_remembered_as_such),
      CASE(test_what_was_found_is_believed_for_a_time),
      CASE(test_many_wait_for_one_look_up),
      CASE(test_away_is_not_wrong),
      CASE(test_operator_and_own_rate),
      CASE(test_configuring_asks_again_and_keeps_the_bucket),
      CASE(test_their_number_is_bounded),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
