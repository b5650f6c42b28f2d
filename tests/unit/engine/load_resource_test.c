// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/error.h"
#include "load_fixture.h"

// A world in which a few things are there.
static int read_here(void *context, const char *uri, struct arena *arena, const char **ret_text) {
  int *reads = context;
  (void)arena;
  ++*reads;
  if (strcmp(uri, "https://e.com/text.json") == 0)
    *ret_text = "{\"type\":\"string\"}";
  else if (strcmp(uri, "https://e.com/bad.yaml") == 0)
    *ret_text = "type: strange\n";
  else if (strcmp(uri, "https://e.com/broken.yaml") == 0)
    *ret_text = "a: [\n";
  else
    return -WF_EIO;
  return 0;
}

#define ONE(uri) "do: [{a: {set: {x: 1}, input: {schema: {resource: {endpoint: '" uri "'}}}}}]\n"

// The document, loaded where resources are there; what is wrong with it.
static const char *load_there(struct arena *arena, const char *document, int *reads, struct wf_definition **ret_definition) {
  struct wf_resources resources = {read_here, reads};
  struct wf_catalog catalog = CATALOG;
  struct wf_problems problems;
  catalog.resources = &resources;
  if (wf_definition_load(document, strlen(document), &catalog, arena, ret_definition, &problems) == 0) return "";
  return arena_printf(arena, "%d:%d: %s", problems.items[0].line, problems.items[0].column, problems.items[0].text);
}

static const struct wf_schema *schema_of(const struct wf_definition *definition) {
  return wf_definition_tasks(definition)->tasks[0].data.input_schema;
}

static void test_a_published_document_carries_what_was_there(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  struct wf_definition *definition = NULL;
  int reads = 0;
  assert_string_equal(load_there(arena, HEAD ONE("https://e.com/text.json"), &reads, &definition), "");
  assert_string_equal(schema_of(definition)->text, "{\"type\":\"string\"}");
  size_t size;
  const char *pinned = wf_definition_pin(definition, HEAD ONE("https://e.com/text.json"),
                                         strlen(HEAD ONE("https://e.com/text.json")), arena, &size);
  wf_definition_free(definition);
  // It is read back where nothing is there, and is not read again where it is.
  definition = must_load(arena, pinned);
  assert_string_equal(schema_of(definition)->text, "{\"type\":\"string\"}");
  assert_string_equal(schema_of(definition)->uri, "https://e.com/text.json");
  wf_definition_free(definition);
  assert_string_equal(load_there(arena, pinned, &reads, &definition), "");
  assert_int_equal(reads, 1);
  size_t again;
  assert_ptr_equal(wf_definition_pin(definition, pinned, size, arena, &again), pinned);
  wf_definition_free(definition);
}

static void test_what_is_not_there_loads(void **state) {
  struct wf_definition *definition = must_load(((struct loaded *)*state)->arena, HEAD ONE("https://e.com/none.json"));
  assert_null(schema_of(definition)->text);
  assert_string_equal(schema_of(definition)->uri, "https://e.com/none.json");
  wf_definition_free(definition);
}

static void test_the_same_is_read_once(void **state) {
  struct wf_definition *definition = NULL;
  int reads = 0;
  load_there(((struct loaded *)*state)->arena,
             HEAD "input: {schema: {resource: {endpoint: https://e.com/text.json}}}\n"
                  "output: {schema: {resource: {name: r, endpoint: {uri: https://e.com/text.json}}}}\n" ONE("https://e.com/text.json"),
             &reads, &definition);
  assert_int_equal(reads, 1);
  wf_definition_free(definition);
}

static void test_a_resource_that_is_no_schema(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  struct wf_definition *definition = NULL;
  int reads = 0;
  const char *problem = load_there(arena, HEAD ONE("https://e.com/bad.yaml"), &reads, &definition);
  assert_memory_equal(problem, "2:51: https://e.com/bad.yaml is none: ", 37);
  problem = load_there(arena, HEAD ONE("https://e.com/broken.yaml"), &reads, &definition);
  assert_memory_equal(problem, "2:51: https://e.com/broken.yaml, line 2, column 1: not valid YAML", 60);
}

static void test_too_much_for_one_document(void **state) {
  struct arena *arena = ((struct loaded *)*state)->arena;
  struct wf_definition *definition = NULL;
  int reads = 0;
  struct buf text = {0};
  buf_puts(&text, HEAD ONE("https://e.com/text.json") "# ");
  while (text.size < WF_DOCUMENT_MAX - 10) buf_put(&text, "x", 1);
  buf_put_u8(&text, 0);
  const char *problem = load_there(arena, text.data, &reads, &definition);
  assert_memory_equal(problem, "0:0: the document with the resources that it refers to has", 58);
  buf_free(&text);
}

static void test_refused(void **state) {
  (void)state;
#define REFUSE(resource, expected) must_refuse(HEAD "do: [{a: {set: {x: 1}, input: {schema: {resource: " resource "}}}}]\n", expected)
  REFUSE("{}", "2:51: `endpoint` is missing in `resource`");
  REFUSE("{endpoint: {url: https://e.com}}", "2:62: `uri` is missing in an endpoint");
  REFUSE("{endpoint: 1}", "2:62: `endpoint` is a number: expected an absolute URI");
  REFUSE("{endpoint: https://e.com/x, form: y}", "2:79: unknown key `form` in `resource`");
  must_refuse(HEAD "do: [{a: {set: {x: 1}, input: {schema: {document: {}, resource: {endpoint: x://y}}}}}]\n",
              "2:40: `schema` has both `document` and `resource`");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_a_published_document_carries_what_was_there),
      LOADED(test_what_is_not_there_loads),
      LOADED(test_the_same_is_read_once),
      LOADED(test_a_resource_that_is_no_schema),
      LOADED(test_too_much_for_one_document),
      cmocka_unit_test(test_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
