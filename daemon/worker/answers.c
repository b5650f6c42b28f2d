// SPDX-License-Identifier: Apache-2.0
#include "worker/answers.h"

#include <stdlib.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"

// Compared as bytes: no padding.
struct key {
  struct uuid run_id;
  int32_t action_no, attempt;
};

struct answer {
  UT_hash_handle hh;
  struct key key;
  size_t size;
  char bytes[];
};

struct answers {
  struct answer *table; // uthash keeps the order of insertion: the first is the oldest
  size_t limit;
};

struct answers *answers_new(size_t limit) {
  WF_ASSERT(limit > 0);
  struct answers *answers = xcalloc(1, sizeof *answers);
  answers->limit = limit;
  return answers;
}

void answers_free(struct answers *answers) {
  if (!answers) return;
  struct answer *answer, *next;
  HASH_ITER(hh, answers->table, answer, next) {
    HASH_DEL(answers->table, answer);
    free(answer);
  }
  free(answers);
}

struct text answers_find(const struct answers *answers, const struct action_id *action, int32_t attempt) {
  struct key key = {action->run_id, action->action_no, attempt};
  struct answer *answer;
  HASH_FIND(hh, answers->table, &key, sizeof key, answer);
  return answer ? (struct text){answer->bytes, answer->size} : (struct text){NULL, 0};
}

void answers_put(struct answers *answers, const struct action_id *action, int32_t attempt, struct text bytes) {
  if (answers_find(answers, action, attempt).data) return;
  while (HASH_COUNT(answers->table) >= answers->limit) {
    struct answer *oldest = answers->table;
    HASH_DEL(answers->table, oldest);
    free(oldest);
  }
  struct answer *answer = xcalloc(1, sizeof *answer + bytes.size);
  answer->key = (struct key){action->run_id, action->action_no, attempt};
  memcpy(answer->bytes, bytes.data, bytes.size);
  answer->size = bytes.size;
  HASH_ADD(hh, answers->table, key, sizeof answer->key, answer);
}

size_t answers_count(const struct answers *answers) { return HASH_COUNT(answers->table); }
