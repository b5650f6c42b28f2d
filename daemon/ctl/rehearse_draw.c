// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_draw.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/error.h"
#include "ctl/rehearse_json.h"
#include "ctl/rehearse_slots.h"
#include "ctl/rows.h"
#include "ctl/timeline.h"
#include "dev/table.h"
#include "engine/facts.h"
#include "engine/member.h"
#include "engine/secret.h"

// The columns of one event, as ctl/timeline.c asks for them.
struct line {
  char day[16], clock[16], after[24], depth[16], attempt[16], step_no[16], around_no[16], turn[16];
  const char *type, *step, *kind, *around, *function, *reason_code, *summary, *detail_internal;
  char *due_at, *deadline_at, *outcome, *branch, *go_to, *actor, *external_reference, *event_type, *event_id, *given;
};

struct lines {
  struct line *items;
  size_t count;
};

// "2026-01-31T09:00:00.000000Z" → "2026-01-31 09:00:00"
static char *instant(jv data, const char *name) {
  char *text = wf_member_text(data, name);
  if (!text || strlen(text) < 19) return text;
  text[10] = ' ';
  text[19] = '\0';
  return text;
}

static const char *label(const struct rehearse_step *step) { return step->title ? step->title : step->name; }

static void place(const struct rehearse_run *run, int32_t step_no, struct line *line) {
  int depth = 0;
  for (int32_t at = step_no; at > 0 && (size_t)at <= run->steps.count; depth++) {
    const struct rehearse_step *step = &run->steps.items[at - 1];
    if (at == step_no) {
      line->step = label(step);
      line->kind = step->kind;
      snprintf(line->around_no, sizeof line->around_no, "%d", step->parent_step_no);
      if (step->parent_step_no > 0) line->around = label(&run->steps.items[step->parent_step_no - 1]);
    }
    at = step->parent_step_no;
  }
  snprintf(line->depth, sizeof line->depth, "%d", depth);
  snprintf(line->step_no, sizeof line->step_no, "%d", step_no);
}

// Of an event that came or is sent: its attribute of that name.
static char *attribute(jv data, const char *fact_name, const char *name) {
  jv event = wf_member(data, "event");
  char *text = wf_member_text(data, fact_name);
  if (!text) text = wf_member_text(event, name);
  jv_free(event);
  return text;
}

enum { GIVEN_MAX = 72 };

// The arguments of an action, or what it or a task gave: the beginning of it.
static char *given(const struct wf_event *event) {
  const char *name = event->type == WF_ACTION_REQUESTED ? "arguments" : "output";
  bool is_told = event->type == WF_ACTION_REQUESTED || event->type == WF_ACTION_COMPLETED || event->type == WF_STEP_COMPLETED;
  if (!is_told || jv_get_kind(event->data) != JV_KIND_OBJECT) return NULL;
  jv value = jv_object_get(jv_copy(event->data), jv_string(name));
  if (!jv_is_valid(value)) {
    jv_free(value);
    return NULL;
  }
  value = jv_dump_string(value, JV_PRINT_SORTED);
  const char *text = jv_string_value(value);
  size_t size = strlen(text), cut = size;
  if (size > GIVEN_MAX)
    for (cut = GIVEN_MAX; cut && ((unsigned char)text[cut] & 0xc0) == 0x80;) cut--; // not inside a character
  char *kept = xasprintf("%.*s%s", (int)cut, text, cut < size ? " …" : "");
  jv_free(value);
  return kept;
}

static void turn_of(const struct wf_event *event, struct line *line) {
  if (event->type != WF_STEP_ITERATED) return;
  snprintf(line->turn, sizeof line->turn, "%d", (int)wf_member_number(event->data, "index", 0) + 1);
}

