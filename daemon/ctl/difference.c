// SPDX-License-Identifier: Apache-2.0
#include "ctl/difference.h"

#include <stdbool.h>

static jv get(jv object, const char *name) { return jv_object_get(jv_copy(object), jv_string(name)); }

static jv difference(const char *run_id, const char *table, jv row, jv column, jv stored, jv folded) {
  jv said = jv_object_set(jv_object(), jv_string("run"), jv_string(run_id));
  said = jv_object_set(said, jv_string("table"), jv_string(table));
  said = jv_object_set(said, jv_string("row"), row);
  said = jv_object_set(said, jv_string("column"), column);
  said = jv_object_set(said, jv_string("stored"), stored);
  return jv_object_set(said, jv_string("folded"), folded);
}

static jv or_null(jv value) {
  if (jv_is_valid(value)) return value;
  jv_free(value);
  return jv_null();
}

// What is missing in an object of columns is as good as null. Takes both.
static jv add_columns(jv differences, const char *run_id, const char *table, jv row, jv stored, jv folded) {
  jv names = jv_keys(jv_object_merge(jv_copy(stored), jv_copy(folded)));
  int count = jv_array_length(jv_copy(names));
  for (int i = 0; i < count; i++) {
    jv name = jv_array_get(jv_copy(names), i);
    jv have = or_null(jv_object_get(jv_copy(stored), jv_copy(name)));
    jv want = or_null(jv_object_get(jv_copy(folded), jv_copy(name)));
    if (!jv_equal(jv_copy(have), jv_copy(want)))
      differences = jv_array_append(
          differences, difference(run_id, table, jv_copy(row), jv_copy(name), jv_copy(have), jv_copy(want)));
    jv_free(name);
    jv_free(have);
    jv_free(want);
  }
  jv_free(names);
  jv_free(stored);
  jv_free(folded);
  return differences;
}

static jv add_row(jv differences, const char *run_id, const char *table, jv number, jv stored, jv folded) {
  bool is_stored = jv_get_kind(stored) == JV_KIND_OBJECT, is_folded = jv_get_kind(folded) == JV_KIND_OBJECT;
  if (is_stored && is_folded) return add_columns(differences, run_id, table, number, stored, folded);
  jv_free(stored);
  jv_free(folded);
  return jv_array_append(differences, difference(run_id, table, jv_copy(number), jv_null(),
                                                 is_stored ? jv_true() : jv_false(),
                                                 is_folded ? jv_true() : jv_false()));
}

static jv table_of(jv rows, const char *name) {
  jv table = get(rows, name);
  if (jv_get_kind(table) == JV_KIND_OBJECT) return table;
  jv_free(table);
  return jv_object();
}

// The numbers of both sides, each once.
static jv numbers_of(jv stored, jv folded) { return jv_keys(jv_object_merge(jv_copy(stored), jv_copy(folded))); }

jv difference_add_rows(jv differences, const char *run_id, jv stored, jv folded) {
  static const char *const tables[] = {"run", "step", "action", "snapshot"};
  for (size_t t = 0; t < sizeof tables / sizeof *tables; t++) {
    jv have = table_of(stored, tables[t]), want = table_of(folded, tables[t]), numbers = numbers_of(have, want);
    int count = jv_array_length(jv_copy(numbers));
    for (int i = 0; i < count; i++) {
      jv number = jv_array_get(jv_copy(numbers), i);
      differences = add_row(differences, run_id, tables[t], number, jv_object_get(jv_copy(have), jv_copy(number)),
                            jv_object_get(jv_copy(want), jv_copy(number)));
      jv_free(number);
    }
    jv_free(numbers);
    jv_free(have);
    jv_free(want);
  }
  return differences;
}

jv difference_add_problem(jv differences, const char *run_id, jv problem) {
  jv row = jv_dump_string(get(problem, "row"), 0);
  jv said = difference(run_id, "event", row, get(problem, "column"), get(problem, "stored"), get(problem, "folded"));
  jv why = get(problem, "problem");
  if (jv_is_valid(why)) said = jv_object_set(said, jv_string("problem"), jv_copy(why));
  jv_free(why);
  jv_free(problem);
  return jv_array_append(differences, said);
}

static void put_word(jv difference, const char *name, FILE *out) {
  jv word = get(difference, name);
  if (jv_get_kind(word) == JV_KIND_STRING && *jv_string_value(word)) fprintf(out, " %s", jv_string_value(word));
  jv_free(word);
}

// Of an event that does not follow on those before it.
static bool print_problem(jv difference, FILE *out) {
  jv why = get(difference, "problem");
  bool is_there = jv_get_kind(why) == JV_KIND_STRING;
  if (is_there) {
    put_word(difference, "stored", out);
    fprintf(out, ": %s\n", jv_string_value(why));
  }
  jv_free(why);
  return is_there;
}

static void print_values(jv difference, FILE *out) {
  jv column = get(difference, "column"), stored = get(difference, "stored"), folded = get(difference, "folded");
  if (jv_get_kind(column) == JV_KIND_NULL) {
    bool is_stored = jv_get_kind(stored) == JV_KIND_TRUE;
    fprintf(out, ": %s\n", is_stored ? "stored, but no event tells of it" : "not stored, but events tell of it");
    jv_free(stored);
    jv_free(folded);
  } else {
    jv have = jv_dump_string(stored, 0), want = jv_dump_string(folded, 0);
    fprintf(out, ": stored %s, folded %s\n", jv_string_value(have), jv_string_value(want));
    jv_free(have);
    jv_free(want);
  }
  jv_free(column);
}

void difference_print(jv difference, FILE *out) {
  jv id = get(difference, "run");
  fputs(jv_string_value(id), out);
  jv_free(id);
  put_word(difference, "table", out);
  put_word(difference, "row", out);
  if (print_problem(difference, out)) return;
  put_word(difference, "column", out);
  print_values(difference, out);
}

void difference_print_all(jv differences, bool is_json, size_t *said, FILE *out) {
  int count = jv_array_length(jv_copy(differences));
  for (int i = 0; i < count; i++) {
    jv one = jv_array_get(jv_copy(differences), i);
    if (!is_json) {
      difference_print(one, out);
      jv_free(one);
    } else {
      jv text = jv_dump_string(one, 0);
      fprintf(out, "%s%s", *said ? "," : "", jv_string_value(text));
      jv_free(text);
    }
    ++*said;
  }
}
