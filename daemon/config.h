// SPDX-License-Identifier: Apache-2.0
// The configuration: one YAML file, read into one struct. The keys are rows of one
// table (config_table.h), from which come the parser, the printed sample
// (config/workflowd.yaml) and what a reload may change; workflowd.yaml(5) is checked
// against it.
//
// Nothing here holds a secret: keys named …_file say where one is (config_secret.h).
// Nothing here is looked up while the daemon works: it reads the struct.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "base/clock.h"
#include "config_log.h"
#include "config_problem.h"

enum config_assignment { CONFIG_ASSIGN_GROUP, CONFIG_ASSIGN_MANUAL };
enum config_catchup { CONFIG_CATCHUP_LATEST, CONFIG_CATCHUP_ALL };
enum config_gap_policy { CONFIG_GAP_STOP, CONFIG_GAP_CONTINUE };
enum config_lifecycle { CONFIG_LIFECYCLE_REQUIRED, CONFIG_LIFECYCLE_ALL };

// A librdkafka property, passed through as it is.
struct config_property {
  const char *name, *value;
  bool is_secret; // `value` is a reference for config_secret_read()
  int line, column;
};

// A function that workers do.
struct config_function {
  const char *name, *topic;
  int64_t timeout, heartbeat; // usec; heartbeat 0 = none expected
};

// Texts are never NULL, "" means not set. Durations are microseconds, sizes bytes.
// Every key's meaning, default and bounds: config_table.c.
struct config {
  struct {
    const char *name; // the host's name when not set
    int64_t slot;
  } instance;
  struct {
    const char *conninfo, *password_file;
    int64_t connections, statement_timeout, transaction_timeout, snapshot_alarm;
  } postgres;
  struct config_property *kafka; // defaults included, in the order of the table, then of the file
  size_t kafka_count;
  struct {
    const char *triggers, *commands, *results, *events, *lifecycle;
    int lifecycle_events; // enum config_lifecycle
    int assignment;       // enum config_assignment
  } topics;
  struct config_function *functions;
  size_t function_count;
  struct {
    const char *folder, *resources;
  } definitions;
  struct {
    const char *folder;
  } secrets;
  struct {
    int64_t in_flight, timeout, connect_timeout, response, redirects;
    const char *allow, *ca_file, *signing_keys_file;
  } calls;
  struct {
    int64_t record, recipients_per_trigger, recipients_per_transaction, fanouts;
    int64_t steps_per_run, child_depth, value;
    int64_t batch_inputs, batch_bytes, runs_cached, queue, undelivered, undelivered_bytes;
    int64_t expression_time, expression_memory;
  } bounds;
  struct {
    int64_t horizon, fallback;
  } timers;
  struct {
    int64_t spill_after;
  } guards;
  struct {
    int policy; // enum config_gap_policy
  } gap;
  struct {
    const char *timezone;
    int catchup; // enum config_catchup
    int64_t catchup_window;
  } schedule;
  struct {
    int64_t tombstones;
  } retention;
  struct {
    int64_t gathering, gatherings, lookback, window, window_bytes;
  } events;
  struct {
    int64_t timer_age, record_age, commit_age;
  } readiness;
  struct {
    int level;  // enum log_level
    int target; // enum config_log_target
  } log;
  struct {
    const char *listen;
  } http;
  int64_t drain_timeout;

  struct arena *arena; // owns every text and array above
};

// All defaults. The caller frees it.
struct config *config_default(void);
void config_free(struct config *config); // takes NULL

// Reads the file, then applies the overrides, texts of the form "section.key=value"
// that win over the file. Returns 0 and a config that the caller frees; or
// -WF_EINVAL (-WF_EIO when the file cannot be read) and all problems at once.
// `problems` is zero-initialised by the caller, who frees it.
int config_load(const char *path, const char *const *overrides, size_t override_count, struct config **ret_config,
                struct config_problems *problems);
// The same from memory.
int config_parse(const char *document, size_t size, const char *const *overrides, size_t override_count,
                 struct config **ret_config, struct config_problems *problems);

// Writes the file that would give this config: every key with its help, type,
// bounds, default and whether a reload changes it; keys at their default are
// commented out. Never prints a secret: a reference shows as <set>, which cannot be
// read back.
void config_print(const struct config *config, FILE *out);

// ---- reload -----------------------------------------------------------------

// The keys that differ and that a reload may not change, at most `max` names (static
// text). Returns how many there are.
size_t config_diff_fixed(const struct config *old, const struct config *new, const char **ret_names, size_t max);
// Gives `new` the values of `old` for all keys that a reload may not change.
void config_keep_fixed(struct config *new, const struct config *old);
