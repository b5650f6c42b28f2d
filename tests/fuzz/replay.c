// SPDX-License-Identifier: Apache-2.0
// A main for fuzz targets without libFuzzer: runs each file of the folders given,
// and reports each as a test case in TAP.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SEED_MAX = 4 << 20 };

static int run_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) return -1;
  uint8_t *data = malloc(SEED_MAX);
  if (!data) abort();
  size_t size = fread(data, 1, SEED_MAX, file);
  fclose(file);
  uint8_t *exact = malloc(size ? size : 1); // so that reading past the end is seen
  if (!exact) abort();
  for (size_t i = 0; i < size; i++) exact[i] = data[i];
  free(data);
  LLVMFuzzerTestOneInput(exact, size);
  free(exact);
  return 0;
}

static int is_seed(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int main(int argc, char **argv) {
  int cases = 0, failed = 0;
  for (int i = 1; i < argc; i++) {
    struct dirent **entries;
    int count = scandir(argv[i], &entries, is_seed, alphasort);
    for (int j = 0; j < count; j++) {
      char path[4096];
      snprintf(path, sizeof path, "%s/%s", argv[i], entries[j]->d_name);
      int error = run_file(path);
      failed += error != 0;
      printf("%s %d - %s\n", error ? "not ok" : "ok", ++cases, entries[j]->d_name);
      free(entries[j]);
    }
    if (count >= 0) free(entries);
  }
  printf("1..%d\n", cases);
  return cases == 0 || failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
