// SPDX-License-Identifier: Apache-2.0
#include "io/http_fault.h"

#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "io/http_content.h"

enum { EXCERPT_SIZE = 500 };

static const char *const titles[] = {
    [WF_ERROR_CONFIGURATION] = "The call cannot be made",
    [WF_ERROR_VALIDATION] = "The call is not valid",
    [WF_ERROR_EXPRESSION] = "A value does not fit",
    [WF_ERROR_AUTHENTICATION] = "Authentication failed",
    [WF_ERROR_AUTHORIZATION] = "Not allowed",
    [WF_ERROR_TIMEOUT] = "The call timed out",
    [WF_ERROR_COMMUNICATION] = "The call failed",
    [WF_ERROR_RUNTIME] = "The call failed",
};

struct http_fault http_fault_make(enum wf_error_kind kind, bool is_final, const char *format, ...) {
  struct http_fault fault = {.kind = kind, .status = wf_error_status(kind), .title = titles[kind], .is_final = is_final};
  char text[1024];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  size_t size = strlen(text);
  while (size > 0 && !text_is_clean_utf8(text, size)) size--; // what was cut within a character
  fault.detail = xstrndup(text, size);
  return fault;
}

void http_fault_clear(struct http_fault *fault) {
  free(fault->detail);
  free(fault->internal);
  *fault = (struct http_fault){0};
}

static const struct {
  enum wf_error_kind kind;
  bool is_final;
} of_end[] = {
    [HTTP_END_FAILED] = {WF_ERROR_COMMUNICATION, false},    [HTTP_END_TIMED_OUT] = {WF_ERROR_TIMEOUT, false},
    [HTTP_END_REFUSED] = {WF_ERROR_AUTHORIZATION, true},    [HTTP_END_TOO_LARGE] = {WF_ERROR_COMMUNICATION, true},
    [HTTP_END_MALFORMED] = {WF_ERROR_COMMUNICATION, false}, [HTTP_END_REDIRECTS] = {WF_ERROR_COMMUNICATION, false},
};

// The begin of what the server said, if it is text.
static char *excerpt(const struct http_result *result) {
  enum http_content_kind kind = http_content_kind(http_fields_get(&result->fields, "Content-Type"));
  size_t size = result->body.size < EXCERPT_SIZE ? result->body.size : EXCERPT_SIZE;
  while (size > 0 && result->body.size > size && ((unsigned char)result->body.data[size] & 0xc0) == 0x80) size--;
  if (size == 0 || kind == HTTP_CONTENT_BINARY || !text_is_clean_utf8(result->body.data, size)) return NULL;
  return xasprintf("the server said: %.*s", (int)size, result->body.data);
}

bool http_fault_of_result(const struct http_result *result, const char *what, bool redirects_are_fine,
                          struct http_fault *ret_fault) {
  if (result->end != HTTP_END_ANSWERED) {
    *ret_fault = http_fault_make(of_end[result->end].kind, of_end[result->end].is_final, "%.600s: %.300s", what,
                                 result->reason);
    return true;
  }
  if (result->status >= 200 && result->status < (redirects_are_fine ? 400 : 300)) return false;
  *ret_fault = http_fault_make(WF_ERROR_COMMUNICATION, false, "%.900s answered %d", what, result->status);
  ret_fault->status = result->status;
  ret_fault->internal = excerpt(result);
  ret_fault->retry_after =
      http_fault_retry_after(http_fields_get(&result->fields, "Retry-After"), http_fields_get(&result->fields, "Date"));
  return true;
}

usec_t http_fault_retry_after(const char *text, const char *date) {
  if (!text) return 0;
  size_t digits = strspn(text, "0123456789");
  usec_t delay = 0;
  if (digits > 0 && text[digits] == '\0') {
    delay = digits < 7 ? strtol(text, NULL, 10) * USEC_PER_SEC : USEC_PER_DAY;
  } else {
    time_t until = curl_getdate(text, NULL), from = date ? curl_getdate(date, NULL) : -1;
    if (until < 0) return 0;
    if (from < 0) from = (time_t)(clock_realtime() / USEC_PER_SEC);
    delay = until > from ? (until - from < 86400 ? (usec_t)(until - from) * USEC_PER_SEC : USEC_PER_DAY) : 0;
  }
  return delay < USEC_PER_DAY ? delay : USEC_PER_DAY;
}
