// SPDX-License-Identifier: Apache-2.0
#include "dev/dev_settings.h"

#include <stdio.h>

// A YAML double-quoted scalar.
static void put_quoted(FILE *out, const char *text) {
  fputc('"', out);
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') fputc('\\', out);
    fputc(*text, out);
  }
  fputc('"', out);
}

static void put_key(FILE *out, const char *key, const char *value) {
  fprintf(out, "  %s: ", key);
  put_quoted(out, value);
  fputc('\n', out);
}

static void put_functions(FILE *out) {
  static const struct {
    const char *name, *timeout, *heartbeat;
  } functions[] = {{"noop", "60s", "0s"},
                   {"callLead", "60s", "0s"},
                   {"sendMessage", "30s", "0s"},
                   {"chargeCard", "30s", "0s"},
                   {"transcribeCall", "60s", "5s"}};
  fputs("# What the example worker does; timeout is from the request to its result.\nfunctions:\n", out);
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    fprintf(out, "  - {name: %s, timeout: %s, heartbeat: %s}\n", functions[i].name, functions[i].timeout,
            functions[i].heartbeat);
  }
}

int dev_settings_write(const char *path, const struct dev_settings *settings) {
  FILE *out = fopen(path, "we");
  if (!out) return -WF_EIO;
  fputs("# Written by `workflowctl dev`. Every key is explained in config/workflowd.yaml.\n"
        "instance:\n  name: dev\npostgres:\n", out);
  put_key(out, "conninfo", settings->database);
  fputs("kafka:\n", out);
  put_key(out, "bootstrap.servers", settings->brokers);
  if (settings->embedded) fputs("  fetch.wait.max.ms: 1\n", out);
  fputs("topics:\n  lifecycle: workflow.lifecycle\n", out);
  if (settings->embedded) fputs("  assignment: manual\n", out);
  put_functions(out);
  fputs("definitions:\n", out);
  put_key(out, "folder", settings->examples);
  fputs("log:\n  target: stderr\nhttp:\n  listen: \"\"\n", out);
  bool failed = ferror(out) != 0;
  return fclose(out) != 0 || failed ? -WF_EIO : 0;
}
