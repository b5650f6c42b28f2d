// SPDX-License-Identifier: Apache-2.0
// A growable array of one type. Declare `VEC(struct item) items = {0};`. Elements move
// when it grows: keep no pointer to one across a push.
#pragma once

#include <stdlib.h>

#include "base/xalloc.h"

#define VEC(type)           \
  struct {                  \
    type *items;            \
    size_t count, capacity; \
  }

#define vec_push(vec, ...)                                                                           \
  do {                                                                                               \
    if ((vec)->count == (vec)->capacity) {                                                           \
      (vec)->capacity = (vec)->capacity ? (vec)->capacity * 2 : 16;                                  \
      (vec)->items = xrealloc((vec)->items, (vec)->capacity * sizeof *(vec)->items);                 \
    }                                                                                                \
    (vec)->items[(vec)->count++] = (__VA_ARGS__);                                                    \
  } while (0)

// Forgets the elements, keeps the memory.
#define vec_reset(vec) ((void)((vec)->count = 0))

#define vec_free(vec)              \
  do {                             \
    free((vec)->items);            \
    (vec)->items = NULL;           \
    (vec)->count = (vec)->capacity = 0; \
  } while (0)

#define vec_foreach(element, vec) \
  for (__typeof__((vec)->items[0]) *element = (vec)->items; element && element < (vec)->items + (vec)->count; element++)
