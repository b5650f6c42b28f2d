// SPDX-License-Identifier: Apache-2.0
#include "ctl/timeline.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/rows.h"
#include "dev/table.h"

const char timeline_sql[] =
    "WITH RECURSIVE tree AS (\n"
    "  SELECT step_no, NULL::int AS around_no, NULL AS around, 1 AS depth, coalesce(title, name) AS step, kind\n"
    "    FROM workflow.steps WHERE run_id = $1::uuid AND parent_step_no IS NULL\n"
    "  UNION ALL\n"
    "  SELECT s.step_no, t.step_no, t.step, t.depth + 1, coalesce(s.title, s.name), s.kind\n"
    "    FROM workflow.steps s JOIN tree t ON s.parent_step_no = t.step_no WHERE s.run_id = $1::uuid)\n"
    "SELECT e.seq, e.occurred_at, to_char(e.occurred_at, 'YYYY-MM-DD') AS day,\n"
    "       to_char(e.occurred_at, 'HH24:MI:SS.MS') AS clock,\n"
    "       (extract(epoch FROM e.occurred_at - r.created_at) * 1000000)::bigint AS after_us,\n"
    "       e.type, e.level, t.depth, t.step_no, t.step, t.kind, t.around_no, t.around, e.attempt, e.action_no, a.function, e.reason_code, e.summary,\n"
    "       to_char((e.data ->> 'due_at')::timestamptz, 'YYYY-MM-DD HH24:MI:SS') AS due_at,\n"
    "       to_char((e.data ->> 'deadline_at')::timestamptz, 'YYYY-MM-DD HH24:MI:SS') AS deadline_at,\n"
    "       e.data ->> 'outcome' AS outcome, e.data ->> 'branch' AS branch, e.data ->> 'then' AS go_to,\n"
    "       e.data ->> 'actor' AS actor,\n"
    "       CASE WHEN e.type = 'step.iterated' THEN coalesce((e.data ->> 'index')::int, 0) + 1 END AS turn,\n"
    "       coalesce(e.data ->> 'event_type', e.data -> 'event' ->> 'type') AS event_type,\n"
    "       coalesce(e.data ->> 'event_id', e.data -> 'event' ->> 'id') AS event_id,\n"
    "       e.data ->> 'external_reference' AS external_reference, NULL::text AS given,\n"
    "       %s AS detail_internal\n"
    "  FROM workflow.events e\n"
    "  JOIN workflow.runs r ON r.run_id = e.run_id\n"
    "  LEFT JOIN tree t ON t.step_no = e.step_no\n"
    "  LEFT JOIN workflow.actions a ON a.run_id = e.run_id AND a.action_no = e.action_no\n"
    " WHERE e.run_id = $1::uuid ORDER BY e.seq";

// Steps deeper than this are named in each of their lines.
enum { DEPTH_MAX = 128 };

enum symbol { DOT, BRANCH, DONE, BAD, WAIT, AGAIN, OUT, IN, SKIP, SYMBOL_COUNT };
static const char *const UTF8[SYMBOL_COUNT] = {"●", "├─", "✓", "✗", "◷", "↻", "→", "←", "↷"};
static const char *const ASCII[SYMBOL_COUNT] = {"o", "+-", "=", "x", "~", "@", ">", "<", "/"};

