// SPDX-License-Identifier: Apache-2.0
#include "sim/sim_definitions.h"

#include <string.h>

#include "base/vec.h"
#include "engine/definition.h"

struct loaded {
  const char *document; // static text: its address names it
  const struct wf_catalog *catalog;
  struct wf_definition *definition;
};

static VEC(struct loaded) cache;

int __real_wf_definition_load(const char *data, size_t size, const struct wf_catalog *catalog, struct arena *arena, struct wf_definition **ret_definition, struct wf_problems *problems);
int __wrap_wf_definition_load(const char *data, size_t size, const struct wf_catalog *catalog, struct arena *arena, struct wf_definition **ret_definition, struct wf_problems *problems);
void __real_wf_definition_free(struct wf_definition *definition);
void __wrap_wf_definition_free(struct wf_definition *definition);

int __wrap_wf_definition_load(const char *data, size_t size, const struct wf_catalog *catalog, struct arena *arena, struct wf_definition **ret_definition, struct wf_problems *problems) {
  vec_foreach(entry, &cache) {
    if (entry->document != data || entry->catalog != catalog) continue;
    *ret_definition = entry->definition;
    return 0;
  }
  int result = __real_wf_definition_load(data, size, catalog, arena, ret_definition, problems);
  if (result == 0) vec_push(&cache, (struct loaded){data, catalog, *ret_definition});
  return result;
}

// Whoever lets go of it, others go on with it.
void __wrap_wf_definition_free(struct wf_definition *definition) { (void)definition; }

void sim_definitions_free(void) {
  vec_foreach(entry, &cache) __real_wf_definition_free(entry->definition);
  vec_free(&cache);
}
