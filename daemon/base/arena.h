// SPDX-License-Identifier: Apache-2.0
// A bump allocator: many small pieces that end together (a batch, a decoded
// record). Single-threaded. Pieces are never freed one by one.
#pragma once

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
// Frees the arena and every piece. Takes NULL.
void arena_free(struct arena *arena);
// Ends every piece but keeps one block for reuse.
void arena_reset(struct arena *arena);

// All return memory that lives until reset or free; never NULL. Aligned for any
// type. arena_alloc0 zeroes.
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_alloc0(struct arena *arena, size_t size) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_strndup(struct arena *arena, const char *text, size_t size) __attribute__((returns_nonnull));
void *arena_memdup(struct arena *arena, const void *data, size_t size) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

// Bytes handed out since the last reset.
size_t arena_used(const struct arena *arena);