// How an event reads: the symbol, the words, and the instant that may follow.
static const struct kind {
  const char *type;
  enum symbol symbol;
  const char *words; // NULL = the step's name and kind
  const char *lead;  // words before the instant
  const char *until; // its column
} KINDS[] = {
    {"run.created", DOT, "created", NULL, NULL},
    {"run.started", DOT, "started", NULL, NULL},
    {"run.suspended", DOT, "suspended", NULL, NULL},
    {"run.resumed", DOT, "resumed", NULL, NULL},
    {"run.retried", AGAIN, "retried", NULL, NULL},
    {"run.woken", DOT, "woken", NULL, NULL},
    {"run.cancelled", BAD, "cancelled", NULL, NULL},
    {"run.faulted", BAD, "faulted", NULL, NULL},
    {"run.completed", DOT, "completed", NULL, NULL},
    {"run.yielded", DOT, "let others go first", NULL, NULL},
    {"step.started", BRANCH, NULL, NULL, NULL},
    {"step.waiting", WAIT, "waits", " until ", "due_at"},
    {"step.iterated", AGAIN, "turn", NULL, NULL},
    {"step.retry_scheduled", AGAIN, "tries again", " at ", "due_at"},
    {"step.retried", AGAIN, "tries again", NULL, NULL},
    {"step.caught", DOT, "caught the error", NULL, NULL},
    {"step.completed", DONE, "done", NULL, NULL},
    {"step.skipped", SKIP, "skipped", NULL, NULL},
    {"step.faulted", BAD, "faulted", NULL, NULL},
    {"step.cancelled", BAD, "cancelled", NULL, NULL},
    {"action.requested", OUT, "requested", ", until ", "deadline_at"},
    {"action.completed", IN, "completed", NULL, NULL},
    {"action.failed", BAD, "failed", NULL, NULL},
    {"action.timed_out", BAD, "timed out", NULL, NULL},
    {"action.cancelled", BAD, "recalled", NULL, NULL},
    {"action.rehearsed", IN, "was rehearsed, no worker was asked", NULL, NULL},
    {"action.late_result", IN, "answered too late, which changes nothing", NULL, NULL},
    {"event.emitted", OUT, "event sent", NULL, NULL},
    {"step.listening", WAIT, "listens for events", NULL, NULL},
    {"event.matched", IN, "event received", NULL, NULL},
    {"event.rejected", IN, "event did not match", NULL, NULL},
    {"event.taken", AGAIN, "deals with an event", NULL, NULL},
    {"event.handled", DONE, "event dealt with", NULL, NULL},
};

static const struct kind *find_kind(const char *type) {
  for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
    if (strcmp(KINDS[i].type, type) == 0) return &KINDS[i];
  return NULL;
}

static const char *value_of_rows(const void *context, size_t row, const char *column) {
  return rows_value(context, row, column);
}

struct timeline_rows timeline_of_rows(const struct pg_rows *rows) {
  return (struct timeline_rows){.count = pg_rows_count(rows), .value = value_of_rows, .context = rows};
}

bool timeline_is_ascii(void) {
  locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
  if (!locale) return true;
  bool utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
  freelocale(locale);
  return !utf8;
}

struct drawing {
  const struct timeline_rows *rows;
  const char *const *symbols;
  const char *bar;
  FILE *out;
  long long last[DEPTH_MAX]; // the step that a line at this depth was about last
};

static const char *value_of(const struct drawing *drawing, size_t row, const char *column) {
  return drawing->rows->value(drawing->rows->context, row, column);
}

static long long number_of(const struct drawing *drawing, size_t row, const char *column) {
  const char *value = value_of(drawing, row, column);
  return value ? strtoll(value, NULL, 10) : 0;
}

static void put_value(const struct drawing *drawing, size_t row, const char *lead, const char *column) {
  const char *value = value_of(drawing, row, column);
  if (!value || !*value) return;
  fputs(lead, drawing->out);
  table_put_text(value, drawing->out);
}

// A step's own line hangs on the bar of its parent; what happens in it stands one deeper.
static void put_bars(const struct drawing *drawing, size_t row, bool is_branch) {
  long long depth = number_of(drawing, row, "depth");
  for (long long i = is_branch ? 1 : 0; i < depth; i++) fputs(drawing->bar, drawing->out);
}

static void put_time(const struct drawing *drawing, size_t row, const char **last_clock) {
  const char *clock = value_of(drawing, row, "clock");
  char *after = NULL;
  size_t size;
  FILE *text = open_memstream(&after, &size);
  if (text) {
    rows_put_span(number_of(drawing, row, "after_us"), text);
    fclose(text);
  }
  bool is_same = *last_clock && strcmp(*last_clock, clock) == 0;
  fprintf(drawing->out, "  %12s %10s  ", is_same ? "" : clock, is_same || !after ? "" : after);
  free(after);
  *last_clock = clock;
}