static struct line line_of(const struct rehearse_run *run, const struct rehearse_event *from, usec_t start) {
  const struct wf_event *event = &from->event;
  struct line line = {.type = wf_event_type_name(event->type),
                      .function = from->function,
                      .reason_code = event->reason_code,
                      .summary = event->summary,
                      .detail_internal = event->detail_internal,
                      .due_at = instant(event->data, "due_at"),
                      .deadline_at = instant(event->data, "deadline_at"),
                      .outcome = wf_member_text(event->data, "outcome"),
                      .branch = wf_member_text(event->data, "branch"),
                      .go_to = wf_member_text(event->data, "then"),
                      .actor = wf_member_text(event->data, "actor"),
                      .external_reference = wf_member_text(event->data, "external_reference"),
                      .event_type = attribute(event->data, "event_type", "type"),
                      .event_id = attribute(event->data, "event_id", "id"),
                      .given = given(event)};
  char at[CLOCK_TEXT_SIZE];
  clock_format(event->at, at);
  snprintf(line.day, sizeof line.day, "%.10s", at);
  snprintf(line.clock, sizeof line.clock, "%.12s", at + 11);
  snprintf(line.after, sizeof line.after, "%lld", (long long)(event->at - start));
  snprintf(line.attempt, sizeof line.attempt, "%d", event->attempt);
  place(run, event->step_no, &line);
  turn_of(event, &line);
  return line;
}

static void free_line(struct line *line) {
  char *const owned[] = {line->due_at, line->deadline_at, line->outcome, line->branch, line->go_to, line->actor, line->external_reference, line->event_type, line->event_id, line->given};
  for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) free(owned[i]);
}

static const char *value(const void *context, size_t row, const char *column) {
  const struct lines *lines = context;
  const struct line *line = &lines->items[row];
  const struct {
    const char *column, *value;
  } values[] = {{"day", line->day},
                {"clock", line->clock},
                {"after_us", line->after},
                {"type", line->type},
                {"depth", line->depth},
                {"step", line->step},
                {"step_no", line->step_no},
                {"around", line->around},
                {"around_no", line->around_no},
                {"turn", line->turn},
                {"event_type", line->event_type},
                {"event_id", line->event_id},
                {"kind", line->kind},
                {"attempt", line->attempt},
                {"function", line->function},
                {"reason_code", line->reason_code},
                {"summary", line->summary},
                {"due_at", line->due_at},
                {"deadline_at", line->deadline_at},
                {"outcome", line->outcome},
                {"branch", line->branch},
                {"go_to", line->go_to},
                {"actor", line->actor},
                {"external_reference", line->external_reference},
                {"given", line->given},
                {"detail_internal", line->detail_internal}};
  size_t i = 0;
  while (i < sizeof values / sizeof *values && strcmp(values[i].column, column) != 0) i++;
  WF_ASSERT(i < sizeof values / sizeof *values);
  return values[i].value;
}

static void draw_run(const struct rehearse_run *run, usec_t start, bool ascii, FILE *out) {
  struct lines lines = {xcalloc(run->events.count + 1, sizeof *lines.items), run->events.count};
  for (size_t i = 0; i < lines.count; i++) lines.items[i] = line_of(run, &run->events.items[i], start);
  timeline_draw(&(struct timeline_rows){lines.count, value, &lines}, ascii, out);
  for (size_t i = 0; i < lines.count; i++) free_line(&lines.items[i]);
  free(lines.items);
}

static void put_json(const char *label, jv value, FILE *out) {
  fprintf(out, "%-10s ", label);
  rehearse_json_print(jv_copy(value), 0, out);
  fputc('\n', out);
}

// A rehearsal is of one run; when there would be others is said here.
static void draw_slots(const struct rehearse_run *run, usec_t start, usec_t end, FILE *out) {
  jv slots = rehearse_slots(run->definition, start, end);
  if (!jv_is_valid(slots)) {
    jv_free(slots);
    return;
  }
  jv schedule = jv_object_get(jv_copy(slots), jv_string("schedule")), next = jv_object_get(slots, jv_string("next"));
  fprintf(out, "%-10s %s; further runs at", "schedule", jv_string_value(schedule));
  jv_array_foreach(next, i, slot) {
    fprintf(out, "%s %.10s %.8s", i ? "," : "", jv_string_value(slot), jv_string_value(slot) + 11);
    jv_free(slot);
  }
  fputs(" UTC\n", out);
  jv_free(schedule);
  jv_free(next);
}

