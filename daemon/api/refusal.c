// SPDX-License-Identifier: Apache-2.0
#include "api/refusal.h"

#include <stdbool.h>
#include <stdint.h>

static const struct {
  int code;
  const char *phrase;  // of RFC 9110
  const char *message; // when no other is given
  const char *knock_code, *knock_type;
} kinds[REFUSAL_KINDS] = {
    [REFUSAL_NO_KEY] = {401, "Unauthorized", "Access token not set.", "api_key_missing", "authentication_error"},
    [REFUSAL_WRONG_KEY] = {401, "Unauthorized", "API key is missing or invalid", "authentication_required", "authentication_error"},
    [REFUSAL_FORBIDDEN] = {403, "Forbidden", "This key may not do that", "authorization", "authentication_error"},
    [REFUSAL_NOT_FOUND] = {404, "Not Found", "Not found", "resource_missing", "invalid_request_error"},
    [REFUSAL_NO_PATH] = {404, "Not Found", "There is nothing at this path", "resource_missing", "invalid_request_error"},
    [REFUSAL_METHOD] = {405, "Method Not Allowed", "This method is not allowed here", "method_not_allowed", "invalid_request_error"},
    [REFUSAL_BAD_REQUEST] = {400, "Bad Request", "The request cannot be understood", "invalid_request", "invalid_request_error"},
    [REFUSAL_INVALID] = {422, "Unprocessable Content", "A parameter is invalid", "invalid_params", "invalid_request_error"},
    [REFUSAL_CONFLICT] = {409, "Conflict", "Not possible in this state", "conflict", "invalid_request_error"},
    [REFUSAL_TOO_LARGE] = {413, "Content Too Large", "The request body is too large", "content_too_large", "invalid_request_error"},
    [REFUSAL_EXPECTATION] = {417, "Expectation Failed", "This expectation is not met here", "expectation_failed", "invalid_request_error"},
    [REFUSAL_UNKNOWN] = {501, "Not Implemented", "There is no such method", "method_unknown", "invalid_request_error"},
    [REFUSAL_TOO_MANY] = {429, "Too Many Requests", "Too many requests", "too_many_requests", "rate_limit_error"},
    [REFUSAL_INTERNAL] = {500, "Internal Server Error", "Something went wrong here", "internal_server_error", "api_error"},
    [REFUSAL_AWAY] = {503, "Service Unavailable", "The database is not available now", "service_unavailable", "api_error"},
    [REFUSAL_TIMEOUT] = {504, "Gateway Timeout", "The database took too long", "timeout", "api_error"},
};

int refusal_code(enum vendor vendor, enum refusal_kind kind) {
  return vendor == VENDOR_DIALNEXA && kind == REFUSAL_INVALID ? 400 : kinds[kind].code;
}

enum refusal_kind refusal_of(int code) {
  static const enum refusal_kind evhttps[] = {REFUSAL_BAD_REQUEST, REFUSAL_TOO_LARGE, REFUSAL_EXPECTATION, REFUSAL_UNKNOWN};
  for (size_t i = 0; i < sizeof evhttps / sizeof *evhttps; i++)
    if (kinds[evhttps[i]].code == code) return evhttps[i];
  return REFUSAL_KINDS;
}

const char *refusal_type(enum vendor vendor, enum refusal_kind kind) {
  // As Leadping declares it: its 401 and 404 are plain JSON, the others problem details.
  bool plain = vendor != VENDOR_LEADPING && vendor != VENDOR_NONE;
  if (vendor == VENDOR_LEADPING) plain = kinds[kind].code == 401 || kinds[kind].code == 404;
  return plain ? "application/json" : "application/problem+json";
}

void refusal_put_string(struct buf *out, const char *text) {
  buf_put_u8(out, '"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\')
      buf_printf(out, "\\%c", *text);
    else if ((unsigned char)*text < 0x20)
      buf_printf(out, "\\u%04x", (unsigned)(unsigned char)*text);
    else
      buf_put_u8(out, (uint8_t)*text);
  }
  buf_put_u8(out, '"');
}

static void write_knock(const struct refusal *refusal, const char *message, struct buf *out) {
  buf_printf(out, "{\"code\":\"%s\",\"message\":", kinds[refusal->kind].knock_code);
  refusal_put_string(out, message);
  buf_printf(out, ",\"status\":%d,\"type\":\"%s\"}", kinds[refusal->kind].code, kinds[refusal->kind].knock_type);
}

// RFC 9457, as .NET writes it.
static void write_problem(const struct refusal *refusal, const char *message, const char *path, struct buf *out) {
  buf_printf(out, "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":", kinds[refusal->kind].phrase, kinds[refusal->kind].code);
  refusal_put_string(out, message);
  buf_puts(out, ",\"instance\":");
  refusal_put_string(out, path);
  buf_put_u8(out, '}');
}

static void write_dialnexa(const struct refusal *refusal, const char *message, struct buf *out) {
  int code = refusal_code(VENDOR_DIALNEXA, refusal->kind);
  buf_printf(out, "{\"statusCode\":%d,\"message\":", code);
  refusal_put_string(out, refusal->kind == REFUSAL_NOT_FOUND ? "Workflow lead not found" : message);
  buf_printf(out, ",\"error\":\"%s\"}", code == 400 ? kinds[REFUSAL_BAD_REQUEST].phrase : kinds[refusal->kind].phrase);
}

// FastAPI's forms: a list of what is invalid, else one text.
static void write_truestate(const struct refusal *refusal, const char *message, struct buf *out) {
  if (refusal->kind != REFUSAL_INVALID) {
    buf_puts(out, "{\"detail\":");
    refusal_put_string(out, refusal->kind == REFUSAL_NOT_FOUND ? "Not Found" : message);
    buf_put_u8(out, '}');
    return;
  }
  buf_puts(out, "{\"detail\":[{\"loc\":[\"path\",");
  refusal_put_string(out, refusal->field ? refusal->field : "");
  buf_puts(out, "],\"msg\":");
  refusal_put_string(out, message);
  buf_puts(out, ",\"type\":\"value_error\"}]}");
}

// Laravel's forms.
static void write_plannr(const struct refusal *refusal, const char *message, struct buf *out) {
  static const char *const laravel[REFUSAL_KINDS] = {[REFUSAL_NO_KEY] = "Unauthenticated.", [REFUSAL_WRONG_KEY] = "Unauthenticated.",
      [REFUSAL_TOO_MANY] = "Too Many Attempts."};
  buf_puts(out, "{\"message\":");
  refusal_put_string(out, laravel[refusal->kind] ? laravel[refusal->kind] : message);
  if (refusal->kind == REFUSAL_INVALID && refusal->field) {
    buf_puts(out, ",\"errors\":{");
    refusal_put_string(out, refusal->field);
    buf_puts(out, ":[");
    refusal_put_string(out, message);
    buf_puts(out, "]}");
  }
  buf_put_u8(out, '}');
}

void refusal_write(enum vendor vendor, const struct refusal *refusal, const char *path, struct buf *out) {
  const char *message = refusal->message ? refusal->message : kinds[refusal->kind].message;
  switch (vendor) {
  case VENDOR_KNOCK: write_knock(refusal, message, out); break;
  case VENDOR_DIALNEXA: write_dialnexa(refusal, message, out); break;
  case VENDOR_TRUESTATE: write_truestate(refusal, message, out); break;
  case VENDOR_PLANNR: write_plannr(refusal, message, out); break;
  case VENDOR_LEADPING:
  case VENDOR_NONE: write_problem(refusal, message, path, out); break;
  }
}