// Whether the lines above say which step one of this depth is about.
static bool is_known(const struct drawing *drawing, long long depth, long long step_no) {
  return depth < 1 || (depth < DEPTH_MAX && drawing->last[depth] == step_no);
}

// Branches take turns: a line that is not about the step last met at its depth names its own, a step that begins
// elsewhere the one around it.
static void put_step(struct drawing *drawing, size_t row, bool is_heading) {
  long long depth = number_of(drawing, row, "depth"), step_no = number_of(drawing, row, "step_no");
  if (is_heading && !is_known(drawing, depth - 1, number_of(drawing, row, "around_no"))) put_value(drawing, row, " in ", "around");
  if (!is_heading && !is_known(drawing, depth, step_no)) {
    put_value(drawing, row, "", "step");
    fputs(": ", drawing->out);
  }
  if (depth < 1 || depth >= DEPTH_MAX) return;
  drawing->last[depth] = step_no;
  if (is_heading && depth > 1) drawing->last[depth - 1] = number_of(drawing, row, "around_no");
}

static void put_words(struct drawing *drawing, size_t row, const struct kind *kind, const char *type) {
  FILE *out = drawing->out;
  if (kind) fprintf(out, "%s ", drawing->symbols[kind->symbol]);
  if (!kind || kind->words) put_step(drawing, row, false);
  if (strncmp(type, "action.", 7) == 0) {
    put_value(drawing, row, "", "function");
    fputc(' ', out);
  }
  if (!kind) {
    fprintf(out, "%s", type);
  } else if (!kind->words) {
    put_value(drawing, row, "", "step");
    put_value(drawing, row, " (", "kind");
    fputc(')', out);
    put_step(drawing, row, true);
  } else {
    fputs(kind->words, out);
    if (kind->until) put_value(drawing, row, kind->lead, kind->until);
  }
}

static void put_event(struct drawing *drawing, size_t row) {
  const char *type = value_of(drawing, row, "type");
  const struct kind *kind = find_kind(type);
  put_bars(drawing, row, kind && kind->symbol == BRANCH);
  put_words(drawing, row, kind, type);
  if (number_of(drawing, row, "attempt") > 1) put_value(drawing, row, ", try ", "attempt");
  put_value(drawing, row, " ", "turn");
  put_value(drawing, row, ", ", "event_type");
  put_value(drawing, row, ", id ", "event_id");
  put_value(drawing, row, ", ", "outcome");
  put_value(drawing, row, ", takes ", "branch");
  put_value(drawing, row, ", then ", "go_to");
  put_value(drawing, row, ", ", "external_reference");
  put_value(drawing, row, " ", "given");
  put_value(drawing, row, " by ", "actor");
  put_value(drawing, row, ": ", "reason_code");
  const char *reason = value_of(drawing, row, "reason_code");
  put_value(drawing, row, reason && *reason ? ", " : ": ", "summary");
  fputc('\n', drawing->out);
  if (!value_of(drawing, row, "detail_internal")) return;
  fprintf(drawing->out, "  %12s %10s  ", "", "");
  put_bars(drawing, row, false);
  put_value(drawing, row, "  ! ", "detail_internal");
  fputc('\n', drawing->out);
}

void timeline_draw(const struct timeline_rows *rows, bool ascii, FILE *out) {
  struct drawing drawing = {.rows = rows, .symbols = ascii ? ASCII : UTF8, .bar = ascii ? "|  " : "│  ", .out = out};
  const char *day = NULL, *clock = NULL;
  for (size_t row = 0; row < rows->count; row++) {
    const char *today = value_of(&drawing, row, "day");
    if (!day || strcmp(day, today) != 0) {
      fprintf(out, "%s\n", today);
      clock = NULL;
    }
    day = today;
    put_time(&drawing, row, &clock);
    put_event(&drawing, row);
  }
}