static void draw_end(const struct rehearse_run *run, usec_t start, enum rehearse_end end, FILE *out) {
  bool is_over = wf_status_ended(run->run->status);
  fprintf(out, "\n%-10s %s\n", "status", is_over ? wf_status_name(run->run->status) : end == REHEARSE_ENDLESS ? "endless" : "waiting");
  usec_t last = run->events.count ? run->events.items[run->events.count - 1].event.at : start;
  fprintf(out, "%-10s ", "took");
  rows_put_span(last - start, out);
  fputc('\n', out);
  draw_slots(run, start, last, out);
  if (run->run->status == WF_COMPLETED && jv_is_valid(run->run->output)) put_json("output", run->run->output, out);
  if (run->run->status == WF_FAULTED && jv_is_valid(run->run->error)) put_json("error", run->run->error, out);
}

void rehearse_draw(const struct rehearse_record *record, enum rehearse_end end, bool ascii, FILE *out) {
  for (size_t i = 0; i < record->runs.count; i++) {
    const struct rehearse_run *run = record->runs.items[i];
    if (i > 0) fprintf(out, "\nstarted by it: %s/%s\n", wf_definition_namespace(run->definition), wf_definition_name(run->definition));
    draw_run(run, record->start, ascii, out);
  }
  draw_end(record->runs.items[0], record->start, end, out);
}

static void put_text_of(jv object, const char *name, FILE *out) {
  jv text = wf_member(object, name);
  struct buf said = {0};
  if (jv_get_kind(text) == JV_KIND_STRING) wf_secret_unmark(jv_string_value(text), strlen(jv_string_value(text)), &said);
  buf_put_u8(&said, 0);
  table_put_text(said.data, out);
  buf_free(&said);
  jv_free(text);
}

void rehearse_draw_rejected(jv rejected, FILE *out) {
  jv_array_foreach(rejected, i, event) {
    fputs("  not ", out);
    put_text_of(event, "type", out);
    fputs(", id ", out);
    put_text_of(event, "id", out);
    fputs(": ", out);
    put_text_of(event, "says", out);
    fputc('\n', out);
    jv_free(event);
  }
}

static void put_event_want(const struct rehearse_want *want, FILE *out) {
  fprintf(out, "waits for an event at %s\n", want->reference);
  rehearse_draw_rejected(want->arguments, out);
  fputs("  to send one: --event FILE with a CloudEvent\n", out);
}

static void put_want(const struct rehearse_want *want, FILE *out) {
  if (want->kind == REHEARSE_WANT_EVENT) {
    put_event_want(want, out);
    return;
  }
  fprintf(out, "waits for the answer of %s at %s", want->function, want->reference);
  if (want->attempt > 1) fprintf(out, ", attempt %d", want->attempt);
  fputs(", called with ", out);
  rehearse_json_print(jv_copy(want->arguments), 0, out);
  if (strcmp(want->function, "workflow") == 0)
    fputs("\n  to run it: --definition FILE, or a file beside the one that is rehearsed", out);
  fprintf(out, "\n  to answer it: --answers FILE with a line such as\n  %s: {output: {}}\n", want->function);
}

void rehearse_draw_wants(const struct rehearse_record *record, enum rehearse_end end, FILE *out) {
  for (size_t i = 0; i < record->wants.count; i++) put_want(&record->wants.items[i], out);
  if (end == REHEARSE_WAITING && record->wants.count == 0) fputs("waits for something that never comes\n", out);
  if (end == REHEARSE_ENDLESS)
    fprintf(out, "does not end: given up after %d decisions or %lld years of virtual time\n", REHEARSE_DECISIONS_MAX,
            (long long)(REHEARSE_TIME_MAX / (366 * USEC_PER_DAY)));
}
