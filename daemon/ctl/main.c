// SPDX-License-Identifier: Apache-2.0
// workflowctl: what an operator and a newcomer type. Finds the verb and runs it.
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/xalloc.h"
#include "ctl/verb.h"
#include "io/evaluator_child.h"

static void usage(FILE *out) {
  fputs("usage: workflowctl VERB [ARGUMENT]...\n\n", out);
  for (size_t i = 0; i < verb_count; i++) {
    const struct verb *verb = &verb_table[i];
    if (verb->summary) fprintf(out, "  %s %s\n      %s\n", verb->name, verb->arguments, verb->summary);
  }
  fputs("\nworkflowctl VERB --help says how. Exit codes: 0 done, 1 failed, 2 wrong arguments,\n"
        "3 not there, 4 done but bad news, 5 timed out. All of it: workflowctl(1).\n", out);
}

static void unknown(const char *name) {
  const char **names = xcalloc(verb_count, sizeof *names);
  size_t count = 0;
  for (size_t i = 0; i < verb_count; i++) {
    if (verb_table[i].summary) names[count++] = verb_table[i].name;
  }
  const char *near = text_near_miss(name, names, count);
  fprintf(stderr, "workflowctl: no verb \"%s\"%s%s%s; workflowctl --help lists them\n", name,
          near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  free(names);
}

// What was said must have arrived.
static int written(int code) {
  if (fflush(stdout) == 0 && !ferror(stdout)) return code;
  fprintf(stderr, "workflowctl: standard output cannot be written: %s\n", strerror(errno));
  return EXIT_FAILED;
}

static int run(int argc, char **argv) {
  if (argc < 2) {
    usage(stderr);
    return EXIT_USAGE;
  }
  if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
    usage(stdout);
    return EXIT_OK;
  }
  if (strcmp(argv[1], "--version") == 0) {
    puts("workflowctl " WORKFLOWD_VERSION);
    return EXIT_OK;
  }
  const struct verb *verb = verb_find(argv[1]);
  if (!verb) {
    unknown(argv[1]);
    return EXIT_USAGE;
  }
  return verb->run(argc - 1, argv + 1);
}

int main(int argc, char **argv) {
  // A rehearsal starts this program again, for expressions that are not safe in it.
  if (argc == 2 && strcmp(argv[1], "--evaluator") == 0) return evaluator_child_main(argc, argv);
  return written(run(argc, argv));
}
