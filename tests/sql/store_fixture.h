// SPDX-License-Identifier: Apache-2.0
// For the tests of pg_store on a real server: a migrated database of their own, one
// store with one lane, requests asked and answered one after another.
#pragma once

#include <event2/event.h>
#include <stdbool.h>

#include "io/pg_admin.h"
#include "io/pg_store.h"

struct fixture {
  struct event_base *base;
  struct pg_store *store;
  struct pg_admin *admin; // superuser, same database
  char *conninfo;         // of the role the store uses, a member of workflow_daemon
  char *database;
  bool is_answered;
  void (*check)(struct fixture *fixture, const struct store_reply *reply); // in the answer, when set
  enum store_status status;
  char sqlstate[6], text[512];
  int fenced_home;
  usec_t clock;
  // Copied from the answer of a take-over.
  struct store_home homes[4];
  size_t packed_count;
  char cluster[64];
  void *context; // of the check
};

// cmocka's set-up and tear-down of a test.
int fixture_open(void **state);
int fixture_close(void **state);

// Runs the loop until the request is answered; returns the status.
enum store_status fixture_ask(struct fixture *fixture, const struct store_request *request);
// The loop, until the lane's connection is up.
void fixture_wait_connected(struct fixture *fixture);

// One statement as superuser; returns the first value as text, owned by the caller, or
// NULL. A failure fails the test.
char *fixture_sql(struct fixture *fixture, const char *sql);
// Asserts what fixture_sql() gives.
void fixture_expect(struct fixture *fixture, const char *sql, const char *expected);

// Takes partitions 0… of "triggers" over; the homes are then in fixture->homes.
void fixture_take(struct fixture *fixture, int partitions, const char *instance);
// The next fence of a home taken, and of the ones before it in this fixture.
struct store_fence fixture_fence(struct fixture *fixture, int index);
