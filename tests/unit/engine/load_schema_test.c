// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "load_fixture.h"

#define REFUSE(part, expected) must_refuse(HEAD "do: [{a: {set: {x: 1}, " part "}}]\n", expected)

static void test_schemas_of_a_task(void **state) {
  const struct wf_data_flow *data = &load_task(state, "do: [{a: {set: {x: 1}, input: {schema: {document: {type: object}}},\n"
                                                      "  output: {as: .x, schema: {format: json, document: {type: "
                                                      "number}}},\n  export: {schema: {document: true}}}}]\n")
                                          ->data;
  assert_string_equal(data->input_schema->text, "{\"type\":\"object\"}");
  assert_string_equal(data->output_schema->text, "{\"type\":\"number\"}");
  assert_string_equal(data->export_schema->text, "true");
  assert_true(data->input_schema->hash != data->output_schema->hash);
  assert_non_null(data->output_as);
  assert_null(data->export_as);
}

static void test_schemas_of_the_workflow(void **state) {
  load_task(state, "input: {schema: {document: {}}}\noutput: {schema: {document: {type: array}}}\ndo: [{a: {wait: PT1S}}]\n");
  const struct wf_data_flow *data = wf_definition_data(((struct loaded *)*state)->definition);
  assert_string_equal(data->input_schema->text, "{}");
  assert_string_equal(data->output_schema->text, "{\"type\":\"array\"}");
}

static void test_formats(void **state) {
  static const char *const formats[] = {"json", "json:7", "'json:draft-07'", "json:draft7", "'json:2020-12'", "'json:draft/2019-09'", "json:4", NULL};
  for (const char *const *format = formats; *format; format++)
    load_task(state, arena_printf(((struct loaded *)*state)->arena,
                                  "do: [{a: {set: {x: 1}, input: {schema: {format: %s, document: {}}}}}]\n", *format));
  REFUSE("input: {schema: {format: avro, document: {}}}", "2:49: schema format `avro` is not known here: expected json");
  REFUSE("input: {schema: {format: 'json:2021', document: {}}}", "2:49: schema format `json:2021` is not known here");
}

static void test_a_schema_that_is_none(void **state) {
  (void)state;
  REFUSE("input: {schema: {document: {type: strange}}}", "2:51: the schema is none: ");
  REFUSE("output: {schema: {document: {$ref: '#/nowhere'}}}", "2:52: the schema is none: `$ref: #/nowhere` refers to nothing");
  REFUSE("export: {schema: {document: [1]}}", "2:52: the schema is none: a schema is an object");
  REFUSE("input: {schema: {format: json}}", "2:40: `schema` has no schema: expected one of document, resource");
  REFUSE("input: {schema: {document: {}, documents: {}}}", "2:55: unknown key `documents` in `schema`, did you mean `document`?");
}

static void test_other_keys(void **state) {
  (void)state;
  REFUSE("input: {form: .x}", "2:32: unknown key `form` in `input`, did you mean `from`?");
  REFUSE("output: {from: .x}", "2:33: unknown key `from` in `output`; expected as, schema");
  REFUSE("export: [1]", "2:32: `export` is a list: expected an object");
  must_refuse(HEAD "export: {as: .x}\ndo: [{a: {wait: PT1S}}]\n", "2:1: unknown key `export` in a workflow");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      LOADED(test_schemas_of_a_task),          LOADED(test_schemas_of_the_workflow), LOADED(test_formats),
      cmocka_unit_test(test_a_schema_that_is_none), cmocka_unit_test(test_other_keys),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
