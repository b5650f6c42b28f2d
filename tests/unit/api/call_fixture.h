// SPDX-License-Identifier: Apache-2.0
// What the tests of calls share: an arena for each test (setup, teardown) and make(), which
// hands a query's text and the parts of the path to the function that makes a call. What it
// made is in `call`, what it refused in `refusal`.
#pragma once

#include <string.h>

#include "api/call.h"
#include "arena_fixture.h"

static struct call call;
static struct refusal refusal;

static int make(call_make *of, const char *query_text, const char *one, const char *two, bool is_operator) {
  struct query query;
  assert_int_equal(query_parse(text_of(query_text), arena, &query), 0);
  const struct call_input input = {arena, {one, two}, &query, is_operator, "0123456789ab"};
  return of(&input, &call, &refusal);
}
