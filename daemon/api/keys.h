// SPDX-License-Identifier: Apache-2.0
// Who may ask: keys `wfk_<key_id>_<secret>`, by what PostgreSQL says of them (a SHA-256 of
// the secret, tenant, role), which is believed for a short time. Each has a bucket of
// requests. Looking one up is the owner's: many requests wait for one look-up.
//
// A secret is never kept: its hash is, and is compared in constant time.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "api/bucket.h"
#include "base/clock.h"
#include "base/error.h"

enum { KEY_ID_SIZE = 13, KEY_SECRET_DIGITS = 64, KEY_HASH_SIZE = 32, KEYS_MAX = 10000 };

// What PostgreSQL says of a key.
struct key_record {
  const char *hash; // 64 hexadecimal digits
  const char *tenant;
  bool is_operator, is_valid; // is_valid: neither revoked nor expired
  int per_minute;             // 0 = as configured
};

struct key {
  char id[KEY_ID_SIZE];
  char *setting; // '=' and the tenant: what row-level security goes by
  bool is_operator;
  int per_minute; // 0 = without a bound
  struct bucket bucket;
};

enum key_answer {
  KEY_GOOD,
  KEY_MISSING, // no Authorization, or not with a Bearer token
  KEY_WRONG,   // no such key, another secret, revoked, expired
  KEY_WAIT,    // looked up: done() is called
  KEY_AWAY,    // cannot be looked up now
};

struct keys;

struct keys_config {
  usec_t believed;     // how long an answer is
  int per_minute;      // of keys that have no number of their own; 0 = without a bound
  // Begins to look one up; keys_found() or keys_failed() ends it, never from within.
  // Returns 0, or -WF_EDOWN.
  int (*look_up)(void *context, const char *id);
  void *context;
};

// KEY_GOOD with the key, which is borrowed until the next call; else NULL.
typedef void keys_done(void *context, enum key_answer answer, struct key *key);

struct keys *keys_new(const struct keys_config *config);
void keys_free(struct keys *keys); // takes NULL; nothing calls back any more
// From now on.
void keys_configure(struct keys *keys, usec_t believed, int per_minute);

// `authorization` is the header, NULL = there is none.
enum key_answer keys_check(struct keys *keys, const char *authorization, usec_t now, keys_done *done, void *context, struct key **ret_key)
    WF_MUST_CHECK;
// What was found of a key that was looked up: NULL = it is not there.
void keys_found(struct keys *keys, const char *id, const struct key_record *record, usec_t now);
void keys_failed(struct keys *keys, const char *id);
size_t keys_count(const struct keys *keys);
