// SPDX-License-Identifier: Apache-2.0
// sim [--seed N] [--count N] [--triggers N] [--break fence|dedupe|order|caution] [--verbose]
// Runs `count` seeds from `seed` on. Exit 0: every promise held in all of them (or,
// with --break, was seen broken in one); 1 otherwise, with the seed and the command
// that repeats it.
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "sim/sim.h"
#include "sim/sim_definitions.h"

static void quiet(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message, (void)fields, (void)context;
}

struct totals {
  uint64_t crashes[SIM_CRASH_POINTS], runs, events, patient;
  struct sim_sights sights;
};

static void add(struct totals *totals, const struct sim *sim) {
  for (int i = 0; i < SIM_CRASH_POINTS; i++) totals->crashes[i] += sim->crashes[i];
  totals->runs += sim->db.runs.count;
  totals->patient += sim->patient;
  vec_foreach(run, &sim->db.runs) totals->events += (*run)->events.count;
  struct sim_sights sights = sim->sights;
  sights.refused = sim->db.refused;
  sights.partitions_made = sim->db.partitions_made;
#define X(name) totals->sights.name += sights.name;
  SIM_SIGHTS(X)
#undef X
}

// One line each, so that a test can read them.
static void report(const struct totals *totals, uint64_t seeds) {
  printf("%llu seeds, %llu patient: %llu runs, %llu events\n", (unsigned long long)seeds, (unsigned long long)totals->patient, (unsigned long long)totals->runs,
         (unsigned long long)totals->events);
  char name[64];
  for (int i = 0; i < SIM_CRASH_POINTS; i++) printf("crash %s: %llu\n", sim_crash_name(i, name), (unsigned long long)totals->crashes[i]);
#define X(name) printf("met " #name ": %llu\n", (unsigned long long)totals->sights.name);
  SIM_SIGHTS(X)
#undef X
}

static bool parse_break(struct sim_options *options, const char *what) {
  if (strcmp(what, "fence") == 0) return options->broken.fence = true;
  if (strcmp(what, "dedupe") == 0) return options->broken.dedupe = true;
  if (strcmp(what, "order") == 0) return options->send_before_commit = true;
  if (strcmp(what, "caution") == 0) return options->careless = true;
  return false;
}

// The first seed that breaks a promise ends it; true = none did.
static bool run_seeds(struct sim_options *options, uint64_t count, bool broken) {
  struct totals totals = {0};
  for (uint64_t first = options->seed; options->seed < first + count; options->seed++) {
    struct sim sim;
    bool held = sim_run(&sim, options);
    add(&totals, &sim);
    if (!held) {
      printf("seed %llu: %s\n", (unsigned long long)options->seed, sim.failure);
      if (!broken) printf("again: sim --seed %llu --triggers %d --verbose\n", (unsigned long long)options->seed, options->triggers);
    }
    sim_free(&sim);
    if (!held) return false;
  }
  report(&totals, count);
  return true;
}

int main(int argc, char **argv) {
  static const struct option names[] = {{"seed", 1, NULL, 's'}, {"count", 1, NULL, 'c'}, {"triggers", 1, NULL, 't'}, {"break", 1, NULL, 'b'}, {"verbose", 0, NULL, 'v'}, {0}};
  struct sim_options options = {.seed = 1, .triggers = 16};
  uint64_t count = 1;
  bool broken = false;
  for (int o; (o = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (o == 's') options.seed = strtoull(optarg, NULL, 10);
    else if (o == 'c') count = strtoull(optarg, NULL, 10);
    else if (o == 't') options.triggers = atoi(optarg);
    else if (o == 'v') options.verbose = true;
    else if (o != 'b' || !(broken = parse_break(&options, optarg))) return 2;
  }
  if (!options.verbose) log_set_sink(quiet, NULL);
  bool held = run_seeds(&options, count, broken);
  sim_definitions_free();
  return held != broken ? 0 : 1;
}
