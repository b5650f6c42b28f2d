// SPDX-License-Identifier: Apache-2.0
#include "config_table.h"

#include <string.h>

#include "base/clock.h"
#include "config.h"
#include "config_log.h"
#include "io/timezone.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define AT(field) offsetof(struct config, field)
#define IN_FUNCTION(field) offsetof(struct config_function, field)

enum { NAME_MAX_BYTES = 512, TOPIC_MAX_BYTES = 249 };

static const struct config_word assignments[] = {{"group", CONFIG_ASSIGN_GROUP}, {"manual", CONFIG_ASSIGN_MANUAL}, {NULL, 0}};
static const struct config_word catchups[] = {{"latest", CONFIG_CATCHUP_LATEST}, {"all", CONFIG_CATCHUP_ALL}, {NULL, 0}};
static const struct config_word gap_policies[] = {{"stop", CONFIG_GAP_STOP}, {"continue", CONFIG_GAP_CONTINUE}, {NULL, 0}};

static const struct config_word lifecycle_levels[] = {{"required", CONFIG_LIFECYCLE_REQUIRED}, {"all", CONFIG_LIFECYCLE_ALL}, {NULL, 0}};
static const char *check_timezone(struct text value) {
  char name[WF_ZONE_NAME_MAX + 1] = "";
  memcpy(name, value.data, value.size < sizeof name ? value.size : 0);
  struct timezones *zones = timezones_new();
  bool is_known = timezones_find(zones, name);
  timezones_free(zones);
  return is_known ? NULL : "no time zone of the machine's tz database, expected a name such as Europe/Berlin";
}

static const struct config_section config_sections[] = {
    {"", "What belongs to no section."},
    {"instance", "Which of several instances this is."},
    {"postgres", "The database that holds every fact."},
    {"kafka", "Any property of librdkafka, under its own name; these have defaults of ours. A property that holds a "
              "secret, such as sasl.password, is given as sasl.password_file: an absolute path, or the name of a systemd "
              "credential. What the protocol depends on (offsets, commits, assignment) cannot be set."},
    {"topics", "Where messages come from."},
    {"functions[]", "The functions that workers do, as `call:` names them. Each item:"},
    {"definitions", "Workflow definitions."},
    {"secrets", "What definitions may use as $secrets and in authentication policies."},
    {"calls", "What the daemon does itself: `call: http` and `call: openapi`."},
    {"bounds", "How much of anything there may be. What is above its bound is refused or waits; nothing grows without "
               "one."},
    {"timers", "How waiting is carried out. No key here changes when a timer fires."},
    {"guards", "Deadlines of actions and timeouts."},
    {"gap", "Records that were gone before they were read."},
    {"schedule", "Workflows that start by themselves: schedule.every, cron and after."},
    {"retention", "How long what is over is kept. What PostgreSQL keeps is set there, in workflow.setting."},
    {"events", "What `listen` and `schedule.on` hear."},
    {"readiness", "When /readyz says no."},
    {"log", "The log."},
    {"http", "Health and metrics."},
};

