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

static void quiet(enum log_level level, const char *message, const struct log_field *fields, void *context) {
  (void)level, (void)message, (void)fields, (void)context;
}

struct totals {
  uint64_t crashes[SIM_CRASH_POINTS], zombies, unknowns, runs, events, set_aside;
};

static void add(struct totals *totals, const struct sim *sim) {
  for (int i = 0; i < SIM_CRASH_POINTS; i++) totals->crashes[i] += sim->crashes[i];
  totals->zombies += sim->zombies;
  totals->unknowns += sim->unknowns;
  totals->set_aside += sim->set_aside;
  totals->runs += sim->db.runs.count;
  vec_foreach(run, &sim->db.runs) totals->events += (*run)->events.count;
}

static void report(const struct totals *totals, uint64_t seeds) {
  printf("%llu seeds: %llu runs, %llu events", (unsigned long long)seeds, (unsigned long long)totals->runs, (unsigned long long)totals->events);
  for (int i = 0; i < SIM_CRASH_POINTS; i++) printf("; %llu crashes %s", (unsigned long long)totals->crashes[i], sim_crash_names[i]);
  printf("; %llu zombies; %llu commits of unknown outcome; %llu inputs set aside\n", (unsigned long long)totals->zombies,
         (unsigned long long)totals->unknowns, (unsigned long long)totals->set_aside);
}

static bool parse_break(struct sim_options *options, const char *what) {
  if (strcmp(what, "fence") == 0) return options->broken.fence = true;
  if (strcmp(what, "dedupe") == 0) return options->broken.dedupe = true;
  if (strcmp(what, "order") == 0) return options->send_before_commit = true;
  if (strcmp(what, "caution") == 0) return options->careless = true;
  return false;
}

int main(int argc, char **argv) {
  static const struct option names[] = {{"seed", 1, NULL, 's'}, {"count", 1, NULL, 'c'}, {"triggers", 1, NULL, 't'}, {"break", 1, NULL, 'b'}, {"verbose", 0, NULL, 'v'}, {0}};
  struct sim_options options = {.seed = 1, .triggers = 20};
  uint64_t count = 1;
  const char *broken = NULL;
  for (int o; (o = getopt_long(argc, argv, "", names, NULL)) != -1;) {
    if (o == 's') options.seed = strtoull(optarg, NULL, 10);
    else if (o == 'c') count = strtoull(optarg, NULL, 10);
    else if (o == 't') options.triggers = atoi(optarg);
    else if (o == 'v') options.verbose = true;
    else if (o != 'b' || !parse_break(&options, broken = optarg)) return 2;
  }
  if (!options.verbose) log_set_sink(quiet, NULL);
  struct totals totals = {0};
  uint64_t first = options.seed;
  for (; options.seed < first + count; options.seed++) {
    struct sim sim;
    bool held = sim_run(&sim, &options);
    add(&totals, &sim);
    if (!held) {
      printf("seed %llu: %s\n", (unsigned long long)options.seed, sim.failure);
      if (!broken) printf("again: sim --seed %llu --triggers %d --verbose\n", (unsigned long long)options.seed, options.triggers);
    }
    sim_free(&sim);
    if (!held) return broken ? 0 : 1;
  }
  report(&totals, count);
  return broken ? 1 : 0;
}
