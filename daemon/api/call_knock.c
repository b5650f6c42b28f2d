// SPDX-License-Identifier: Apache-2.0
// Knock: workflow recipient runs. What is invalid gives 422, as Knock's own clients expect;
// unknown parameters are passed over.
#include <jv.h>
#include <string.h>

#include "api/call.h"
#include "api/format.h"

enum { STATUSES_MAX = 16 };

static int invalid(struct refusal *refusal, const char *field, const char *message) {
  *refusal = (struct refusal){REFUSAL_INVALID, field, message};
  return -WF_EINVAL;
}

static int check_list(const struct query *query, struct refusal *refusal) {
  const char *size = query_value(query, "page_size"), *errors = query_value(query, "has_errors");
  const char *from = query_value(query, "starting_at"), *to = query_value(query, "ending_at");
  if (size && !format_is_integer(size, 1, 50)) return invalid(refusal, "page_size", "page_size must be an integer from 1 to 50");
  if (errors && !format_is_bool(errors)) return invalid(refusal, "has_errors", "has_errors must be true or false");
  if (from && !format_is_instant(from)) return invalid(refusal, "starting_at", "starting_at must be an RFC 3339 date-time");
  if (to && !format_is_instant(to)) return invalid(refusal, "ending_at", "ending_at must be an RFC 3339 date-time");
  return 0;
}

static int read_statuses(const struct call_input *input, const char **ret_array, struct refusal *refusal) {
  static const char *const words[] = {"queued", "processing", "paused", "completed", "cancelled", NULL};
  const char *values[STATUSES_MAX];
  size_t count = query_list(input->query, "status", values, STATUSES_MAX);
  if (count > STATUSES_MAX) return invalid(refusal, "status", "status has too many values");
  for (size_t i = 0; i < count; i++)
    if (!format_is_one_of(values[i], words))
      return invalid(refusal, "status", "status must be queued, processing, paused, completed or cancelled");
  *ret_array = count ? format_array(values, count, input->arena) : NULL;
  return 0;
}

static const char *text_member(jv object, const char *name, struct arena *arena) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  const char *text = jv_get_kind(value) == JV_KIND_STRING ? arena_strdup(arena, jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

// recipient=id, recipient[id]=…&recipient[collection]=…, or the JSON text of such an object.
static int read_recipient(const struct call_input *input, const char **ret_collection, const char **ret_id, struct refusal *refusal) {
  const char *text = query_value(input->query, "recipient");
  *ret_collection = query_member(input->query, "recipient", "collection");
  *ret_id = query_member(input->query, "recipient", "id");
  if (*ret_collection && !*ret_id) return invalid(refusal, "recipient", "recipient[id] is missing");
  if (*ret_id || !text) return 0;
  if (*text != '{') {
    *ret_id = text;
    return 0;
  }
  jv object = jv_parse(text);
  if (jv_get_kind(object) == JV_KIND_OBJECT) {
    *ret_collection = text_member(object, "collection", input->arena);
    *ret_id = text_member(object, "id", input->arena);
  }
  jv_free(object);
  return *ret_id ? 0 : invalid(refusal, "recipient", "recipient must be an id, or an object with id and collection");
}

int call_knock_runs(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  const struct query *query = input->query;
  const char *statuses = NULL, *collection = NULL, *id = NULL;
  if (check_list(query, ret_refusal) < 0 || read_statuses(input, &statuses, ret_refusal) < 0 ||
      read_recipient(input, &collection, &id, ret_refusal) < 0)
    return -WF_EINVAL;
  const char *size = query_value(query, "page_size");
  *ret_call = (struct call){STATEMENT_KNOCK_RUNS,
                            {query_value(query, "after"), query_value(query, "before"), size ? size : "50", query_value(query, "workflow"),
                             statuses, query_value(query, "tenant"), query_value(query, "has_errors"), collection, id,
                             query_value(query, "starting_at"), query_value(query, "ending_at")}};
  return 0;
}

int call_knock_run(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  *ret_refusal = (struct refusal){.kind = REFUSAL_NOT_FOUND, .message = "The workflow recipient run was not found"};
  if (!format_is_uuid(input->parts[0])) return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_KNOCK_RUN, {input->parts[0]}};
  return 0;
}