static const struct config_row config_rows[] = {
    {"drain_timeout", CONFIG_DURATION, AT(drain_timeout), "20s", 0, 10 * USEC_PER_MIN, NULL, true,
     "How long a stop (SIGTERM) may take to finish what is under way before the process ends anyway. Nothing is lost "
     "either way. Keep it below the unit's TimeoutStopSec.", NULL},

    {"instance.name", CONFIG_TEXT, AT(instance.name), "", 0, 200, NULL, false,
     "The name of this instance in the log, in Kafka's group and in `workflowctl status`. Not set: the host's name. Must "
     "stay the same over restarts and differ between hosts.", NULL},
    {"instance.slot", CONFIG_INTEGER, AT(instance.slot), "0", 0, 99, NULL, false,
     "Tells instances on one host apart: it is added to the name and to the port of http.listen. workflowd@N.service "
     "sets it to N.", NULL},

    {"postgres.conninfo", CONFIG_TEXT, AT(postgres.conninfo), "host=/run/postgresql dbname=workflow", 1, 4096, NULL, false,
     "libpq's connection string or URI (user, host, port, dbname, sslmode, sslrootcert and so on). A password is refused "
     "here.", config_check_conninfo},
    {"postgres.password_file", CONFIG_SECRET, AT(postgres.password_file), "", 0, 4096, NULL, true,
     "Where the password is: an absolute path, or the name of a systemd credential (LoadCredential=). Not set: none is "
     "sent.", NULL},
    {"postgres.connections", CONFIG_INTEGER, AT(postgres.connections), "2", 1, 16, NULL, false,
     "Lanes: connections that write, each with its own share of the homes. More than the machine has cores to spare gains "
     "nothing.", NULL},
    {"postgres.statement_timeout", CONFIG_DURATION, AT(postgres.statement_timeout), "30s", USEC_PER_SEC, USEC_PER_HOUR, NULL, false,
     "PostgreSQL's statement_timeout of the lanes.", NULL},
    {"postgres.transaction_timeout", CONFIG_DURATION, AT(postgres.transaction_timeout), "30s", USEC_PER_SEC, USEC_PER_HOUR, NULL, false,
     "PostgreSQL's idle_in_transaction_session_timeout of the lanes: how long the server waits for a stopped instance "
     "that holds a transaction open.", NULL},
    {"postgres.snapshot_alarm", CONFIG_DURATION, AT(postgres.snapshot_alarm), "5m", USEC_PER_SEC, 365 * USEC_PER_DAY, NULL, false,
     "A transaction of anybody that keeps old row versions from being cleared away for longer gets a line in the log.", NULL},

    {"kafka.bootstrap.servers", CONFIG_PROPERTY, 0, "127.0.0.1:9092", 1, 4096, NULL, false,
     "Brokers to ask first, host:port, separated by commas.", NULL},
    {"kafka.group.id", CONFIG_PROPERTY, 0, "workflowd", 1, NAME_MAX_BYTES, NULL, false,
     "The consumer group that all instances of one database share.", NULL},
    {"kafka.session.timeout.ms", CONFIG_PROPERTY, 0, "6000", 1, 20, NULL, false,
     "How long a dead instance keeps its partitions before another takes them over.", NULL},
    {"kafka.fetch.wait.max.ms", CONFIG_PROPERTY, 0, "5", 1, 20, NULL, false,
     "How long a broker may hold a fetch back to fill it: latency against load on the broker.", NULL},
    {"kafka.linger.ms", CONFIG_PROPERTY, 0, "0", 1, 20, NULL, false,
     "How long the producer gathers messages before it sends: requests of one batch leave together anyway.", NULL},
    {"kafka.message.timeout.ms", CONFIG_PROPERTY, 0, "10000", 1, 20, NULL, false,
     "How long the producer tries to deliver one message before it is offered anew. Kept short, so that a request that "
     "was recalled does not leave late.", NULL},

    {"topics.triggers", CONFIG_TEXT, AT(topics.triggers), "workflow.triggers", 1, TOPIC_MAX_BYTES, NULL, false,
     "Trigger events. Its partitions are the homes of the runs: more can be added, none taken away.", config_check_topic},
    {"topics.commands", CONFIG_TEXT, AT(topics.commands), "workflow.commands", 1, TOPIC_MAX_BYTES, NULL, false,
     "Commands: cancel, suspend, resume, retry.", config_check_topic},
    {"topics.results", CONFIG_TEXT, AT(topics.results), "workflow.action-results", 1, TOPIC_MAX_BYTES, NULL, false,
     "Results and heartbeats of workers.", config_check_topic},
    {"topics.events", CONFIG_TEXT, AT(topics.events), "", 0, TOPIC_MAX_BYTES, NULL, false,
     "Where the events of `emit` go. Not set: to the trigger events, so that they can start workflows and be listened for.",
     config_check_topic},
    {"topics.lifecycle", CONFIG_TEXT, AT(topics.lifecycle), "", 0, TOPIC_MAX_BYTES, NULL, false,
     "Where the specification's lifecycle events of runs and tasks go, such as workflow.lifecycle; the topic must be there. "
     "Not set: none are sent. They multiply the messages: six for a run of one task.", config_check_topic},
    {"topics.lifecycle_events", CONFIG_ENUM, AT(topics.lifecycle_events), "required", 0, 0, lifecycle_levels, false,
     "required: those that the specification requires. all: its optional events of each change of status too.", NULL},
    {"topics.assignment", CONFIG_ENUM, AT(topics.assignment), "group", 0, 0, assignments, false,
     "group: instances share the partitions through Kafka's consumer group. manual: this instance takes all partitions "
     "(for one instance only, as with the embedded broker).", NULL},

    {"functions[].name", CONFIG_TEXT, IN_FUNCTION(name), NULL, 1, NAME_MAX_BYTES, NULL, false, "The name that `call:` uses.", NULL},
    {"functions[].topic", CONFIG_TEXT, IN_FUNCTION(topic), "workflow.action-requests", 1, TOPIC_MAX_BYTES, NULL, false,
     "Where its requests go.", config_check_topic},
    {"functions[].timeout", CONFIG_DURATION, IN_FUNCTION(timeout), "60s", USEC_PER_MSEC, 365 * USEC_PER_DAY, NULL, false,
     "From the request to its result; after it the attempt has failed.", NULL},
    {"functions[].heartbeat", CONFIG_DURATION, IN_FUNCTION(heartbeat), "0s", 0, 365 * USEC_PER_DAY, NULL, false,
     "The longest silence of a worker that sends heartbeats; 0s: none are expected.", NULL},

    {"definitions.folder", CONFIG_PATH, AT(definitions.folder), "/etc/workflowd/workflows", 0, 4096, NULL, true,
     "Files *.yaml and *.json here are registered at the start and at each reload, as `workflowctl apply` does. A bad file "
     "changes nothing. Not set: only what is in the database.", NULL},

    {"definitions.resources", CONFIG_PATH, AT(definitions.resources), "", 0, 4096, NULL, false,
     "A folder with copies of what definitions refer to: what is at https://HOST/PATH is HOST/PATH here, and a catalog NAME "
     "may be NAME/functions. They are read when a definition is published, and stored with it. Not set: there are none.", NULL},

    {"secrets.folder", CONFIG_PATH, AT(secrets.folder), "", 0, 4096, NULL, true,
     "Each file is a secret by its name: a text, or a JSON object. Besides them, systemd credentials whose names begin with "
     "secret_ (LoadCredential=secret:/etc/workflowd/secrets). Not set: only those.", NULL},

    {"calls.in_flight", CONFIG_INTEGER, AT(calls.in_flight), "64", 1, 10000, NULL, false,
     "Calls under way at a time; more wait their turn.", NULL},
    {"calls.timeout", CONFIG_DURATION, AT(calls.timeout), "60s", USEC_PER_MSEC, USEC_PER_DAY, NULL, false,
     "From the request to the whole answer; after it the attempt has failed. A task with a longer timeout of its own has that.", NULL},
    {"calls.connect_timeout", CONFIG_DURATION, AT(calls.connect_timeout), "10s", USEC_PER_MSEC, USEC_PER_HOUR, NULL, false,
     "For the name, the connection and TLS.", NULL},
    {"calls.response", CONFIG_BYTES, AT(calls.response), "960KiB", KIB, 16 * MIB, NULL, false,
     "An answer's content; a larger one fails the call. What comes of it must fit bounds.value.", NULL},
    {"calls.redirects", CONFIG_INTEGER, AT(calls.redirects), "10", 1, 100, NULL, false, "Redirects that one call follows.", NULL},
    {"calls.allow", CONFIG_TEXT, AT(calls.allow), "", 0, 4096, NULL, false,
     "Addresses that are not public may be called only if they are listed: networks (10.0.0.0/8, ::1), host names "
     "(api.internal, *.internal), separated by commas.", NULL},
    {"calls.ca_file", CONFIG_PATH, AT(calls.ca_file), "", 0, 4096, NULL, false,
     "Certificate authorities, PEM. Not set: the system's.", NULL},
    {"calls.signing_keys_file", CONFIG_SECRET, AT(calls.signing_keys_file), "", 0, 4096, NULL, false,
     "Where the keys are by which requests are signed (Standard Webhooks): an absolute path, or the name of a systemd "
     "credential. Each line: an endpoint (host, host:port, or the beginning of a URL) and a key, whsec_ and base64.", NULL},

    {"bounds.record", CONFIG_BYTES, AT(bounds.record), "1MiB", KIB, 16 * MIB, NULL, false,
     "A record's value; a larger one goes to quarantine.", NULL},
    {"bounds.recipients_per_trigger", CONFIG_INTEGER, AT(bounds.recipients_per_trigger), "1000000", 1, 1048575, NULL, false,
     "Recipients of one trigger event.", NULL},
    {"bounds.recipients_per_transaction", CONFIG_INTEGER, AT(bounds.recipients_per_transaction), "1000", 1, 100000, NULL, false,
     "Runs that one transaction starts, fewer when their data is large (batch_bytes); a larger trigger is written in pieces, between other work.", NULL},
    {"bounds.fanouts", CONFIG_INTEGER, AT(bounds.fanouts), "100", 1, 10000, NULL, false,
     "Triggers of one home that are being written in pieces at a time; more wait in Kafka.", NULL},
    {"bounds.steps_per_run", CONFIG_INTEGER, AT(bounds.steps_per_run), "100000", 1, 10000000, NULL, false,
     "Steps that one run may take; at the bound it faults.", NULL},
    {"bounds.child_depth", CONFIG_INTEGER, AT(bounds.child_depth), "8", 1, 100, NULL, false,
     "How many runs may stand above a run that `run: workflow` starts; at the bound the task fails.", NULL},
    {"bounds.value", CONFIG_BYTES, AT(bounds.value), "960KiB", KIB, 16 * MIB, NULL, false,
     "A run's input, context or output, a step's, or an action's arguments, as JSON; at the bound the run faults. A message "
     "must hold it and 16KiB more: kafka.message.max.bytes (1000000 unless set) and the topics' max.message.bytes.", NULL},
    {"bounds.batch_inputs", CONFIG_INTEGER, AT(bounds.batch_inputs), "500", 1, 100000, NULL, false,
     "Inputs (records, timers, inbox rows) of one transaction.", NULL},
    {"bounds.batch_bytes", CONFIG_BYTES, AT(bounds.batch_bytes), "8MiB", 64 * KIB, 256 * MIB, NULL, false,
     "Their bytes; and those of the values that their decisions read and write: at the bound the inputs left wait for the next transaction.", NULL},
    {"bounds.runs_cached", CONFIG_BYTES, AT(bounds.runs_cached), "16MiB", MIB, 64 * GIB, NULL, false,
     "Memory for runs kept between two inputs; others are loaded when they are needed.", NULL},
    {"bounds.queue", CONFIG_BYTES, AT(bounds.queue), "32MiB", MIB, 16 * GIB, NULL, false,
     "Records read and not yet in a batch; at the bound no more are read.", NULL},
    {"bounds.undelivered", CONFIG_INTEGER, AT(bounds.undelivered), "20000", 100, 10000000, NULL, false,
     "Messages to workers that the broker has not confirmed; at the bound only commands by SQL are taken (to twice of it), "
     "until half of them are delivered.", NULL},
    {"bounds.undelivered_bytes", CONFIG_BYTES, AT(bounds.undelivered_bytes), "64MiB", MIB, 16 * GIB, NULL, false,
     "Their bytes, in the same way.", NULL},
    {"bounds.expression_time", CONFIG_DURATION, AT(bounds.expression_time), "100ms", USEC_PER_MSEC, 10 * USEC_PER_SEC, NULL, false,
     "Processor time of one expression; at the bound the run faults.", NULL},
    {"bounds.expression_memory", CONFIG_BYTES, AT(bounds.expression_memory), "256MiB", 32 * MIB, 16 * GIB, NULL, false,
     "Memory of the process that evaluates expressions.", NULL},

    {"timers.horizon", CONFIG_DURATION, AT(timers.horizon), "60s", USEC_PER_SEC, USEC_PER_HOUR, NULL, false,
     "Timers due within it are held in memory, later ones only in the database.", NULL},
    {"timers.fallback", CONFIG_DURATION, AT(timers.fallback), "1s", 100 * USEC_PER_MSEC, USEC_PER_MIN, NULL, false,
     "The longest an idle instance sleeps before it looks whether something waits for it.", NULL},

    {"guards.spill_after", CONFIG_DURATION, AT(guards.spill_after), "10s", USEC_PER_SEC, USEC_PER_HOUR, NULL, false,
     "A deadline that is still open after this time becomes a row in the table of timers; until then it is derived again "
     "after a crash.", NULL},

    {"gap.policy", CONFIG_ENUM, AT(gap.policy), "stop", 0, 0, gap_policies, false,
     "stop: the partition is not read further until an operator decides. continue: it goes on at the oldest record there "
     "is. Either way the gap is recorded, and an alarm raised.", NULL},

    {"schedule.timezone", CONFIG_TEXT, AT(schedule.timezone), "UTC", 1, 63, NULL, false,
     "The time zone of cron expressions that name none: a name of the tz database, such as Europe/Berlin.", check_timezone},
    {"schedule.catchup", CONFIG_ENUM, AT(schedule.catchup), "latest", 0, 0, catchups, false,
     "What becomes of slots of every and cron at which no instance was there. latest: the last of them is started. all: each "
     "of them is, one after the other. The others are recorded as skipped.", NULL},
    {"schedule.catchup_window", CONFIG_DURATION, AT(schedule.catchup_window), "1h", 0, 7 * USEC_PER_DAY, NULL, false,
     "How late a slot may be started; one that is later is recorded as skipped.", NULL},

    {"retention.tombstones", CONFIG_DURATION, AT(retention.tombstones), "7d", USEC_PER_MIN, 365 * USEC_PER_DAY, NULL, true,
     "How long a cancel by key waits for triggers that were published before it.", NULL},

    {"events.gathering", CONFIG_DURATION, AT(events.gathering), "1d", USEC_PER_SEC, 365 * USEC_PER_DAY, NULL, false,
     "How long the events are kept of a workflow that starts on several (schedule.on: all, until), while some have not come.", NULL},
    {"events.gatherings", CONFIG_INTEGER, AT(events.gatherings), "10000", 1, 1000000, NULL, false,
     "Sets of events that lack some, of one workflow that starts on several; an event that would begin one more is refused (workflow.event_refusal).", NULL},
    {"events.lookback", CONFIG_DURATION, AT(events.lookback), "60s", 0, 10 * USEC_PER_MIN, NULL, false,
     "An event that came at most so long before a task listens for it is heard too.", NULL},
    {"events.window", CONFIG_INTEGER, AT(events.window), "1000000", 1000, 100000000, NULL, false,
     "Recent events that are kept for looking back and for explaining; of more the oldest are forgotten early (workflow.event_window).", NULL},
    {"events.window_bytes", CONFIG_BYTES, AT(events.window_bytes), "1GiB", MIB, 1024 * GIB, NULL, false,
     "The same by their bytes.", NULL},

    {"readiness.timer_age", CONFIG_DURATION, AT(readiness.timer_age), "30s", USEC_PER_SEC, USEC_PER_DAY, NULL, true,
     "A timer that is due for longer and has not fired.", NULL},
    {"readiness.record_age", CONFIG_DURATION, AT(readiness.record_age), "60s", USEC_PER_SEC, USEC_PER_DAY, NULL, true,
     "A record that waits for longer and has not been taken.", NULL},
    {"readiness.commit_age", CONFIG_DURATION, AT(readiness.commit_age), "30s", USEC_PER_SEC, USEC_PER_DAY, NULL, true,
     "A transaction that is under way for longer.", NULL},

    {"log.level", CONFIG_ENUM, AT(log.level), "info", 0, 0, config_log_levels, true, "The least important lines to write.", NULL},
    {"log.target", CONFIG_ENUM, AT(log.target), "auto", 0, 0, config_log_targets, false,
     "auto: the journal when systemd started the process with its output connected to it, else stderr.", NULL},

    {"http.listen", CONFIG_TEXT, AT(http.listen), "127.0.0.1:9464", 0, 128, NULL, false,
     "Address and port of /healthz, /readyz and /metrics; the port plus instance.slot is used. Only loopback addresses. "
     "Empty: no listener.", config_check_listen},
};

