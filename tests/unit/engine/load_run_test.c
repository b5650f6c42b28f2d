// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

static const char *arguments(void **state, const struct wf_task *task) {
  jv text = jv_dump_string(jv_copy(task->call.arguments->constant), JV_PRINT_SORTED);
  const char *json = arena_strdup(((struct loaded *)*state)->arena, jv_string_value(text));
  jv_free(text);
  return json;
}

static void test_container(void **state) {
  const struct wf_task *task = load_task(
      state, "do: [{a: {run: {container: {image: i, name: n, command: c, ports: {'80': 8080}, volumes: {/a: /b}, environment: {A: "
             "b}, stdin: text, arguments: [x], lifetime: {cleanup: eventually, after: PT30M}, pullPolicy: always}, return: all}}}]\n");
  assert_string_equal(task->call.function->name, "container");
  assert_int_equal(task->call.returns, WF_RETURN_ALL);
  assert_false(task->call.is_unawaited);
  assert_string_equal(arguments(state, task),
                      "{\"arguments\":[\"x\"],\"await\":true,\"command\":\"c\",\"environment\":{\"A\":\"b\"},\"image\":\"i\","
                      "\"lifetime\":{\"after\":\"PT30M\",\"cleanup\":\"eventually\"},\"name\":\"n\",\"ports\":{\"80\":8080},"
                      "\"pullPolicy\":\"always\",\"return\":\"all\",\"stdin\":\"text\",\"volumes\":{\"/a\":\"/b\"}}");
}

static void test_script_and_shell(void **state) {
  const struct wf_task *task = load_task(state, "do: [{a: {run: {script: {language: python, code: 'print(1)'}, await: false}}}]\n");
  assert_string_equal(task->call.function->name, "script");
  assert_true(task->call.is_unawaited);
  assert_int_equal(task->call.returns, WF_RETURN_STDOUT);
  load_task(state, "do: [{a: {run: {script: {language: js, source: {endpoint: 'https://e.com/s.js'}, environment: {A: 1}}}}}]\n");
  task = load_task(state, "do: [{a: {run: {shell: {command: ls, arguments: ['-l'], stdin: '${ .x }'}, return: none}}}]\n");
  assert_string_equal(task->call.function->name, "shell");
  assert_int_equal(task->call.returns, WF_RETURN_NONE);
}

static void test_refused(void **state) {
  (void)state;
  must_refuse(HEAD "do: [{a: {run: {}}}]\n", "2:16: `run` does not say what: expected one of container, script, shell, workflow");
  must_refuse(HEAD "do: [{a: {run: {shell: {command: a}, script: {language: js, code: a}}}}]\n", "2:16: `run` has both `shell` and `script`");
  must_refuse(HEAD "do: [{a: {run: {shel: {command: a}}}}]\n", "2:16: `run` does not say what");
  must_refuse(HEAD "do: [{a: {run: {container: {command: a}}}}]\n", "2:28: `image` is missing in a container");
  must_refuse(HEAD "do: [{a: {run: {script: {language: js}}}}]\n", "2:25: a script has none of them: expected exactly one of code or source");
  must_refuse(HEAD "do: [{a: {run: {shell: {command: a}, return: stdot}}}]\n", "2:46: `return: stdot`, did you mean `stdout`?; expected one of stdout, stderr, code, all, none");
  must_refuse(HEAD "do: [{a: {run: {shell: {command: a}, await: maybe}}}]\n", "2:45: `await` is a text: expected true or false");
  must_refuse(HEAD "do: [{a: {run: {shell: {command: a, arguments: [1]}}}}]\n", "2:49: `arguments` is a number: expected a list of texts");
  must_refuse(HEAD "do: [{a: {run: {container: {image: a, lifetime: {cleanup: eventually}}}}}]\n", "2:49: `after` in a container's lifetime goes with `cleanup: eventually`: expected both");
  must_refuse(HEAD "do: [{a: {run: {container: {image: a, lifetime: {cleanup: never, after: PT1S}}}}}]\n", "2:49: expected neither");
  must_refuse(HEAD "do: [{a: {run: {container: {image: a, pullPolicy: Always}}}}]\n", "2:51: `pullPolicy: Always`, did you mean `always`?");
}

int main(void) {
  const struct CMUnitTest tests[] = {LOADED(test_container), LOADED(test_script_and_shell), LOADED(test_refused)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
