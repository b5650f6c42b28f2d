// SPDX-License-Identifier: Apache-2.0
// The one source of chance of a simulation: the same seed gives the same run.
// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct sim_random {
  uint64_t state;
};

static inline uint64_t sim_random_next(struct sim_random *random) {
  uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
  z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
  z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
  return z ^ z >> 31;
}

// 0 … bound - 1
static inline uint64_t sim_random_below(struct sim_random *random, uint64_t bound) { return sim_random_next(random) % bound; }

static inline bool sim_random_chance(struct sim_random *random, unsigned per_mille) { return sim_random_below(random, 1000) < per_mille; }
