// SPDX-License-Identifier: Apache-2.0
#include "io/http_message.h"

#include <stdlib.h>

void http_message_clear(struct http_message *message) {
  free(message->method);
  free(message->url);
  http_fields_clear(&message->fields);
  buf_free(&message->body);
  free(message->digest_user);
  free(message->digest_password);
  free(message->certificate);
  free(message->certificate_key);
  free(message->certificate_passphrase);
  *message = (struct http_message){0};
}

void http_result_clear(struct http_result *result) {
  http_fields_clear(&result->fields);
  buf_free(&result->body);
  free(result->url);
  free(result->reason);
  *result = (struct http_result){0};
}
