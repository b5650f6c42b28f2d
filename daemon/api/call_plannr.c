// SPDX-License-Identifier: Apache-2.0
// Plannr: executions of automations. Filters are lists parted by commas; a uuid in the path
// that is none is not found, one in a filter is left out, as it matches nothing.
#include <string.h>

#include "api/call.h"
#include "api/format.h"

enum { FILTER_MAX = 100 };

static int invalid(struct refusal *refusal, const char *field, const char *message) {
  *refusal = (struct refusal){REFUSAL_INVALID, field, message};
  return -WF_EINVAL;
}

// NULL = not given; else an array, in which nothing but UUIDs stands when only_uuids.
static int read_filter(const struct call_input *input, const char *name, bool only_uuids, const char **ret_array, struct refusal *refusal) {
  const char *values[FILTER_MAX], *text = query_member(input->query, "filter", name);
  *ret_array = NULL;
  if (!text) return 0;
  size_t count = format_split(text, values, FILTER_MAX, input->arena), kept = 0;
  if (count > FILTER_MAX) return invalid(refusal, arena_printf(input->arena, "filter.%s", name), "has more than 100 values");
  for (size_t i = 0; i < count; i++)
    if (!only_uuids || format_is_uuid(values[i])) values[kept++] = values[i];
  *ret_array = format_array(values, kept, input->arena);
  return 0;
}

static const char *read_include(const struct call_input *input) {
  const char *values[8], *text = query_value(input->query, "include");
  size_t count = text ? format_split(text, values, 8, input->arena) : 0;
  for (size_t i = 0; i < count && i < 8; i++)
    if (strcmp(values[i], "account") == 0) return "true";
  return "false";
}

struct page {
  const char *sort, *size, *after;
};

static int read_page(const struct call_input *input, struct page *ret_page, struct refusal *refusal) {
  static const char *const sorts[] = {"created_at", "-created_at", "name", "-name", NULL};
  struct page page = {query_value(input->query, "sort"), query_member(input->query, "page", "size"), query_member(input->query, "page", "after")};
  if (page.sort && !format_is_one_of(page.sort, sorts)) return invalid(refusal, "sort", "The selected sort is invalid.");
  if (page.size && !format_is_integer(page.size, 1, 50)) return invalid(refusal, "page.size", "The page.size must be between 1 and 50.");
  *ret_page = page;
  return 0;
}

static int check_uuid(const struct call_input *input, struct refusal *refusal) {
  *refusal = (struct refusal){.kind = REFUSAL_NOT_FOUND, .message = "Not Found"};
  return format_is_uuid(input->parts[0]) ? 0 : -WF_EINVAL;
}

int call_plannr_execution(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  if (check_uuid(input, ret_refusal) < 0) return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_PLANNR_EXECUTION, {input->parts[0], read_include(input)}};
  return 0;
}

int call_plannr_executions(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  const char *uuids, *clients, *accounts;
  struct page page;
  if (read_filter(input, "uuid", true, &uuids, ret_refusal) < 0 || read_filter(input, "client_uuids", false, &clients, ret_refusal) < 0 ||
      read_filter(input, "account_uuids", false, &accounts, ret_refusal) < 0 ||
      read_page(input, &page, ret_refusal) < 0)
    return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_PLANNR_EXECUTIONS, {uuids, clients, accounts, read_include(input), page.sort, page.size, page.after}};
  return 0;
}

int call_plannr_blueprint(const struct call_input *input, struct call *ret_call, struct refusal *ret_refusal) {
  const char *uuids;
  struct page page;
  if (check_uuid(input, ret_refusal) < 0 || read_filter(input, "uuid", true, &uuids, ret_refusal) < 0 || read_page(input, &page, ret_refusal) < 0)
    return -WF_EINVAL;
  *ret_call = (struct call){STATEMENT_PLANNR_BLUEPRINT, {input->parts[0], uuids, page.sort, page.size, page.after}};
  return 0;
}
