// SPDX-License-Identifier: Apache-2.0
// The config in the words of those who work with it: the job's bounds, the catalog of
// functions, librdkafka's properties, libpq's conninfo. Secrets are read here and live
// in this struct alone.
#pragma once

#include "base/error.h"
#include "config.h"
#include "engine/definition.h"
#include "io/http_caller.h"
#include "io/kafka.h"
#include "io/resource_folder.h"
#include "io/timezone.h"
#include "job/job.h"

struct settings {
  const struct config *config; // borrowed
  struct arena *arena;
  // Of this process start: instance.name (the first 16 bytes; what is no letter, digit, '.'
  // or '-' became '-'), -instance.slot unless that is 0, and 96 random bits. It stands
  // in the application_name of each connection, of which PostgreSQL keeps 63 bytes.
  char instance[48];
  char *conninfo;              // with the password in it
  struct kafka_property *consumer, *producer;
  size_t consumer_count, producer_count;
  struct timezones *timezones;
  struct wf_zones zones; // of the catalog
  struct wf_catalog catalog;    // to load what is published
  struct wf_resources resources;
  struct wf_catalog publishing; // to publish: with the resources
  struct job_config job;
  const char **calls_allow;
  size_t calls_allow_count;
  struct http_signing_key *signing_keys; // their texts are one
  size_t signing_key_count;
  char *signing_text; // secret
  size_t signing_size;
};

// Returns 0, or -WF_EIO with an owned text: which secret cannot be read and why.
int settings_new(const struct config *config, struct settings **ret_settings, char **ret_problem) WF_MUST_CHECK;
// A property of librdkafka's, secrets included; NULL = it is not set.
const char *settings_property(const struct settings *settings, const char *name);
// Overwrites the secrets. Takes NULL.
void settings_free(struct settings *settings);
