// SPDX-License-Identifier: Apache-2.0
// Any query is read within its bounds or refused, and what is read is clean text.
#include <stdint.h>

#include "api/query.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct query *query, const char *name) {
  const char *values[4];
  const char *value = query_value(query, name), *member = query_member(query, name, "id");
  size_t count = query_list(query, name, values, 4);
  WF_ASSERT(!value || *value);
  WF_ASSERT(!member || *member);
  WF_ASSERT(count <= query->count);
  for (size_t i = 0; i < count && i < 4; i++) WF_ASSERT(*values[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct arena *arena = arena_new();
  const struct text text = {(const char *)data, size};
  struct query query = {0};
  const char *part = NULL;
  if (query_parse(text, arena, &query) == 0) {
    WF_ASSERT(query.count <= QUERY_PAIRS_MAX);
    for (size_t i = 0; i < query.count; i++) {
      WF_ASSERT(text_is_clean_utf8(query.pairs[i].name, strlen(query.pairs[i].name)));
      WF_ASSERT(text_is_clean_utf8(query.pairs[i].value, strlen(query.pairs[i].value)));
      look(&query, query.pairs[i].name);
    }
    look(&query, "status");
    look(&query, "recipient");
  }
  if (query_decode(text, arena, &part) == 0) WF_ASSERT(strlen(part) <= size);
  arena_free(arena);
  return 0;
}
