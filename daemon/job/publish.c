// SPDX-License-Identifier: Apache-2.0
#include "job/publish.h"

#include <string.h>

#include "engine/secret.h"
#include "job/job_internal.h"

#define MEDIA_TYPE "application/cloudevents+json; charset=UTF-8"

static const struct message_header content_type = {"content-type", MEDIA_TYPE, sizeof MEDIA_TYPE - 1};

// Unless it is there already.
static jv put_text(jv event, const char *name, const char *text) {
  if (!text) return event;
  jv given = jv_object_get(jv_copy(event), jv_string(name));
  bool is_given = jv_is_valid(given);
  jv_free(given);
  return is_given ? event : jv_object_set(event, jv_string(name), jv_string(text));
}

// Secrets are told by their names, as to workers; a text with their marks would be refused
// at our own door when the event comes back.
static struct text kept(struct arena *arena, jv text) {
  struct buf said = {0};
  wf_secret_unmark(jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)), &said);
  struct text own = {arena_memdup(arena, said.data, said.size), said.size};
  buf_free(&said);
  jv_free(text);
  return own;
}

static struct text key_of(struct arena *arena, const struct wf_run *run, jv event) {
  jv given = jv_object_get(jv_copy(event), jv_string("partitionkey"));
  if (jv_get_kind(given) == JV_KIND_STRING) return kept(arena, given);
  jv_free(given);
  char *id = uuid_format(&run->identity.run_id, arena_alloc(arena, UUID_TEXT_SIZE));
  return (struct text){id, UUID_TEXT_SIZE - 1};
}

void publish_event(struct lane *lane, struct home *home, const struct wf_run *run, const struct wf_effect *effect) {
  struct arena *arena = lane->batch.arena;
  const struct job_topics *topics = &lane->job->config.topics;
  bool is_emitted = effect->kind == WF_EFFECT_EMIT;
  jv event = put_text(jv_copy(effect->arguments), "tenant", run->identity.tenant);
  event = put_text(event, "traceparent", run->identity.traceparent);
  if (is_emitted) event = put_text(event, "sourcekind", "workflow_step"); // should it start a run
  struct text key = key_of(arena, run, event), value = kept(arena, jv_dump_string(event, 0));
  struct outbox_request request = {.run_id = run->identity.run_id, .seq = effect->seq};
  request.message = (struct world_message){.topic = is_emitted ? topics->events : topics->lifecycle,
                                           .partition = -1,
                                           .key = key.data,
                                           .key_size = key.size,
                                           .value = value.data,
                                           .value_size = value.size,
                                           .headers = &content_type,
                                           .header_count = 1};
  vec_push(&batch_touch(&lane->batch, home)->requests, request);
}
