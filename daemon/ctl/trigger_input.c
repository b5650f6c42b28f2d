// SPDX-License-Identifier: Apache-2.0
#include "ctl/trigger_input.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl/verb.h"
#include "io/codec_trigger.h"

static const char *new_id(struct arena *arena) {
  unsigned char random[16];
  while (getrandom(random, sizeof random, 0) < 0 && errno == EINTR) continue;
  struct buf text = {0};
  buf_puts(&text, "workflowctl-");
  for (size_t i = 0; i < sizeof random; i++) buf_printf(&text, "%02x", random[i]);
  const char *id = arena_strndup(arena, text.data, text.size);
  buf_free(&text);
  return id;
}

// One byte more than the bound, so that what is longer is seen to be.
static int read_stream(FILE *file, size_t bound, struct arena *arena, struct text *ret_text) {
  struct buf bytes = {0};
  size_t n;
  char chunk[65536];
  while (bytes.size <= bound && (n = fread(chunk, 1, sizeof chunk, file)) > 0) buf_put(&bytes, chunk, n);
  bool failed = ferror(file);
  if (!failed) *ret_text = (struct text){arena_memdup(arena, bytes.size ? bytes.data : "", bytes.size), bytes.size};
  buf_free(&bytes);
  return failed ? -WF_EIO : 0;
}

static int read_data(const struct arguments *arguments, const char *data, size_t bound, struct arena *arena,
                     struct text *ret_text) {
  if (!data || (*data != '@' && strcmp(data, "-") != 0)) {
    *ret_text = text_of(data);
    return EXIT_OK;
  }
  const char *path = *data == '@' ? data + 1 : "standard input";
  FILE *file = *data == '@' ? fopen(path, "re") : stdin;
  int status = file ? read_stream(file, bound, arena, ret_text) : -WF_EIO;
  if (status < 0) fprintf(stderr, "workflowctl %s: %s: cannot be read: %s\n", arguments->verb, path, strerror(errno));
  if (file && file != stdin) fclose(file);
  return status < 0 ? EXIT_FAILED : EXIT_OK;
}

// COLLECTION/ID, or an id without a slash.
static struct recipient_ref reference(const char *text) {
  const char *slash = text ? strchr(text, '/') : NULL;
  if (!slash) return (struct recipient_ref){.id = text_of(text)};
  return (struct recipient_ref){{text, (size_t)(slash - text)}, text_of(slash + 1)};
}

static const char *choose_key(const struct trigger_input *input) {
  if (input->key) return input->key;
  if (input->cancellation_key) return input->cancellation_key;
  return input->recipients.count ? input->recipients.items[0] : NULL;
}

static int check(const struct arguments *arguments, const struct buf *value, const struct trigger_bounds *bounds,
                 struct arena *arena) {
  const struct message_header header = {"content-type", CODEC_CONTENT_TYPE, sizeof CODEC_CONTENT_TYPE - 1};
  const struct record record = {
      .topic = "", .value = value->data, .value_size = value->size, .headers = &header, .header_count = 1};
  struct trigger_event event;
  struct refusal refusal;
  if (codec_decode_trigger(&record, &(struct codec_bounds){bounds->record_bytes, bounds->recipients}, arena, &event,
                           &refusal) == 0)
    return EXIT_OK;
  return arguments_wrong(arguments, "%s", refusal.text);
}

int trigger_input_encode(const struct arguments *arguments, const struct trigger_input *input,
                         const struct trigger_bounds *bounds, struct arena *arena, struct trigger_output *ret_output) {
  struct trigger_event event = {.id = text_of(input->id ? input->id : new_id(arena)),
                                .type = text_of(input->type),
                                .source_name = text_of(input->source),
                                .tenant = text_of(input->tenant),
                                .subject = text_of(input->subject),
                                .cancellation_key = text_of(input->cancellation_key),
                                .correlation_id = text_of(input->correlation_id),
                                .traceparent = text_of(input->traceparent),
                                .actor = reference(input->actor),
                                .workflow = text_of(input->workflow),
                                .workflow_version = text_of(input->version),
                                .source_kind = input->rehearsal ? SOURCE_REHEARSAL : SOURCE_API,
                                .settings.results = text_of(input->results)};
  int code = read_data(arguments, input->data, bounds->record_bytes, arena, &event.data);
  if (code != EXIT_OK) return code;
  event.recipient_count = input->recipients.count;
  event.recipients = arena_alloc0(arena, (event.recipient_count + 1) * sizeof *event.recipients);
  for (size_t i = 0; i < event.recipient_count; i++) event.recipients[i].ref = reference(input->recipients.items[i]);
  struct trigger_output output = {.id = event.id.data, .key = choose_key(input)};
  codec_encode_trigger(&event, arena, &output.value);
  code = check(arguments, &output.value, bounds, arena);
  if (code == EXIT_OK)
    *ret_output = output;
  else
    buf_free(&output.value);
  return code;
}
