// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "io/openapi_style.h"

// The examples of OpenAPI 3.1, "Style Examples".
static const char *const empty = "\"\"", *const text = "\"blue\"", *const array = "[\"blue\",\"black\",\"brown\"]",
                        *const object = "{\"R\":100,\"G\":200,\"B\":150}";

typedef void put(jv parameter, jv value, struct buf *out);

static void assert_put(put *into, const char *more, const char *value, const char *expected) {
  struct buf all = {0}, out = {0};
  buf_printf(&all, "{\"name\":\"color\"%s}", more);
  buf_put_u8(&all, 0);
  jv parameter = jv_parse(all.data);
  assert_true(jv_is_valid(parameter));
  into(parameter, jv_parse(value), &out);
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, expected);
  jv_free(parameter);
  buf_free(&all);
  buf_free(&out);
}

#define STYLE(style) ",\"style\":\"" style "\""
#define EXPLODE ",\"explode\":true"
#define NOT ",\"explode\":false"

static void test_paths(void **state) {
  (void)state;
  assert_put(openapi_style_path, "", text, "blue");
  assert_put(openapi_style_path, "", "\"a/b c\"", "a%2Fb%20c");
  assert_put(openapi_style_path, "", "7", "7");
  assert_put(openapi_style_path, "", "true", "true");
  assert_put(openapi_style_path, "", array, "blue,black,brown");
  assert_put(openapi_style_path, "", object, "R,100,G,200,B,150");
  assert_put(openapi_style_path, EXPLODE, object, "R=100,G=200,B=150");
  assert_put(openapi_style_path, STYLE("label"), text, ".blue");
  assert_put(openapi_style_path, STYLE("label") EXPLODE, array, ".blue.black.brown");
  assert_put(openapi_style_path, STYLE("matrix"), empty, ";color");
  assert_put(openapi_style_path, STYLE("matrix"), array, ";color=blue,black,brown");
  assert_put(openapi_style_path, STYLE("matrix") EXPLODE, object, ";R=100;G=200;B=150");
}

static void put_named(const char *name, const char *more, const char *value, const char *expected) {
  struct buf out = {0};
  jv parameter = jv_object_set(jv_parse(more), jv_string("name"), jv_string(name));
  openapi_style_query(parameter, jv_parse(value), &out);
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, expected);
  jv_free(parameter);
  buf_free(&out);
}

static void test_names_that_a_template_cannot_have(void **state) {
  (void)state;
  put_named("x y[]", "{}", array, "x%20y%5B%5D=blue&x%20y%5B%5D=black&x%20y%5B%5D=brown");
  put_named("page:2", "{}", text, "page%3A2=blue");
  put_named("a,b", "{\"explode\":false}", array, "a,b=blue,black,brown");
  put_named("a:b", "{}", object, "R=100&G=200&B=150");
  put_named("a:b", "{}", "[]", "");
  put_named("ids[]", "{}", "[1,2]", "ids[]=1&ids[]=2");
}

static void test_queries(void **state) {
  (void)state;
  assert_put(openapi_style_query, "", empty, "color=");
  assert_put(openapi_style_query, "", text, "color=blue");
  assert_put(openapi_style_query, "", array, "color=blue&color=black&color=brown");
  assert_put(openapi_style_query, NOT, array, "color=blue,black,brown");
  assert_put(openapi_style_query, "", object, "R=100&G=200&B=150");
  assert_put(openapi_style_query, NOT, object, "color=R,100,G,200,B,150");
  assert_put(openapi_style_query, STYLE("spaceDelimited"), array, "color=blue%20black%20brown");
  assert_put(openapi_style_query, STYLE("pipeDelimited"), array, "color=blue%7Cblack%7Cbrown");
  assert_put(openapi_style_query, STYLE("deepObject") EXPLODE, object, "color[R]=100&color[G]=200&color[B]=150");
  assert_put(openapi_style_query, ",\"content\":{\"application/json\":{}}", object, "color=%7B%22R%22%3A100%2C%22G%22%3A200%2C%22B%22%3A150%7D");
  assert_put(openapi_style_query, "", "\"a&b=c\"", "color=a%26b%3Dc");
  assert_put(openapi_style_query, "", "[]", "");
  assert_put(openapi_style_query, ",\"allowReserved\":true", "\"/a?b=c:d&e#f%20 \"", "color=/a?b=c:d%26e%23f%20%20");
  assert_put(openapi_style_query, ",\"allowReserved\":true", "[\"a/b\",\"\",\"&\"]", "color=a/b&color=&color=%26");
  assert_put(openapi_style_query, ",\"allowReserved\":false", "\"a/b\"", "color=a%2Fb");
}

static void test_queries_of_swagger(void **state) {
  (void)state;
  assert_put(openapi_style_query, ",\"type\":\"array\"", array, "color=blue,black,brown");
  assert_put(openapi_style_query, ",\"type\":\"array\",\"collectionFormat\":\"multi\"", array, "color=blue&color=black&color=brown");
  assert_put(openapi_style_query, ",\"type\":\"array\",\"collectionFormat\":\"ssv\"", array, "color=blue%20black%20brown");
  assert_put(openapi_style_query, ",\"type\":\"array\",\"collectionFormat\":\"tsv\"", array, "color=blue%09black%09brown");
  assert_put(openapi_style_query, ",\"type\":\"array\",\"collectionFormat\":\"pipes\"", array, "color=blue%7Cblack%7Cbrown");
  assert_put(openapi_style_query, ",\"type\":\"string\"", text, "color=blue");
}

static void test_a_second_one_is_joined(void **state) {
  (void)state;
  jv parameter = jv_parse("{\"name\":\"a\"}"), odd = jv_parse("{\"name\":\"x:y{z}\"}");
  struct buf query = {0};
  openapi_style_query(parameter, jv_array(), &query);
  openapi_style_query(parameter, jv_number(1), &query);
  openapi_style_query(odd, jv_string("2 3"), &query);
  buf_put_u8(&query, 0);
  assert_string_equal(query.data, "a=1&x%3Ay%7Bz%7D=2%203");
  buf_free(&query);
  jv_free(parameter);
  jv_free(odd);
}

static void test_headers_and_cookies(void **state) {
  (void)state;
  assert_put(openapi_style_header, "", "\"a b/c\"", "a b/c");
  assert_put(openapi_style_header, "", array, "blue,black,brown");
  assert_put(openapi_style_header, "", object, "R,100,G,200,B,150");
  assert_put(openapi_style_header, EXPLODE, object, "R=100,G=200,B=150");
  assert_put(openapi_style_cookie, "", "\"a;b\"", "color=a%3Bb");
  assert_put(openapi_style_cookie, NOT, array, "color=blue,black,brown");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_paths),
      cmocka_unit_test(test_names_that_a_template_cannot_have),
      cmocka_unit_test(test_queries),
      cmocka_unit_test(test_queries_of_swagger),
      cmocka_unit_test(test_a_second_one_is_joined),
      cmocka_unit_test(test_headers_and_cookies),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
