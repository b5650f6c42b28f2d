// SPDX-License-Identifier: Apache-2.0
#include "worker/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "base/error.h"
#include "base/xalloc.h"

enum { KEY_SIZE = 64 }; // an action id has at most 47 bytes, an attempt 11

struct answer {
  UT_hash_handle hh;
  char key[KEY_SIZE];
  size_t size;
  char bytes[];
};

struct answers {
  struct answer *table; // uthash keeps the order of insertion: the first is the oldest
  size_t limit;
};

static bool make_key(char *out, const char *action_id, int32_t attempt) {
  int size = snprintf(out, KEY_SIZE, "%s/%d", action_id, attempt);
  return size > 0 && size < KEY_SIZE;
}

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

struct text answers_find(const struct answers *answers, const char *action_id, int32_t attempt) {
  char key[KEY_SIZE];
  struct answer *answer = NULL;
  if (make_key(key, action_id, attempt)) HASH_FIND_STR(answers->table, key, answer);
  return answer ? (struct text){answer->bytes, answer->size} : (struct text){NULL, 0};
}

void answers_put(struct answers *answers, const char *action_id, int32_t attempt, struct text bytes) {
  char key[KEY_SIZE];
  if (!make_key(key, action_id, attempt) || answers_find(answers, action_id, attempt).data) return;
  while (HASH_COUNT(answers->table) >= answers->limit) {
    struct answer *oldest = answers->table;
    HASH_DEL(answers->table, oldest);
    free(oldest);
  }
  struct answer *answer = xcalloc(1, sizeof *answer + bytes.size);
  memcpy(answer->key, key, sizeof key);
  memcpy(answer->bytes, bytes.data, bytes.size);
  answer->size = bytes.size;
  HASH_ADD_STR(answers->table, key, answer);
}

size_t answers_count(const struct answers *answers) { return HASH_COUNT(answers->table); }
