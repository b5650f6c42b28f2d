// SPDX-License-Identifier: Apache-2.0
// The SQL files of sql/, embedded when building (sql/CMakeLists.txt gives the order).
#pragma once

#include <stddef.h>

struct pg_script {
  const char *name; // file name without its ending
  const char *text;
};

extern const struct pg_script pg_script_bootstrap[]; // before every migrate
extern const size_t pg_script_bootstrap_count;
extern const struct pg_script pg_script_migrations[]; // number n is at n - 1; names begin with the number
extern const size_t pg_script_migrations_count;
extern const struct pg_script pg_script_reapplied[]; // functions and views, after every migrate
extern const size_t pg_script_reapplied_count;
