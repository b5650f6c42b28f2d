// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"

enum { BLOCK_SIZE = 32 * 1024 };

struct block {
  struct block *next;
  size_t size, used;
  alignas(max_align_t) char data[];
};

struct arena {
  struct block *head;
  size_t used;
};

static struct block *block_new(size_t size, struct block *next) {
  struct block *block = xmalloc(sizeof *block + size);
  *block = (struct block){.next = next, .size = size};
  return block;
}

struct arena *arena_new(void) {
  struct arena *arena = xcalloc(1, sizeof *arena);
  arena->head = block_new(BLOCK_SIZE, NULL);
  return arena;
}

static void blocks_free(struct block *block) {
  while (block) {
    struct block *next = block->next;
    free(block);
    block = next;
  }
}

void arena_free(struct arena *arena) {
  if (!arena) return;
  blocks_free(arena->head);
  free(arena);
}

void arena_reset(struct arena *arena) {
  blocks_free(arena->head->next);
  arena->head->next = NULL;
  if (arena->head->size > BLOCK_SIZE) {
    free(arena->head);
    arena->head = block_new(BLOCK_SIZE, NULL);
  }
  arena->head->used = 0;
  arena->used = 0;
}

void *arena_alloc(struct arena *arena, size_t size) {
  size_t aligned = (size + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
  struct block *block = arena->head;
  if (block->size - block->used < aligned) {
    if (aligned > BLOCK_SIZE / 4) {
      // A large piece gets a block of its own behind the current one.
      block->next = block_new(aligned, block->next);
      block = block->next;
    } else {
      block = arena->head = block_new(BLOCK_SIZE, block);
    }
  }
  void *piece = block->data + block->used;
  block->used += aligned;
  arena->used += aligned;
  return piece;
}

void *arena_alloc0(struct arena *arena, size_t size) { return memset(arena_alloc(arena, size), 0, size); }

void *arena_memdup(struct arena *arena, const void *data, size_t size) {
  void *copy = arena_alloc(arena, size);
  if (size) memcpy(copy, data, size);
  return copy;
}

char *arena_strndup(struct arena *arena, const char *text, size_t size) {
  char *copy = arena_alloc(arena, size + 1);
  if (size) memcpy(copy, text, size);
  copy[size] = '\0';
  return copy;
}

char *arena_strdup(struct arena *arena, const char *text) { return arena_strndup(arena, text, strlen(text)); }

char *arena_printf(struct arena *arena, const char *format, ...) {
  va_list args, again;
  va_start(args, format);
  va_copy(again, args);
  int n = vsnprintf(NULL, 0, format, args);
  va_end(args);
  size_t size = n < 0 ? 0 : (size_t)n;
  char *text = arena_alloc(arena, size + 1);
  text[0] = '\0';
  vsnprintf(text, size + 1, format, again);
  va_end(again);
  return text;
}

size_t arena_used(const struct arena *arena) { return arena->used; }
