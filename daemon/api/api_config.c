// SPDX-License-Identifier: Apache-2.0
#include "api/api_config.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/xalloc.h"
#include "config_file.h"
#include "config_sample.h"

#define KIB INT64_C(1024)
#define AT(field) offsetof(struct api_config, field)

static const struct config_word requests_words[] = {{"none", API_CONFIG_REQUESTS_NONE}, {"failed", API_CONFIG_REQUESTS_FAILED},
    {"all", API_CONFIG_REQUESTS_ALL}, {NULL, 0}};

static const struct config_section config_sections[] = {
    {"", "What belongs to no section."},
    {"http", "Clients. TLS is a reverse proxy's, before it."},
    {"postgres", "The database that is asked."},
    {"keys", "Who may ask: keys are made with `workflowctl api-key create`."},
    {"log", "The log."},
};

static const struct config_row config_rows[] = {
    {"drain_timeout", CONFIG_DURATION, AT(drain_timeout), "10s", 0, 10 * USEC_PER_MIN, NULL, true,
     "How long a stop (SIGTERM) waits for requests under way before the process ends anyway. Keep it below the unit's "
     "TimeoutStopSec.", NULL},

    {"http.listen", CONFIG_TEXT, AT(http.listen), "127.0.0.1:9465", 1, 128, NULL, false,
     "Address and port of all answers, and of /healthz, /readyz and /metrics. Only loopback addresses.", config_check_listen},
    {"http.connections", CONFIG_INTEGER, AT(http.connections), "512", 1, 10000, NULL, false,
     "Connections of clients; further ones wait in the kernel.", NULL},
    {"http.connections_per_client", CONFIG_INTEGER, AT(http.connections_per_client), "256", 1, 10000, NULL, false,
     "Connections of one client's address; further ones are closed at once. A reverse proxy is one client.", NULL},
    {"http.head", CONFIG_BYTES, AT(http.head), "16KiB", KIB, 64 * KIB, NULL, false,
     "A request's first line and headers; a larger one gets 400.", NULL},
    {"http.request_time", CONFIG_DURATION, AT(http.request_time), "10s", 100 * USEC_PER_MSEC, 5 * USEC_PER_MIN, NULL, false,
     "From a request's first byte to its last, and as long for its answer to be taken; a slower client is dropped.", NULL},
    {"http.idle_time", CONFIG_DURATION, AT(http.idle_time), "60s", 100 * USEC_PER_MSEC, USEC_PER_HOUR, NULL, false,
     "How long a connection is kept between two requests.", NULL},

    {"postgres.conninfo", CONFIG_TEXT, AT(postgres.conninfo), "host=/run/postgresql dbname=workflow", 1, 4096, NULL, false,
     "libpq's connection string or URI (user, host, port, dbname, sslmode, sslrootcert and so on); the role is a member of "
     "workflow_http. A password is refused here.", config_check_conninfo},
    {"postgres.password_file", CONFIG_SECRET, AT(postgres.password_file), "", 0, 4096, NULL, true,
     "Where the password is: an absolute path, or the name of a systemd credential (LoadCredential=). Not set: none is "
     "sent.", NULL},
    {"postgres.connections", CONFIG_INTEGER, AT(postgres.connections), "4", 1, 64, NULL, false,
     "Connections to PostgreSQL; each takes many questions at a time.", NULL},
    {"postgres.statement_timeout", CONFIG_DURATION, AT(postgres.statement_timeout), "5s", 100 * USEC_PER_MSEC, 5 * USEC_PER_MIN, NULL, false,
     "PostgreSQL's statement_timeout: an answer that takes longer is a 504.", NULL},

    {"keys.cache", CONFIG_DURATION, AT(keys.cache), "2s", 100 * USEC_PER_MSEC, USEC_PER_MIN, NULL, true,
     "How long what was found of a key is believed: a revoked one works for so long at most.", NULL},
    {"keys.requests_per_minute", CONFIG_INTEGER, AT(keys.requests_per_minute), "600", 0, 1000000, NULL, true,
     "Requests of one key, on average, a quarter of them at once; a key's own number wins. 0: without a bound.", NULL},

    {"log.level", CONFIG_ENUM, AT(log.level), "info", 0, 0, config_log_levels, true, "The least important lines to write.", NULL},
    {"log.target", CONFIG_ENUM, AT(log.target), "auto", 0, 0, config_log_targets, false,
     "auto: the journal when systemd started the process with its output connected to it, else stderr.", NULL},
    {"log.requests", CONFIG_ENUM, AT(log.requests), "all", 0, 0, requests_words, true,
     "Which requests get a line, at level info: none, failed (status 400 and above) or all. It has the path, never the query "
     "or a secret.", NULL},
};

const struct config_schema api_config_table = {
    .title = "workflowd-api.yaml: the configuration of workflowd-api(8), explained in workflowd-api.yaml(5).",
    .usage = "Every key is here with its bounds and its default, commented out where the default stands. "
             "`workflowd-api --check -c FILE` says what is wrong with a file; `systemctl reload workflowd-api` (SIGHUP) "
             "reads it again, and changes the keys marked so.",
    .sections = config_sections,
    .section_count = sizeof config_sections / sizeof *config_sections,
    .rows = config_rows,
    .row_count = sizeof config_rows / sizeof *config_rows,
};

struct api_config *api_config_default(void) {
  struct api_config *config = xcalloc(1, sizeof *config);
  config->arena = arena_new();
  config_schema_defaults(&api_config_table, config, config->arena);
  return config;
}

void api_config_free(struct api_config *config) {
  if (!config) return;
  arena_free(config->arena);
  free(config);
}

int api_config_parse(const char *document, size_t size, const char *const *overrides, size_t override_count, struct api_config **ret_config,
                     struct config_problems *problems) {
  struct api_config *config = api_config_default();
  struct config_reader reader = {.schema = &api_config_table, .base = config, .arena = config->arena, .problems = problems};
  int result = config_file_parse(&reader, document, size, overrides, override_count);
  if (result < 0)
    api_config_free(config);
  else
    *ret_config = config;
  return result;
}

int api_config_load(const char *path, const char *const *overrides, size_t override_count, struct api_config **ret_config,
                    struct config_problems *problems) {
  struct buf buf = {0};
  int result = config_file_read(path, &buf, problems);
  if (result == 0) result = api_config_parse(buf.data, buf.size, overrides, override_count, ret_config, problems);
  buf_free(&buf);
  return result;
}

void api_config_print(const struct api_config *config, FILE *out) {
  struct api_config *defaults = api_config_default();
  struct config_sample sample = {.out = out, .schema = &api_config_table, .config = config, .defaults = defaults};
  config_sample_print(&sample, NULL);
  api_config_free(defaults);
}
