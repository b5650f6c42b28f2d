// SPDX-License-Identifier: Apache-2.0
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "io/pg_resolve.h"

struct answer {
  struct event_base *base;
  bool is_given;
  char first[64], reason[256];
  size_t count, host;
};

static void resolved(void *context, const struct pg_address *addresses, size_t count, const char *reason) {
  struct answer *answer = context;
  answer->is_given = true;
  answer->count = count;
  answer->host = addresses ? addresses[0].host : SIZE_MAX;
  if (addresses) snprintf(answer->first, sizeof answer->first, "%s", addresses[0].text);
  if (reason) snprintf(answer->reason, sizeof answer->reason, "%s", reason);
  event_base_loopbreak(answer->base);
}

static struct answer ask(const char *const *hosts, size_t count) {
  struct answer answer = {.base = event_base_new()};
  struct pg_resolve *resolve = pg_resolve_new(answer.base, hosts, count, resolved, &answer);
  assert_false(answer.is_given); // never from within the call
  event_base_dispatch(answer.base);
  assert_true(answer.is_given);
  pg_resolve_free(resolve);
  event_base_free(answer.base);
  return answer;
}

static void a_name_has_an_address(void **state) {
  (void)state;
  struct answer answer = ask((const char *[]){"localhost", "127.0.0.1"}, 2);
  assert_string_equal(answer.reason, "");
  assert_true(answer.count >= 2); // a host may have several
  assert_true(!strcmp(answer.first, "127.0.0.1") || !strcmp(answer.first, "::1"));
}

static void one_without_is_passed_over(void **state) {
  (void)state;
  struct answer answer = ask((const char *[]){"no-such-host.invalid", "localhost"}, 2);
  assert_string_equal(answer.reason, "");
  assert_true(answer.count >= 1);
  assert_int_equal(answer.host, 1);
}

static void names_without_one_say_which(void **state) {
  (void)state;
  struct answer answer = ask((const char *[]){"no-such-host.invalid", "nor-this.invalid"}, 2);
  assert_string_equal(answer.first, "");
  assert_non_null(strstr(answer.reason, "\"no-such-host.invalid\" cannot be resolved"));
}

static size_t threads(void) {
  DIR *tasks = opendir("/proc/self/task");
  size_t count = 0;
  for (const struct dirent *task; (task = readdir(tasks));) count += task->d_name[0] != '.';
  closedir(tasks);
  return count;
}

// The resolver's threads own what was given up until they are done with it; they end by
// themselves when they have nothing more to do.
static int wait_for_resolver(void **state) {
  (void)state;
  const struct timespec pause = {.tv_nsec = 10000000};
  for (int i = 0; i < 3000 && threads() > 1; i++) nanosleep(&pause, NULL);
  return threads() > 1;
}

static void it_may_be_given_up_at_once(void **state) {
  (void)state;
  struct answer answer = {.base = event_base_new()};
  const char *host = "no-such-host.invalid";
  for (int i = 0; i < 10; i++) pg_resolve_free(pg_resolve_new(answer.base, &host, 1, resolved, &answer));
  event_base_loop(answer.base, EVLOOP_NONBLOCK);
  assert_false(answer.is_given);
  event_base_free(answer.base);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_name_has_an_address),
      cmocka_unit_test(one_without_is_passed_over),
      cmocka_unit_test(names_without_one_say_which),
      cmocka_unit_test(it_may_be_given_up_at_once),
  };
  return cmocka_run_group_tests(tests, NULL, wait_for_resolver);
}
