// SPDX-License-Identifier: Apache-2.0
#include "api/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <uthash.h>

#include "base/vec.h"

struct waiting {
  keys_done *done;
  void *context;
  unsigned char hash[KEY_HASH_SIZE]; // of the secret that came
};

struct entry {
  struct key key; // first: a key is its entry
  unsigned char hash[KEY_HASH_SIZE];
  bool is_valid;
  usec_t checked_at; // boottime; 0 = never
  bool is_looked_up; // under way
  bool is_telling;
  VEC(struct waiting) waiting;
  UT_hash_handle hh;
};

struct keys {
  struct keys_config config;
  struct entry *entries; // by id, the least recently made first
};

struct keys *keys_new(const struct keys_config *config) {
  struct keys *keys = xcalloc(1, sizeof *keys);
  keys->config = *config;
  return keys;
}

static void entry_free(struct keys *keys, struct entry *entry) {
  HASH_DEL(keys->entries, entry);
  vec_free(&entry->waiting);
  free(entry->key.setting);
  free(entry);
}

void keys_free(struct keys *keys) {
  if (!keys) return;
  while (keys->entries) entry_free(keys, keys->entries);
  free(keys);
}

void keys_configure(struct keys *keys, usec_t believed, int per_minute) {
  keys->config.believed = believed;
  keys->config.per_minute = per_minute;
  // What was said of them holds no longer, their buckets do.
  for (struct entry *entry = keys->entries; entry; entry = entry->hh.next) entry->checked_at = 0;
}

size_t keys_count(const struct keys *keys) { return HASH_COUNT(keys->entries); }

// ---- the key that came ------------------------------------------------------------

static bool are_digits(const char *text, size_t count) {
  return strspn(text, "0123456789abcdef") >= count;
}

// The id and the secret's first digit; false when it is no key of ours.
static bool split(const char *authorization, char ret_id[KEY_ID_SIZE], const char **ret_secret) {
  static const char prefix[] = "wfk_";
  const char *token = authorization + strlen("Bearer");
  token += strspn(token, " ");
  size_t size = strlen(token);
  if (size != strlen(prefix) + KEY_ID_SIZE + KEY_SECRET_DIGITS || strncmp(token, prefix, strlen(prefix)) != 0) return false;
  const char *id = token + strlen(prefix), *secret = id + KEY_ID_SIZE;
  if (!are_digits(id, KEY_ID_SIZE - 1) || secret[-1] != '_' || !are_digits(secret, KEY_SECRET_DIGITS)) return false;
  memcpy(ret_id, id, KEY_ID_SIZE - 1);
  ret_id[KEY_ID_SIZE - 1] = '\0';
  *ret_secret = secret;
  return true;
}

static void hash_of(const char *secret, unsigned char ret_hash[KEY_HASH_SIZE]) {
  unsigned size = 0;
  WF_ASSERT(EVP_Digest(secret, KEY_SECRET_DIGITS, ret_hash, &size, EVP_sha256(), NULL) == 1 && size == KEY_HASH_SIZE);
}

// ---- entries ------------------------------------------------------------------------

// Room for one more: one that nobody waits for goes. A stranger who tries many ids makes
// others be looked up again, and those that ran out of requests forget that.
static void make_room(struct keys *keys) {
  struct entry *entry, *next;
  if (HASH_COUNT(keys->entries) < KEYS_MAX) return;
  HASH_ITER(hh, keys->entries, entry, next) {
    if (entry->is_looked_up || entry->is_telling) continue;
    entry_free(keys, entry);
    return;
  }
}

static struct entry *entry_of(struct keys *keys, const char *id) {
  struct entry *entry = NULL;
  HASH_FIND_STR(keys->entries, id, entry);
  if (entry) return entry;
  make_room(keys);
  if (HASH_COUNT(keys->entries) >= KEYS_MAX) return NULL;
  entry = xcalloc(1, sizeof *entry);
  memcpy(entry->key.id, id, KEY_ID_SIZE);
  HASH_ADD_STR(keys->entries, key.id, entry);
  return entry;
}

static enum key_answer judge(const struct entry *entry, const unsigned char hash[KEY_HASH_SIZE]) {
  bool is_same = CRYPTO_memcmp(entry->hash, hash, KEY_HASH_SIZE) == 0;
  return is_same && entry->is_valid ? KEY_GOOD : KEY_WRONG;
}

enum key_answer keys_check(struct keys *keys, const char *authorization, usec_t now, keys_done *done, void *context, struct key **ret_key) {
  char id[KEY_ID_SIZE];
  const char *secret;
  if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0) return KEY_MISSING;
  if (!split(authorization, id, &secret)) return KEY_WRONG;
  struct waiting waiting = {.done = done, .context = context};
  struct entry *entry = entry_of(keys, id);
  if (!entry) return KEY_AWAY;
  hash_of(secret, waiting.hash);
  if (entry->checked_at && now - entry->checked_at < keys->config.believed) {
    enum key_answer answer = judge(entry, waiting.hash);
    if (answer == KEY_GOOD) *ret_key = &entry->key;
    return answer;
  }
  if (!entry->is_looked_up && keys->config.look_up(keys->config.context, id) < 0) return KEY_AWAY;
  entry->is_looked_up = true;
  vec_push(&entry->waiting, waiting);
  return KEY_WAIT;
}

// Tells all who wait; one of them may ask again at once.
static void tell(struct entry *entry, bool is_known) {
  __typeof__(entry->waiting) waiting = entry->waiting;
  memset(&entry->waiting, 0, sizeof entry->waiting);
  entry->is_looked_up = false;
  entry->is_telling = true; // stays until all are told
  vec_foreach(one, &waiting) {
    enum key_answer answer = is_known ? judge(entry, one->hash) : KEY_AWAY;
    one->done(one->context, answer, answer == KEY_GOOD ? &entry->key : NULL);
  }
  entry->is_telling = false;
  vec_free(&waiting);
}

static bool read_hash(const char *digits, unsigned char ret_hash[KEY_HASH_SIZE]) {
  if (strlen(digits) != (size_t)KEY_HASH_SIZE * 2 || !are_digits(digits, (size_t)KEY_HASH_SIZE * 2)) return false;
  for (size_t i = 0; i < KEY_HASH_SIZE; i++) {
    char byte[3] = {digits[2 * i], digits[2 * i + 1], 0};
    ret_hash[i] = (unsigned char)strtoul(byte, NULL, 16);
  }
  return true;
}

void keys_found(struct keys *keys, const char *id, const struct key_record *record, usec_t now) {
  struct entry *entry = NULL;
  HASH_FIND_STR(keys->entries, id, entry);
  if (!entry) return;
  entry->is_valid = record && record->is_valid && read_hash(record->hash, entry->hash);
  entry->checked_at = now;
  if (entry->is_valid) {
    free(entry->key.setting);
    entry->key.setting = xasprintf("=%s", record->tenant);
    entry->key.is_operator = record->is_operator;
    entry->key.per_minute = record->per_minute ? record->per_minute : keys->config.per_minute;
  }
  tell(entry, true);
}

void keys_failed(struct keys *keys, const char *id) {
  struct entry *entry = NULL;
  HASH_FIND_STR(keys->entries, id, entry);
  if (entry) tell(entry, false);
}
