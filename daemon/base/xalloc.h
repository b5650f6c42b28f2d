// SPDX-License-Identifier: Apache-2.0
// Allocation that does not fail: out of memory ends the process. That is safe
// here because PostgreSQL holds the truth and a restart repeats nothing (see
// ARCHITECTURE.md, "Crash only"). Sizes that come from outside must be checked
// against a configured bound before they reach these calls.
#pragma once

#include <stddef.h>

// Each returns memory that the caller owns and frees with free().
void *xmalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xcalloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
void *xrealloc(void *old, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((malloc, returns_nonnull, nonnull));
char *xstrndup(const char *text, size_t size) __attribute__((malloc, returns_nonnull, nonnull));
// printf into owned memory.
char *xasprintf(const char *format, ...) __attribute__((format(printf, 1, 2), returns_nonnull));
