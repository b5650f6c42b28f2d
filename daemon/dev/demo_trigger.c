// SPDX-License-Identifier: Apache-2.0
#include "dev/demo_trigger.h"

#include "io/codec_trigger.h"

static const char *const NAMES[] = {"Ada Byron",   "Grace Hopper", "Alan Turing",    "Edsger Dijkstra",
                                    "Barbara Ito", "Dennis Moss",  "Frances Keller", "Niklaus Berg"};

const char *demo_trigger_lead(int number, struct arena *scratch) { return arena_printf(scratch, "lead-%04d", number); }

void demo_trigger_encode(int number, const char *mark, struct arena *scratch, struct buf *out) {
  const char *lead = demo_trigger_lead(number, scratch);
  struct trigger_recipient recipient = {.ref = {.collection = TEXT("leads"), .id = text_of(lead)}};
  // How long to wait is the producer's word: hours in real life, a second here.
  const char *data = arena_printf(scratch,
                                  "{\"lead\": \"%s\", \"name\": \"%s\", \"phone\": \"+1 555 01%02d\", "
                                  "\"wait\": \"PT1S\"}",
                                  lead, NAMES[(size_t)number % (sizeof NAMES / sizeof *NAMES)], number % 100);
  struct trigger_event event = {.id = text_of(arena_printf(scratch, "%s/%s", mark, lead)),
                                .type = TEXT("lead.created"),
                                .source_kind = SOURCE_INTEGRATION,
                                .source_name = TEXT("crm"),
                                .tenant = TEXT("acme"),
                                .workflow = TEXT("sales/lead-follow-up"),
                                .correlation_id = text_of(mark),
                                .cancellation_key = text_of(lead),
                                .recipients = &recipient,
                                .recipient_count = 1,
                                .data = text_of(data)};
  codec_encode_trigger(&event, scratch, out);
}
