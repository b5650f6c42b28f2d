// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "engine/definition.h"

const struct wf_function *wf_catalog_find(const struct wf_catalog *catalog, const char *name) {
  for (size_t i = 0; i < catalog->count; i++)
    if (strcmp(catalog->functions[i].name, name) == 0) return &catalog->functions[i];
  return NULL;
}
