// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

static void test_free_takes_null(void **state) {
  (void)state;
  arena_free(NULL);
}

static void test_pieces_do_not_overlap(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  unsigned char *pieces[2000];
  for (int i = 0; i < 2000; i++) {
    pieces[i] = arena_alloc(arena, (size_t)(i % 97) + 1);
    memset(pieces[i], i & 0xFF, (size_t)(i % 97) + 1);
  }
  for (int i = 0; i < 2000; i++)
    for (int j = 0; j <= i % 97; j++) assert_int_equal(pieces[i][j], i & 0xFF);
  arena_free(arena);
}

static void test_pieces_are_aligned_for_any_type(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  for (size_t size = 1; size < 70; size++) assert_int_equal((uintptr_t)arena_alloc(arena, size) % alignof(max_align_t), 0);
  arena_free(arena);
}

static void test_large_piece_keeps_the_small_ones_around_it(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  char *before = arena_strdup(arena, "before");
  char *large = arena_alloc(arena, 1 << 20);
  memset(large, 'x', 1 << 20);
  char *after = arena_strdup(arena, "after");
  assert_string_equal(before, "before");
  assert_string_equal(after, "after");
  assert_int_equal(large[(1 << 20) - 1], 'x');
  arena_free(arena);
}

static void test_reset_starts_again(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  for (int i = 0; i < 100; i++) arena_alloc(arena, 5000);
  arena_alloc(arena, 1 << 20);
  assert_true(arena_used(arena) >= (1 << 20) + 500000);
  arena_reset(arena);
  assert_int_equal(arena_used(arena), 0);
  assert_string_equal(arena_strdup(arena, "again"), "again");
  arena_free(arena);
}

static void test_alloc0_is_zero_after_a_reset(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  memset(arena_alloc(arena, 512), 0xFF, 512);
  arena_reset(arena);
  const unsigned char *p = arena_alloc0(arena, 512);
  for (int i = 0; i < 512; i++) assert_int_equal(p[i], 0);
  arena_free(arena);
}

static void test_strndup_terminates(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  assert_string_equal(arena_strndup(arena, "abcdef", 3), "abc");
  assert_string_equal(arena_strndup(arena, NULL, 0), "");
  arena_free(arena);
}

static void test_memdup_copies_nul_bytes(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  const char data[4] = {'a', 0, 'b', 0};
  const char *copy = arena_memdup(arena, data, sizeof data);
  assert_ptr_not_equal(copy, data);
  assert_memory_equal(copy, data, sizeof data);
  arena_free(arena);
}

static void test_printf_of_any_length(void **state) {
  (void)state;
  struct arena *arena = arena_new();
  assert_string_equal(arena_printf(arena, "%s-%d", "run", 7), "run-7");
  assert_int_equal(strlen(arena_printf(arena, "%060000d", 1)), 60000);
  arena_free(arena);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_free_takes_null),
      cmocka_unit_test(test_pieces_do_not_overlap),
      cmocka_unit_test(test_pieces_are_aligned_for_any_type),
      cmocka_unit_test(test_large_piece_keeps_the_small_ones_around_it),
      cmocka_unit_test(test_reset_starts_again),
      cmocka_unit_test(test_alloc0_is_zero_after_a_reset),
      cmocka_unit_test(test_strndup_terminates),
      cmocka_unit_test(test_memdup_copies_nul_bytes),
      cmocka_unit_test(test_printf_of_any_length),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