const struct config_schema config_table = {
    .title = "workflowd.yaml: the configuration of workflowd(8), explained in workflowd.yaml(5).",
    .usage = "Every key is here with its bounds and its default, commented out where the default stands. "
             "`workflowd --check -c FILE` says what is wrong with a file; `systemctl reload workflowd` (SIGHUP) "
             "reads it again, and changes the keys marked so.",
    .sections = config_sections,
    .section_count = sizeof config_sections / sizeof *config_sections,
    .rows = config_rows,
    .row_count = sizeof config_rows / sizeof *config_rows,
};

const char *config_property_reserved(const char *name) {
  static const struct {
    const char *name, *reason;
  } reserved[] = {
      {"auto.offset.reset", "where to start is kept in PostgreSQL"},
      {"enable.auto.commit", "offsets are committed with the events, in PostgreSQL"},
      {"enable.auto.offset.store", "offsets are committed with the events, in PostgreSQL"},
      {"enable.idempotence", "requests leave in order"},
      {"group.instance.id", "it follows from instance.name and instance.slot"},
      {"log.queue", "the log has one sink"},
      {"partition.assignment.strategy", "take-over is by whole assignments"},
  };
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (strcmp(reserved[i].name, name) == 0) return reserved[i].reason;
  return NULL;
}

bool config_property_secret(const char *name) {
  static const char *const secret[] = {"sasl.oauthbearer.client.secret", "sasl.oauthbearer.config", "sasl.password",
      "ssl.key.password", "ssl.key.pem", "ssl.keystore.password"};
  for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
    if (strcmp(secret[i], name) == 0) return true;
  return false;
}
