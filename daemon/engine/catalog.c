// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "engine/definition.h"

const struct wf_function *wf_catalog_find(const struct wf_catalog *catalog, const char *name) {
  for (size_t i = 0; i < catalog->count; i++)
    if (strcmp(catalog->functions[i].name, name) == 0) return &catalog->functions[i];
  return NULL;
}

#define STANDARD(word, who) {.name = word, .topic = (who) == WF_BY_WORKER ? "workflow.action-requests" : NULL, .timeout = 60 * USEC_PER_SEC, .native = who, .is_default = true}

const struct wf_function *wf_catalog_standard(const struct wf_catalog *catalog, const char *name) {
  static const struct wf_function standard[] = {
      STANDARD("http", WF_NATIVE_HTTP),    STANDARD("openapi", WF_NATIVE_OPENAPI), STANDARD("grpc", WF_BY_WORKER),
      STANDARD("asyncapi", WF_BY_WORKER),  STANDARD("a2a", WF_BY_WORKER),          STANDARD("mcp", WF_BY_WORKER),
      STANDARD("container", WF_BY_WORKER), STANDARD("script", WF_BY_WORKER),       STANDARD("shell", WF_BY_WORKER),
  };
  const struct wf_function *declared = wf_catalog_find(catalog, name);
  for (size_t i = 0; i < sizeof standard / sizeof *standard && !declared; i++)
    if (strcmp(standard[i].name, name) == 0) return &standard[i];
  return declared;
}
