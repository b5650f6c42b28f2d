// SPDX-License-Identifier: Apache-2.0
// Golden traces: each file of tests/golden is a story of one run, told as inputs (`> …`)
// and the exact text of the events, effects and state they led to. With
// WORKFLOWD_WRITE_TRACES=1 in the environment the files are written anew.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>

#include "base/xalloc.h"
#include "story.h"
#include "story_check.h"

static char *file_read(const char *path) {
  FILE *file = fopen(path, "r");
  assert_non_null(file);
  struct buf buf = {0};
  char piece[4096];
  size_t size;
  while ((size = fread(piece, 1, sizeof piece, file)) > 0) buf_put(&buf, piece, size);
  fclose(file);
  buf_put_u8(&buf, 0);
  return buf.data;
}

// "+90s", "+2h", "+3d"
static usec_t span(const char *text) {
  char *unit;
  long count = strtol(text + 1, &unit, 10);
  switch (*unit) {
  case 's': return count * USEC_PER_SEC;
  case 'm': return count * USEC_PER_MIN;
  case 'h': return count * USEC_PER_HOUR;
  case 'd': return count * USEC_PER_DAY;
  default: fail_msg("no unit in %s", text); return 0;
  }
}

static char *member(jv object, const char *name) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  char *text = jv_get_kind(value) == JV_KIND_STRING ? xstrdup(jv_string_value(value)) : NULL;
  jv_free(value);
  return text;
}

static double number(jv object, const char *name) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  double result = jv_get_kind(value) == JV_KIND_NUMBER ? jv_number_value(value) : 0;
  jv_free(value);
  return result;
}

static bool is_false(jv object, const char *name) {
  jv value = jv_object_get(jv_copy(object), jv_string(name));
  bool result = jv_get_kind(value) == JV_KIND_FALSE;
  jv_free(value);
  return result;
}

// "1/1 completed {…}" or "1/2 failed {…}"
static void play_result(struct story *story, const char *text) {
  int action_no, attempt, used = 0;
  char word[16];
  assert_int_equal(sscanf(text, "%d/%d %15s %n", &action_no, &attempt, word, &used), 3);
  jv object = text[used] ? jv_parse(text + used) : jv_object();
  assert_int_equal(jv_get_kind(object), JV_KIND_OBJECT);
  char *texts[] = {member(object, "outcome"), member(object, "external_reference"),
                   member(object, "summary"), member(object, "internal"),
                   member(object, "type"),    member(object, "title"),
                   member(object, "detail")};
  struct wf_result result = {
      .action_no = action_no,
      .attempt = attempt,
      .completed = strcmp(word, "completed") == 0,
      .output = jv_object_get(jv_copy(object), jv_string("output")),
      .outcome = texts[0],
      .external_reference = texts[1],
      .summary = texts[2],
      .detail_internal = texts[3],
      .error_type = texts[4],
      .error_title = texts[5],
      .error_detail = texts[6],
      .error_status = (int32_t)number(object, "status"),
      .retryable = !is_false(object, "retryable"),
      .retry_after = (usec_t)(number(object, "retry_after") * (double)USEC_PER_SEC),
  };
  story_result(story, &result);
  jv_free(result.output);
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) free(texts[i]);
  jv_free(object);
}

static void play_create(struct story *story, char *text) {
  char *recipient = strstr(text, " for ");
  if (recipient) *recipient = '\0';
  story_create(story, *text ? text : NULL, recipient ? recipient + 5 : NULL);
}

// "rehearse {trigger's data} with {results}"
static void play_rehearsal(struct story *story, char *text) {
  char *results = strstr(text, " with ");
  if (results) *results = '\0';
  story->sandbox = story->skip_delays = true;
  story->results = results ? results + 6 : NULL;
  story_create(story, *text ? text : NULL, NULL);
}

static bool play_control(struct story *story, const char *text) {
  static const char *const words[] = {[WF_CONTROL_CANCEL] = "cancel",
                                      [WF_CONTROL_SUSPEND] = "suspend",
                                      [WF_CONTROL_RESUME] = "resume",
                                      [WF_CONTROL_RETRY] = "retry",
                                      [WF_CONTROL_WAKE] = "wake"};
  for (int i = 0; i < 5; i++) {
    size_t size = strlen(words[i]);
    if (strncmp(text, words[i], size) != 0) continue;
    story_control(story, (enum wf_control)i, text[size] == ' ' ? text + size + 1 : NULL);
    return true;
  }
  return false;
}

