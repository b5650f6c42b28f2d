// SPDX-License-Identifier: Apache-2.0
#include "ctl/verb.h"

#include <string.h>

#include "ctl/api_key_verb.h"
#include "ctl/apply_verb.h"
#include "ctl/cancel_verb.h"
#include "ctl/command_verb.h"
#include "ctl/intake_verb.h"
#include "ctl/migrate_verb.h"
#include "ctl/quarantine_verb.h"
#include "ctl/rebuild_verb.h"
#include "ctl/rehearse_verb.h"
#include "ctl/runs_verb.h"
#include "ctl/show_verb.h"
#include "ctl/status_verb.h"
#include "ctl/stuck_verb.h"
#include "ctl/trigger_status_verb.h"
#include "ctl/trigger_verb.h"
#include "ctl/validate_verb.h"
#include "ctl/verify_verb.h"
#include "ctl/workflows_verb.h"
#include "dev/broker_verb.h"
#include "dev/dev_verb.h"

const struct verb verb_table[] = {
    {"dev", "[--demo N [--json]] [--keep] [--kafka HOST:PORT] [--database CONNINFO] [--examples FOLDER]",
     "Runs everything on this machine to try it out: PostgreSQL, Kafka, workflowd, a worker", dev_verb},
    {"migrate", "--database CONNINFO", "Makes the schema, or brings it up to date", migrate_verb},
    {"validate", "FILE... [--function NAME]...", "Checks workflow definitions", validate_verb},
    {"rehearse",
     "FILE [--input JSON|FILE] [--event FILE]... [--answers FILE] [--definition FILE]... [--function NAME]... "
     "[--secrets FOLDER] [--now INSTANT] [--seed N] [--live-http] [--cancel-after TIME] [--lifecycle] [--ascii]",
     "Runs a workflow here, in virtual time, with actions answered from a file", rehearse_verb},
    {"apply", "FILE... [--function NAME]...", "Checks workflow definitions and publishes them", apply_verb},
    {"workflows", "[NAME] | activate|deactivate|document NAMESPACE/NAME@VERSION",
     "Published versions and their open runs; lets a version start runs or not", workflows_verb},
    {"trigger", "WORKFLOW [--recipient ID]... [--data JSON] [--kafka HOST:PORT] [--wait] [--timeout TIME] [OPTION]...",
     "Publishes a trigger event", trigger_verb},
    {"trigger-status", "ID [--tenant TENANT] [--limit N]", "What became of a trigger event", trigger_status_verb},
    {"runs",
     "[--status STATUS] [--workflow NAME] [--recipient ID] [--tenant TENANT] [--trigger ID] [--limit N] [--after RUN]",
     "Runs, newest first", runs_verb},
    {"show", "RUN [--internal] [--ascii]", "One run: its status, why it waits, its timeline", show_verb},
    {"cancel", "RUN... | --key KEY | FILTER... [--reason TEXT] [--wait] [--timeout TIME]", "Ends runs as cancelled",
     cancel_verb},
    {"suspend", "RUN... [--reason TEXT] [--wait] [--timeout TIME]", "Lets runs start nothing until they are resumed",
     command_verb},
    {"resume", "RUN... [--reason TEXT] [--wait] [--timeout TIME]", "Lets suspended runs go on", command_verb},
    {"retry", "RUN... [--reason TEXT] [--wait] [--timeout TIME]", "Lets faulted runs try again from the step that failed",
     command_verb},
    {"wake", "RUN... [--reason TEXT] [--wait] [--timeout TIME]", "Ends the wait that runs are in, now", command_verb},
    {"quarantine",
     "list [--reason CODE] [--tenant TENANT] [--state STATE] [--event ID] [--limit N] [--after NUMBER] | show NUMBER | replay NUMBER...",
     "Records that could not be taken, and why; takes them again", quarantine_verb},
    {"status", "[--runs] [--kafka HOST:PORT]", "Instances, homes, epochs, lag, what is unconfirmed, the oldest due timer",
     status_verb},
    {"pause-intake", "[--reason TEXT]", "Lets triggers wait in Kafka, on all instances; all else goes on", intake_verb},
    {"resume-intake", "[--reason TEXT]", "Lets triggers be taken again", intake_verb},
    {"api-key",
     "create NAME [--tenant TENANT] [--operator] [--rate-per-minute N] [--expires-in TIME] | list [--tenant TENANT] | revoke KEY-ID...",
     "Keys of workflowd-api: makes one and shows it this once, lists them, ends them", api_key_verb},
    {"stuck", "", "Open runs that nothing would wake: there must be none", stuck_verb},
    {"verify", "RUN... | --all | [--since TIME] [--limit N] [--after RUN]",
     "Folds runs from their events again; the read tables must say the same", verify_verb},
    {"rebuild", "RUN... | --all | [--since TIME] [--limit N] [--after RUN] [--dry-run]",
     "Makes the read tables of runs anew from their events, while workflowd works", rebuild_verb},
    {"dev-broker", "[--topic NAME:PARTITIONS]...", NULL, broker_verb},
};
const size_t verb_count = sizeof verb_table / sizeof *verb_table;

const struct verb *verb_find(const char *name) {
  for (size_t i = 0; i < verb_count; i++) {
    if (strcmp(verb_table[i].name, name) == 0) return &verb_table[i];
  }
  return NULL;
}
