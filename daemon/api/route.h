// SPDX-License-Identifier: Apache-2.0
// The paths that there are: each names a vendor, a method, and what makes the call of it.
#pragma once

#include <stdbool.h>

#include "api/call.h"
#include "io/http_server.h"

struct route {
  const char *name;    // for metrics and the log
  const char *pattern; // {} stands for one part of the path
  enum vendor vendor;
  enum http_method method; // GET stands for HEAD too
  call_make *make;
  bool has_etag; // the vendor has conditional requests there
};

extern const struct route route_table[];
extern const size_t route_count;

enum route_found {
  ROUTE_FOUND,
  ROUTE_NONE,   // nothing is at this path
  ROUTE_METHOD, // not with this method
  ROUTE_BAD,    // a bad escape in the path
};

// Whose path it is, by how it begins.
enum vendor route_vendor(const char *path);
// The route of a path; its parts are decoded into the arena. *ret_vendor is set in any
// case, by how the path begins; *ret_allow with ROUTE_METHOD: for the Allow header.
enum route_found route_find(const char *path, enum http_method method, struct arena *arena, const struct route **ret_route,
                            const char *ret_parts[CALL_PATH_PARTS_MAX], enum vendor *ret_vendor, const char **ret_allow);
