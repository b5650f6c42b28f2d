// SPDX-License-Identifier: Apache-2.0
// The configuration of workflowd-api: one YAML file, read into one struct by a table of
// its keys (config_schema.h). workflowd-api.yaml(5) is checked against it.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "base/arena.h"
#include "config_log.h"
#include "config_problem.h"

enum api_config_requests { API_CONFIG_REQUESTS_NONE, API_CONFIG_REQUESTS_FAILED, API_CONFIG_REQUESTS_ALL };

// Texts are never NULL, "" means not set. Durations are microseconds, sizes bytes. Every
// key's meaning, default and bounds: api_config.c.
struct api_config {
  struct {
    const char *listen;
    int64_t connections, connections_per_client, head, request_time, idle_time;
  } http;
  struct {
    const char *conninfo, *password_file;
    int64_t connections, statement_timeout;
  } postgres;
  struct {
    int64_t cache, requests_per_minute;
  } keys;
  struct {
    int level;    // enum log_level
    int target;   // enum config_log_target
    int requests; // enum api_config_requests
  } log;
  int64_t drain_timeout;

  struct arena *arena; // owns every text above
};

extern const struct config_schema api_config_table;

// All defaults. The caller frees it.
struct api_config *api_config_default(void);
void api_config_free(struct api_config *config); // takes NULL
// As config_load() and config_parse() of workflowd.
int api_config_load(const char *path, const char *const *overrides, size_t override_count, struct api_config **ret_config,
                    struct config_problems *problems);
int api_config_parse(const char *document, size_t size, const char *const *overrides, size_t override_count, struct api_config **ret_config,
                     struct config_problems *problems);
// The file that would give this config.
void api_config_print(const struct api_config *config, FILE *out);
