// SPDX-License-Identifier: Apache-2.0
#include "api/route.h"

#include <string.h>

const struct route route_table[] = {
    {"knock_runs", "/knock/v1/workflow_recipient_runs", VENDOR_KNOCK, HTTP_METHOD_GET, call_knock_runs, false},
    {"knock_run", "/knock/v1/workflow_recipient_runs/{}", VENDOR_KNOCK, HTTP_METHOD_GET, call_knock_run, false},
    {"leadping_status", "/leadping/leads/{}/workflow-status", VENDOR_LEADPING, HTTP_METHOD_GET, call_leadping, false},
    {"dialnexa_history", "/dialnexa/v1/workflows/{}/leads/{}/history", VENDOR_DIALNEXA, HTTP_METHOD_GET, call_dialnexa, true},
    {"truestate_session", "/truestate/automations/{}/sessions/{}/", VENDOR_TRUESTATE, HTTP_METHOD_GET, call_truestate, false},
    {"truestate_cancel", "/truestate/automations/{}/sessions/{}/cancel", VENDOR_TRUESTATE, HTTP_METHOD_PATCH, call_truestate_cancel, false},
    {"plannr_executions", "/plannr/api/v1/automation-executions", VENDOR_PLANNR, HTTP_METHOD_GET, call_plannr_executions, false},
    {"plannr_execution", "/plannr/api/v1/automation-executions/{}", VENDOR_PLANNR, HTTP_METHOD_GET, call_plannr_execution, false},
    {"plannr_blueprint", "/plannr/api/v1/automation-blueprints/{}/executions", VENDOR_PLANNR, HTTP_METHOD_GET, call_plannr_blueprint, false},
};
const size_t route_count = sizeof route_table / sizeof *route_table;

static const char *const prefixes[] = {[VENDOR_KNOCK] = "/knock/", [VENDOR_LEADPING] = "/leadping/", [VENDOR_DIALNEXA] = "/dialnexa/",
    [VENDOR_TRUESTATE] = "/truestate/", [VENDOR_PLANNR] = "/plannr/"};

enum vendor route_vendor(const char *path) {
  for (int i = 0; i < VENDOR_NONE; i++)
    if (strncmp(path, prefixes[i], strlen(prefixes[i])) == 0) return (enum vendor)i;
  return VENDOR_NONE;
}

// Whether the path is of that pattern, with or without a slash at its end; the parts are
// as they were sent.
static bool matches(const char *pattern, const char *path, struct text parts[CALL_PATH_PARTS_MAX]) {
  int count = 0;
  while (*pattern && *path) {
    if (*pattern == '{') {
      size_t size = strcspn(path, "/");
      if (size == 0) return false;
      parts[count++] = (struct text){path, size};
      path += size;
      pattern += 2;
    } else if (*pattern++ != *path++) {
      return false;
    }
  }
  if (*path == '/') path++;
  if (*pattern == '/') pattern++;
  return !*path && !*pattern;
}

enum route_found route_find(const char *path, enum http_method method, struct arena *arena, const struct route **ret_route,
                            const char *ret_parts[CALL_PATH_PARTS_MAX], enum vendor *ret_vendor, const char **ret_allow) {
  enum route_found found = ROUTE_NONE;
  *ret_vendor = route_vendor(path);
  for (size_t i = 0; i < route_count; i++) {
    const struct route *route = &route_table[i];
    struct text parts[CALL_PATH_PARTS_MAX] = {{0}};
    if (route->vendor != *ret_vendor || !matches(route->pattern, path, parts)) continue;
    if (route->method != (method == HTTP_METHOD_HEAD ? HTTP_METHOD_GET : method)) {
      *ret_allow = route->method == HTTP_METHOD_PATCH ? "PATCH" : "GET, HEAD";
      found = ROUTE_METHOD;
      continue;
    }
    for (int j = 0; j < CALL_PATH_PARTS_MAX && parts[j].data; j++)
      if (query_decode(parts[j], arena, &ret_parts[j]) < 0) return ROUTE_BAD;
    *ret_route = route;
    return ROUTE_FOUND;
  }
  return found;
}
