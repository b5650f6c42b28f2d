// SPDX-License-Identifier: Apache-2.0
#include "ctl/verb.h"

#include <string.h>

#include "ctl/migrate_verb.h"
#include "dev/broker_verb.h"
#include "dev/dev_verb.h"

const struct verb verb_table[] = {
    {"dev", "[--demo N] [--keep] [--kafka HOST:PORT] [--database CONNINFO] [--examples FOLDER]",
     "Runs everything on this machine to try it out: PostgreSQL, Kafka, workflowd, a worker", dev_verb},
    {"migrate", "--database CONNINFO", "Makes the schema, or brings it up to date", migrate_verb},
    {"dev-broker", "[--topic NAME:PARTITIONS]...", NULL, broker_verb},
};
const size_t verb_count = sizeof verb_table / sizeof *verb_table;

const struct verb *verb_find(const char *name) {
  for (size_t i = 0; i < verb_count; i++) {
    if (strcmp(verb_table[i].name, name) == 0) return &verb_table[i];
  }
  return NULL;
}
