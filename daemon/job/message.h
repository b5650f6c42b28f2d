// SPDX-License-Identifier: Apache-2.0
// What the messages on the topics say, decoded and checked, whatever their form was
// (protobuf, JSON, CloudEvents). Texts are clean UTF-8 without NUL, within their
// bounds, and live in the arena that was given to the decoder.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

enum {
  MESSAGE_ID_MAX = 512,       // bytes of any id, name or key: a longer one is refused
  MESSAGE_SUMMARY_MAX = 2048, // bytes of a short text for people: a longer one is cut
  MESSAGE_DETAIL_MAX = 16384, // bytes of diagnostics: a longer one is cut
};

struct message_header {
  const char *name;
  const void *value; // bytes; NULL = no value
  size_t size;
};

// One record as it came from a partition. Everything is borrowed.
struct record {
  const char *topic;
  int32_t partition;
  int64_t offset;
  usec_t timestamp;        // of the record, 0 = none
  const void *key, *value; // NULL = none
  size_t key_size, value_size;
  const struct message_header *headers;
  size_t header_count;
};

enum source_kind {
  SOURCE_API,
  SOURCE_AUDIENCE,
  SOURCE_SCHEDULE,
  SOURCE_BROADCAST,
  SOURCE_WORKFLOW_STEP,
  SOURCE_INTEGRATION,
  SOURCE_REHEARSAL, // runs in a sandbox, without delays, whatever the settings say
};
const char *source_kind_name(enum source_kind kind); // "api" …

struct recipient_ref {
  struct text collection; // absent = a plain id
  struct text id;
};

struct trigger_recipient {
  struct recipient_ref ref;
  struct text data; // JSON object, absent = none
};

// How the runs of a trigger run, as given.
struct trigger_settings {
  bool sandbox;        // no worker is asked
  bool skip_delays;    // waits take no time
  struct text results; // JSON object: outputs by the name of their task; absent = none
};

struct trigger_event {
  struct text id, type, source_name, tenant, subject, audience_key, schedule_id;
  struct text cancellation_key, correlation_id, traceparent;
  enum source_kind source_kind;
  struct recipient_ref actor;   // id absent = none
  struct text workflow;         // "namespace/name" or "name"; absent = by schedule.on
  struct text workflow_version; // absent = the newest active
  struct trigger_recipient *recipients;
  size_t recipient_count;
  // JSON, checked, bytes as received; absent = {}. An object when the workflow is named
  // or a recipient has data.
  struct text data;
  struct text attributes; // JSON object: what more a CloudEvent says of itself; absent = nothing
  struct trigger_settings settings;
  usec_t time; // the producer's; 0 = absent
};

enum run_command_kind { COMMAND_CANCEL, COMMAND_SUSPEND, COMMAND_RESUME, COMMAND_RETRY };

struct run_command {
  enum run_command_kind kind;
  struct text id;
  bool has_run_id;
  struct uuid run_id; // else by key:
  struct text tenant, workflow, cancellation_key;
  struct recipient_ref *recipients; // subset; none = all
  size_t recipient_count;
  struct text actor, reason;
  usec_t time;
};

struct action_id {
  struct uuid run_id;
  int32_t action_no;
};
enum { ACTION_ID_TEXT_SIZE = 48 };
// "<run id>:<number>"; returns `out` (ACTION_ID_TEXT_SIZE bytes).
char *action_id_format(const struct action_id *id, char *out);
int action_id_parse(const char *data, size_t size, struct action_id *ret_id); // 0 or -WF_EINVAL

struct action_result {
  struct action_id action;
  int32_t attempt;
  bool completed;
  struct text output; // JSON, checked; absent = null
  struct text outcome, external_reference, summary, detail_internal;
  struct text error_type, error_title, error_detail;
  int32_t error_status;
  bool retryable; // of a failure; default true
  usec_t retry_after;
};

struct action_heartbeat {
  struct action_id action;
  int32_t attempt;
  struct text progress; // JSON, absent = none
};

struct action_request {
  struct action_id action;
  int32_t attempt;
  const char *reference, *workflow, *workflow_version, *function;
  const char *tenant, *recipient_collection, *recipient_id; // NULL = none
  struct text arguments;                                    // JSON
  usec_t deadline;                                          // instant
  usec_t heartbeat_timeout;                                 // longest silence, 0 = no heartbeats expected
  const char *answer_topic;                                 // NULL = not said
  int32_t answer_partition;
  const char *traceparent;
};

struct action_cancel {
  struct action_id action;
  int32_t attempt;
  const char *reason;
};

// What travels on the topic of requests.
struct worker_request {
  bool is_cancel;
  union {
    struct action_request request;
    struct action_cancel cancel;
  };
};

// What travels on the topic of answers.
struct worker_reply {
  bool is_heartbeat;
  union {
    struct action_result result;
    struct action_heartbeat heartbeat;
  };
};

// Why a record was refused: machine word for quarantine.reason_code, and a text that
// says what was wrong, where, and what was expected. Codes of the decoders:
// "undecodable" "bad_utf8" "nul_in_text" "too_large" "id_too_long" "missing_field"
// "wrong_type" "not_supported"; the batch adds its own ("unknown_workflow" …).
struct refusal {
  const char *code;
  const char *text;
  struct text tenant, id; // of the message, as far as they could be read; else absent
};
