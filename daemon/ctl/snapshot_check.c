// SPDX-License-Identifier: Apache-2.0
#include "ctl/snapshot_check.h"

#include <string.h>

#include "ctl/difference.h"
#include "ctl/fold.h"
#include "engine/dump.h"
#include "engine/snapshot.h"

// The state as a row; NULL = there is none.
static jv row_of(const struct wf_run *run) {
  if (!run) return jv_object();
  struct buf text = {0};
  wf_run_dump_whole(run, &text);
  jv state = jv_object_set(jv_object(), jv_string("state"), jv_string_sized(text.data, (int)text.size));
  buf_free(&text);
  jv rows = jv_object_set(jv_object(), jv_string(""), state);
  return jv_object_set(jv_object(), jv_string("snapshot"), rows);
}

// The fold of the events up to the snapshot's, as a commit leaves it; NULL when there are fewer.
static struct wf_run *fold_up_to(const struct history *history) {
  struct wf_run *run = NULL;
  if (jv_array_length(jv_copy(history->events)) < history->snapshot_seq) return NULL;
  jv events = jv_array_slice(jv_copy(history->events), 0, history->snapshot_seq), problem;
  if (fold_run(history->identity, events, &run, &problem) < 0)
    jv_free(problem);
  else
    wf_run_written(run);
  jv_free(events);
  return run;
}

static jv compare(jv differences, const char *run_id, const struct wf_run *stored, const struct wf_run *folded) {
  jv have = row_of(stored), want = row_of(folded);
  differences = difference_add_rows(differences, run_id, have, want);
  jv_free(have);
  jv_free(want);
  return differences;
}

jv snapshot_compare(jv differences, const char *run_id, const char *snapshot, const struct wf_run *folded) {
  struct wf_run *stored = NULL;
  if (wf_snapshot_decode(snapshot, strlen(snapshot), &folded->identity, &stored) < 0) return differences;
  if (stored->last_seq == folded->last_seq) differences = compare(differences, run_id, stored, folded);
  wf_run_free(stored);
  return differences;
}

jv snapshot_check(jv differences, const struct history *history) {
  struct wf_run *stored = NULL;
  if (!history->run || !history->snapshot) return differences;
  if (wf_snapshot_decode(history->snapshot, strlen(history->snapshot), &history->run->identity, &stored) < 0) return differences;
  if (stored->last_seq == history->snapshot_seq) {
    struct wf_run *folded = fold_up_to(history);
    differences = compare(differences, history->run_id, stored, folded);
    wf_run_free(folded);
  }
  wf_run_free(stored);
  return differences;
}
