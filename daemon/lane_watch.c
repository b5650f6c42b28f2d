// SPDX-License-Identifier: Apache-2.0
#include "lane_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "io/pg_trouble.h"

// A lane that fails tries again within seconds. One that does not any more has given its
// work back, or found that there is nothing to do.
#define FORGOTTEN_AFTER USEC_PER_MIN

enum { WORDS_MAX = 16 };

enum told { UNTOLD, TOLD_UP, TOLD_DOWN, TOLD_REFUSED };

struct lane {
  enum told told;
  char away[256]; // why it is not connected
  // The request that fails again and again.
  usec_t since, last; // 0 = none does
  bool writes;
  enum store_status status;
  const char *word;
  char text[256];
};

struct lane_watch {
  struct metrics *metrics;
  const char *words[WORDS_MAX]; // that the metric has shown
  size_t word_count;
  int count;
  struct lane lanes[];
};

struct lane_watch *lane_watch_new(int lanes, struct metrics *metrics) {
  struct lane_watch *watch = xcalloc(1, sizeof *watch + (size_t)lanes * sizeof *watch->lanes);
  watch->metrics = metrics;
  watch->count = lanes;
  return watch;
}

void lane_watch_free(struct lane_watch *watch) { free(watch); }

// ---- connections ------------------------------------------------------------

static void came_up(struct lane *lane, int number) {
  lane->away[0] = '\0';
  if (lane->told == TOLD_UP) return;
  log_notice("lane %d: connected to PostgreSQL", number);
  lane->told = TOLD_UP;
}

static void went_down(struct lane *lane, int number, const char *reason) {
  const char *advice = pg_trouble_refusal(reason);
  snprintf(lane->away, sizeof lane->away, "%s%s%s", reason, advice ? "; " : "", advice ? advice : "");
  enum told word = advice ? TOLD_REFUSED : TOLD_DOWN;
  if (lane->told == TOLD_REFUSED || lane->told == word) return;
  log_warning("lane %d: PostgreSQL cannot be reached, waiting: %s", number, lane->away);
  lane->told = word;
}

void lane_watch_connection(struct lane_watch *watch, int number, bool is_up, const char *reason) {
  struct lane *lane = &watch->lanes[number];
  if (is_up)
    came_up(lane, number);
  else
    went_down(lane, number, reason ? reason : "");
}

const char *lane_watch_away(const struct lane_watch *watch) {
  for (int i = 0; i < watch->count; i++)
    if (*watch->lanes[i].away) return watch->lanes[i].away;
  return "";
}

// ---- requests ---------------------------------------------------------------

// What passes by trying again, or by an operator's doing.
static bool is_trouble(enum store_status status) { return status == STORE_DOWN || status == STORE_REDO || status == STORE_FAILED; }

// Without these no batch is done. (A definition that is refused, say, keeps nobody.)
static bool is_work(enum store_request_kind kind) {
  return kind == STORE_TAKEOVER || kind == STORE_LOAD || kind == STORE_COMMIT || kind == STORE_SCAN || kind == STORE_DEFINITIONS;
}

// Reading may work where writing does not; what failed to be read, another lane may have
// read since (the definitions), so that it is never asked for again.
static bool writes(const struct store_request *request) { return request->kind == STORE_COMMIT && request->commit.fence_count > 0; }

static void show_word(struct lane_watch *watch, const char *word) {
  for (size_t i = 0; i < watch->word_count; i++)
    if (watch->words[i] == word) return;
  if (watch->word_count < WORDS_MAX) watch->words[watch->word_count++] = word;
}

static void failed(struct lane *lane, const struct store_request *request, const struct store_reply *reply, usec_t now) {
  if (!lane->since) lane->since = now;
  lane->last = now;
  lane->writes = writes(request);
  lane->status = reply->status;
  lane->word = pg_trouble_word(reply->error.sqlstate);
  snprintf(lane->text, sizeof lane->text, "%s", reply->error.text ? reply->error.text : "");
}

void lane_watch_reply(struct lane_watch *watch, int number, const struct store_request *request, const struct store_reply *reply,
                      usec_t now) {
  struct lane *lane = &watch->lanes[number];
  const char *sqlstate = reply->error.sqlstate;
  if (reply->status != STORE_OK && *sqlstate) ++*metrics_value(watch->metrics, METRIC_STORE_ERRORS, sqlstate, NULL);
  if (!is_work(request->kind)) return;
  if (is_trouble(reply->status)) {
    failed(lane, request, reply, now);
    show_word(watch, lane->word);
  } else if (lane->since && (writes(request) || !lane->writes)) {
    lane->since = 0;
  }
}

static bool waits(const struct lane *lane, usec_t now) { return lane->since && now - lane->last < FORGOTTEN_AFTER; }

const char *lane_watch_waiting(const struct lane_watch *watch, usec_t now) {
  for (int i = 0; i < watch->count; i++) {
    const struct lane *lane = &watch->lanes[i];
    // What collides is done again at once: only its age counts. No connection is told apart.
    if (waits(lane, now) && lane->status != STORE_REDO && !*lane->away) return lane->text;
  }
  return "";
}

usec_t lane_watch_since(const struct lane_watch *watch, usec_t now) {
  usec_t oldest = 0;
  for (int i = 0; i < watch->count; i++) {
    const struct lane *lane = &watch->lanes[i];
    if (waits(lane, now) && (!oldest || lane->since < oldest)) oldest = lane->since;
  }
  return oldest;
}

void lane_watch_show(struct lane_watch *watch, usec_t now) {
  for (size_t i = 0; i < watch->word_count; i++) *metrics_value(watch->metrics, METRIC_STORE_WAITING, watch->words[i], NULL) = 0;
  for (int i = 0; i < watch->count; i++)
    if (waits(&watch->lanes[i], now)) ++*metrics_value(watch->metrics, METRIC_STORE_WAITING, watch->lanes[i].word, NULL);
}