// One line: "[+2h ]create …", "result …", "due", "timer N", "event {…}", "cancel why", …
static void play(struct story *story, char *line) {
  if (*line == '+') {
    char *rest = strchr(line, ' ');
    assert_non_null(rest);
    story->now += span(line);
    line = rest + 1;
  }
  if (strncmp(line, "create", 6) == 0) {
    play_create(story, line + 6 + (line[6] == ' '));
  } else if (strncmp(line, "rehearse ", 9) == 0) {
    play_rehearsal(story, line + 9);
  } else if (strncmp(line, "result ", 7) == 0) {
    play_result(story, line + 7);
  } else if (strncmp(line, "event ", 6) == 0) {
    story_event(story, line + 6);
  } else if (strncmp(line, "timer ", 6) == 0) {
    story_timer(story, atoi(line + 6));
  } else if (strcmp(line, "due") == 0) {
    assert_true(story_due(story));
  } else if (!play_control(story, line)) {
    fail_msg("no such input: %s", line);
  }
}

// The text before the script is the definition, or names a file of the project; owned.
static char *definition(const char *text, size_t size) {
  static const char mark[] = "definition: ";
  if (strncmp(text, mark, sizeof mark - 1) != 0) return xstrndup(text, size);
  const char *name = text + sizeof mark - 1;
  char *path = xasprintf("%s/%.*s", SOURCE_FOLDER, (int)strcspn(name, "\n"), name);
  char *document = file_read(path);
  free(path);
  return document;
}

// The file with every input's outcome as it is now; owned.
static char *replay(const char *text) {
  const char *mark = strstr(text, "\n---\n");
  assert_non_null(mark);
  char *script = xstrdup(mark + 5);
  char *document = definition(text, (size_t)(mark - text) + 1);
  struct story *story = story_new(document);
  struct buf out = {0};
  buf_put(&out, text, (size_t)(mark - text) + 5);
  char *rest = script;
  for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
    if (*line == '#') buf_printf(&out, "\n%s\n", line);
    if (*line != '>') continue;
    buf_printf(&out, "\n%s\n", line);
    play(story, line + 2);
    char clock[CLOCK_TEXT_SIZE];
    clock_format(story->now, clock);
    buf_printf(&out, "  at %.19sZ\n", clock);
    buf_put(&out, story->transcript.data, story->transcript.size);
    buf_reset(&story->transcript);
  }
  story_prove_prefixes(story);
  story_free(story);
  free(document);
  free(script);
  buf_put_u8(&out, 0);
  return out.data;
}

static void trace(void **state) {
  const char *path = *state;
  char *text = file_read(path);
  char *now = replay(text);
  if (getenv("WORKFLOWD_WRITE_TRACES")) {
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(now, file);
    fclose(file);
  } else {
    size_t at = 0;
    while (text[at] && text[at] == now[at]) at++;
    while (at > 0 && text[at - 1] != '\n') at--;
    if (strcmp(text, now) != 0)
      fail_msg("%s differs; it says:\n%.600s\n--- but now it is:\n%.600s", path, text + at, now + at);
  }
  free(now);
  free(text);
}

static int is_trace(const struct dirent *entry) {
  size_t size = strlen(entry->d_name);
  return size > 6 && strcmp(entry->d_name + size - 6, ".trace") == 0;
}

int main(void) {
  enum { TRACES_MAX = 256 };
  static struct CMUnitTest tests[TRACES_MAX];
  struct dirent **entries;
  int count = scandir(GOLDEN_FOLDER, &entries, is_trace, alphasort);
  if (count < 1 || count > TRACES_MAX) return 1;
  for (int i = 0; i < count; i++) {
    char *path = xasprintf("%s/%s", GOLDEN_FOLDER, entries[i]->d_name);
    tests[i] = (struct CMUnitTest){.name = xstrdup(entries[i]->d_name), .test_func = trace, .initial_state = path};
    free(entries[i]);
  }
  free(entries);
  int failed = _cmocka_run_group_tests("golden traces", tests, (size_t)count, NULL, NULL);
  for (int i = 0; i < count; i++) {
    free(tests[i].initial_state);
    free((void *)tests[i].name);
  }
  return failed;
}
