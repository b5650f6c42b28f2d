// SPDX-License-Identifier: Apache-2.0
// A small table of keys, for tests of what works on any table.
#pragma once

#include "base/clock.h"
#include "config_schema.h"

struct small {
  int64_t wait;
  struct {
    const char *name, *secret_file;
    int64_t count;
  } box;
};

static const struct config_section small_sections[] = {{"", "Top."}, {"box", "A box."}, {"items[]", "A list."}};
static const struct config_row small_rows[] = {
    {"wait", CONFIG_DURATION, offsetof(struct small, wait), "5s", 0, USEC_PER_MIN, NULL, true, "How long.", NULL},
    {"box.name", CONFIG_TEXT, offsetof(struct small, box.name), "", 0, 20, NULL, false, "Its name.", NULL},
    {"box.secret_file", CONFIG_SECRET, offsetof(struct small, box.secret_file), "", 0, 100, NULL, true, "Where.", NULL},
    {"box.count", CONFIG_INTEGER, offsetof(struct small, box.count), "3", 1, 9, NULL, false, "How many.", NULL},
    {"items[].size", CONFIG_INTEGER, 0, "1", 0, 9, NULL, false, "Of one.", NULL},
};
static const struct config_schema small_schema = {
    .title = "small.yaml: a test.", .usage = "Not of use.", .sections = small_sections, .section_count = 3, .rows = small_rows, .row_count = 5};
