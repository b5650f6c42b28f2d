// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "engine/definition.h"

const struct wf_function *wf_catalog_find(const struct wf_catalog *catalog, const char *name) {
  for (size_t i = 0; i < catalog->count; i++)
    if (strcmp(catalog->functions[i].name, name) == 0) return &catalog->functions[i];
  return NULL;
}

// The specification bounds neither calls nor processes, and a worker may be gone: what a
// server answers takes a minute, what a worker runs an hour.
#define NATIVE(word, who) {.name = word, .timeout = USEC_PER_MIN, .native = who, .is_default = true}
#define BY_WORKER(word) {.name = word, .topic = "workflow.action-requests", .timeout = USEC_PER_HOUR, .is_default = true}

const struct wf_function *wf_catalog_standard(const struct wf_catalog *catalog, const char *name) {
  static const struct wf_function standard[] = {
      NATIVE("http", WF_NATIVE_HTTP), NATIVE("openapi", WF_NATIVE_OPENAPI),
      BY_WORKER("grpc"),              BY_WORKER("asyncapi"),
      BY_WORKER("a2a"),               BY_WORKER("mcp"),
      BY_WORKER("container"),         BY_WORKER("script"),
      BY_WORKER("shell"),
  };
  const struct wf_function *declared = wf_catalog_find(catalog, name);
  for (size_t i = 0; i < sizeof standard / sizeof *standard && !declared; i++)
    if (strcmp(standard[i].name, name) == 0) return &standard[i];
  return declared;
}
