// SPDX-License-Identifier: Apache-2.0
#include "ctl/api_key_verb.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ctl/session.h"
#include "ctl/verb.h"

// The interval is in whole microseconds.
static const char CREATE[] =
    "SELECT workflow_api.create_key($1, $2, $3, $4::int, clock_timestamp() + $5::bigint * interval '1 microsecond') AS key";
static const char REVOKE[] = "SELECT workflow_api.revoke_key($1) AS revoked_at";
static const char LIST[] =
    "SELECT k.key_id, k.name, k.tenant, k.role, k.rate_per_minute,\n"
    "       CASE WHEN k.revoked_at IS NOT NULL THEN 'revoked' WHEN k.expires_at <= clock_timestamp() THEN 'expired'\n"
    "            ELSE 'valid' END AS state, k.created_at, k.created_by, k.expires_at, k.revoked_at\n"
    "  FROM workflow_api.api_key k WHERE $1::text IS NULL OR k.tenant = $1\n"
    " ORDER BY k.created_at, k.key_id";

enum { ID_DIGITS = 12, RATE_MAX = 1000000 };

struct options {
  const char *tenant, *rate, *expires;
  bool is_operator;
};

static bool is_key_id(const struct arguments *arguments, const char *text) {
  if (strlen(text) == ID_DIGITS && strspn(text, "0123456789abcdef") == ID_DIGITS) return true;
  // Not the word itself: it may be a whole key.
  arguments_wrong(arguments, "expected the %d digits between the underscores of a key", ID_DIGITS);
  return false;
}

static int create(const struct arguments *arguments, const struct options *options) {
  long rate = 0;
  usec_t span = 0;
  if (!arguments_words(arguments, 2, 2, "create and a name") ||
      !arguments_number(arguments, "rate-per-minute", options->rate, 1, RATE_MAX, &rate) ||
      !arguments_duration(arguments, "expires-in", options->expires, &span))
    return EXIT_USAGE;
  char expires[24];
  snprintf(expires, sizeof expires, "%" PRId64, span);
  const char *parameters[] = {arguments->words[1], options->tenant ? options->tenant : "",
                              options->is_operator ? "operator" : "reader", options->rate, options->expires ? expires : NULL};
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  struct pg_rows *rows;
  code = session_query(&session, CREATE, parameters, 5, &rows);
  if (code == EXIT_OK) {
    const char *key = pg_rows_value(rows, 0, 0);
    printf(arguments->json ? "{\"key\": \"%s\"}\n" : "%s\n", key);
    if (!arguments->json) fputs("Keep it now: it is not shown again.\n", stderr);
    pg_rows_free(rows);
  }
  session_close(&session);
  return code;
}

static int list(const struct arguments *arguments, const struct options *options) {
  if (!arguments_words(arguments, 1, 1, "list")) return EXIT_USAGE;
  struct session session;
  int code = session_open(arguments, &session);
  if (code != EXIT_OK) return code;
  code = session_print(&session, LIST, &options->tenant, 1, NULL);
  session_close(&session);
  return code;
}

static void print_revoked(const char *key_id, const struct pg_rows *rows, bool json) {
  printf(json ? "{\"key_id\": \"%s\", \"revoked_at\": \"%s\"}" : "%s revoked since %s\n", key_id, pg_rows_value(rows, 0, 0));
}

static int revoke(const struct arguments *arguments) {
  if (!arguments_words(arguments, 2, SIZE_MAX, "revoke and the keys' numbers")) return EXIT_USAGE;
  for (size_t i = 1; i < arguments->word_count; i++)
    if (!is_key_id(arguments, arguments->words[i])) return EXIT_USAGE;
  return session_each(arguments, REVOKE, print_revoked);
}

int api_key_verb(int argc, char **argv) {
  struct options options = {0};
  const struct argument_row rows[] = {{"tenant", .value = &options.tenant},
                                      {"rate-per-minute", .value = &options.rate},
                                      {"expires-in", .value = &options.expires},
                                      {"operator", .flag = &options.is_operator}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_STOP) return code;
  const char *word = arguments.word_count ? arguments.words[0] : "";
  if (strcmp(word, "create") == 0) return create(&arguments, &options);
  if (strcmp(word, "list") == 0) return list(&arguments, &options);
  if (strcmp(word, "revoke") == 0) return revoke(&arguments);
  return arguments_wrong(&arguments, "expected create NAME, list, or revoke KEY-ID");
}
