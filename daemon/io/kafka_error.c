// SPDX-License-Identifier: Apache-2.0
#include "io/kafka_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

// Where librdkafka gives advice of its own (a plain client at a TLS listener), none is added; what it says of
// certificates depends on where it met them.
static const struct row {
  const char *part, *advice;
  bool is_refusal;
} rows[] = {
    {"certificate verify failed",
     "does ssl.ca.location name the authority that signed the broker's certificate; is it for the name by which the broker"
     " is reached, and still valid?",
     true},
    {"alert bad certificate", "ssl.certificate.location and ssl.key.location must name a certificate that the broker trusts", true},
    {"alert certificate", "ssl.certificate.location and ssl.key.location must name a certificate that the broker trusts", true},
    {"alert unknown ca", "ssl.certificate.location and ssl.key.location must name a certificate that the broker trusts", true},
    {"invalid credentials", "check kafka.sasl.username and the file in kafka.sasl.password_file; a reload (SIGHUP) reads it again", true},
    {"SASL authentication error", "check kafka.sasl.username and the file in kafka.sasl.password_file; a reload (SIGHUP) reads it again", true},
    {"mechanism handshake failed", "kafka.sasl.mechanism must be one that the broker supports", true},
    {"unexpected eof", "does kafka.security.protocol fit the broker's listener?", false},
    {"wrong version number", "does kafka.security.protocol fit the broker's listener?", false},
};

static const struct row *find(const char *reason) {
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
    if (strstr(reason, rows[i].part)) return &rows[i];
  return NULL;
}

char *kafka_error_text(const char *reason) {
  const char *end = strstr(reason, " (after ");
  int size = (int)(end ? (size_t)(end - reason) : strlen(reason));
  const struct row *row = find(reason);
  return xasprintf("%.*s%s%s", size, reason, row ? "; " : "", row ? row->advice : "");
}

const char *kafka_error_refusal(const char *reason) {
  const struct row *row = find(reason);
  return row && row->is_refusal ? row->advice : NULL;
}

void kafka_complaint_free(struct kafka_complaint *complaint) {
  free(complaint->cause);
  complaint->cause = NULL;
}

void kafka_complaint_heard(struct kafka_complaint *complaint, const char *reason) {
  if (!find(reason) && !strstr(reason, "resolve")) return;
  free(complaint->cause);
  complaint->cause = xstrdup(reason);
}

char *kafka_complaint_lost(struct kafka_complaint *complaint, const char *reason) {
  if (complaint->cause) reason = complaint->cause;
  bool is_refusal = kafka_error_refusal(reason);
  if (complaint->is_lost && (complaint->told_refusal || !is_refusal)) return NULL;
  complaint->is_lost = true;
  complaint->told_refusal = is_refusal;
  return kafka_error_text(reason);
}

bool kafka_complaint_found(struct kafka_complaint *complaint) {
  bool was_lost = complaint->is_lost;
  kafka_complaint_free(complaint);
  complaint->is_lost = complaint->told_refusal = false;
  return was_lost;
}
