// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/xalloc.h"
#include "io/openapi_request.h"

static const char pets[] =
    "{\"openapi\":\"3.0.3\",\"servers\":[{\"url\":\"/v1/\"}],\"paths\":{"
    "\"/pets/{id}\":{\"parameters\":[{\"name\":\"id\",\"in\":\"path\",\"required\":true},{\"name\":\"lang\",\"in\":\"query\"}],"
    "\"get\":{\"operationId\":\"getPet\",\"parameters\":[{\"$ref\":\"#/components/parameters/lang\"},"
    "{\"name\":\"tags\",\"in\":\"query\"},{\"name\":\"s\",\"in\":\"cookie\"},{\"name\":\"t\",\"in\":\"cookie\"}],"
    "\"responses\":{\"200\":{\"content\":{\"application/json\":{}}}}}},"
    "\"/pets\":{\"post\":{\"operationId\":\"addPet\",\"requestBody\":{\"required\":true,\"content\":{\"application/json\":{\"schema\":{}}}}},"
    "\"put\":{\"operationId\":\"post\",\"requestBody\":{\"content\":{\"application/json\":{\"schema\":{\"properties\":{\"body\":{}}}}}}},"
    "\"get\":{\"operationId\":\"listPets\",\"parameters\":[{\"name\":\"limit\",\"in\":\"query\",\"required\":true,\"schema\":{\"default\":20}},"
    "{\"name\":\"owner\",\"in\":\"query\",\"required\":true}]},"
    "\"patch\":{\"operationId\":\"upload\",\"requestBody\":{\"content\":{\"multipart/form-data\":{\"schema\":{\"properties\":{\"file\":{\"format\":\"binary\"}}}}}}},"
    "\"head\":{\"operationId\":\"broken\",\"parameters\":[{\"$ref\":\"#/none\"}]}},"
    "\"/x/{a}/{b}\":{\"get\":{\"operationId\":\"bare\"}}},"
    "\"components\":{\"parameters\":{\"lang\":{\"name\":\"lang\",\"in\":\"header\"}}}}";
static const char swagger[] =
    "{\"swagger\":\"2.0\",\"host\":\"p\",\"basePath\":\"/v2\",\"paths\":{\"/pet\":{"
    "\"post\":{\"operationId\":\"addPet\",\"parameters\":[{\"in\":\"body\",\"name\":\"pet\",\"required\":true,\"schema\":{}}]},"
    "\"put\":{\"operationId\":\"login\",\"consumes\":[\"application/x-www-form-urlencoded\"],\"parameters\":[{\"in\":\"formData\",\"name\":\"user\",\"type\":\"string\"},"
    "{\"in\":\"formData\",\"name\":\"age\",\"type\":\"integer\"}]},"
    "\"get\":{\"operationId\":\"find\",\"produces\":[\"application/xml\",\"application/json\"],\"parameters\":[{\"in\":\"query\",\"name\":\"status\",\"type\":\"array\",\"collectionFormat\":\"multi\"}]},"
    "\"patch\":{\"operationId\":\"upload\",\"parameters\":[{\"in\":\"formData\",\"name\":\"file\",\"type\":\"file\"},"
    "{\"in\":\"formData\",\"name\":\"tags\",\"type\":\"array\"}]}}}}";

static int make(const char *document, const char *operation, const char *parameters, jv *ret_with, struct http_fault *ret_fault) {
  char *text = xasprintf("{\"operationId\":\"%s\",\"parameters\":%s}", operation, parameters);
  jv with = jv_parse(text), parsed = jv_parse(document);
  assert_true(jv_is_valid(with) && jv_is_valid(parsed));
  free(text);
  int status = openapi_request_make(with, parsed, "http://h/api.json", ret_with, ret_fault);
  jv_free(with);
  jv_free(parsed);
  return status;
}

static void assert_made(const char *document, const char *operation, const char *parameters, const char *expected) {
  jv with;
  struct http_fault fault = {0};
  int status = make(document, operation, parameters, &with, &fault);
  if (fault.detail) print_message("%s\n", fault.detail);
  assert_int_equal(status, 0);
  jv text = jv_dump_string(with, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), expected);
  jv_free(text);
}

static void assert_refused(const char *document, const char *operation, const char *parameters, enum wf_error_kind kind, const char *says) {
  jv with;
  struct http_fault fault = {0};
  assert_int_equal(make(document, operation, parameters, &with, &fault), -WF_EINVAL);
  assert_int_equal(fault.kind, kind);
  assert_non_null(strstr(fault.detail, says));
  http_fault_clear(&fault);
}

static void test_places(void **state) {
  (void)state;
  assert_made(pets, "getPet", "{\"id\":\"a/b\",\"lang\":\"de\",\"tags\":[1,2],\"s\":\"x\",\"t\":\"y\"}",
              "{\"endpoint\":{\"uri\":\"http://h/v1/pets/a%2Fb?lang=de&tags=1&tags=2\"},"
              "\"headers\":{\"Accept\":\"application/json\",\"Cookie\":\"s=x; t=y\",\"lang\":\"de\"},\"method\":\"get\"}");
  assert_made(pets, "getPet", "{\"id\":7,\"tags\":null}",
              "{\"endpoint\":{\"uri\":\"http://h/v1/pets/7\"},\"headers\":{\"Accept\":\"application/json\"},\"method\":\"get\"}");
  assert_made(pets, "getPet", "{\"id\":7,\"LANG\":\"de\"}",
              "{\"endpoint\":{\"uri\":\"http://h/v1/pets/7\"},\"headers\":{\"Accept\":\"application/json\",\"lang\":\"de\"},\"method\":\"get\"}");
}

static void test_bodies(void **state) {
  (void)state;
#define ADD(body) "{\"body\":" body ",\"endpoint\":{\"uri\":\"http://h/v1/pets\"},\"headers\":{\"Content-Type\":\"application/json\"},\"method\":"
  assert_made(pets, "addPet", "{\"body\":{\"a\":1}}", ADD("{\"a\":1}") "\"post\"}");
  assert_made(pets, "addPet", "{\"name\":\"x\"}", ADD("{\"name\":\"x\"}") "\"post\"}");
  assert_made(pets, "addPet", "{\"name\":\"x\",\"body\":\"y\"}", ADD("{\"body\":\"y\",\"name\":\"x\"}") "\"post\"}");
  assert_made(pets, "post", "{\"body\":\"y\"}", ADD("{\"body\":\"y\"}") "\"put\"}");
  assert_refused(pets, "addPet", "{}", WF_ERROR_VALIDATION, "needs a body");
  assert_made(pets, "upload", "{\"file\":\"x\",\"n\":1}",
              "{\"body\":{\"file\":{\"content\":\"x\",\"contentType\":\"application/octet-stream\",\"filename\":\"file\"},\"n\":1},"
              "\"endpoint\":{\"uri\":\"http://h/v1/pets\"},\"headers\":{\"Content-Type\":\"multipart/form-data\"},\"method\":\"patch\"}");
}

static void test_required_and_unknown(void **state) {
  (void)state;
  assert_refused(pets, "getPet", "{}", WF_ERROR_VALIDATION, "`id` (in path)");
  assert_refused(pets, "listPets", "null", WF_ERROR_VALIDATION, "`owner` (in query)");
  assert_made(pets, "listPets", "{\"owner\":\"me\"}", "{\"endpoint\":{\"uri\":\"http://h/v1/pets?limit=20&owner=me\"},\"headers\":{},\"method\":\"get\"}");
  assert_refused(pets, "getPet", "{\"id\":1,\"colour\":2}", WF_ERROR_VALIDATION, "`colour`");
  assert_refused(pets, "getPets", "{}", WF_ERROR_CONFIGURATION, "did you mean `getPet`?");
  assert_refused(pets, "broken", "{}", WF_ERROR_CONFIGURATION, "refers to");
}

static void test_a_path_stays_a_path(void **state) {
  (void)state;
  assert_refused(pets, "getPet", "{\"id\":\"..\"}", WF_ERROR_VALIDATION, "another path");
  assert_made(pets, "bare", "{\"a\":\"{b}\",\"b\":\"../c\"}", "{\"endpoint\":{\"uri\":\"http://h/v1/x/%7Bb%7D/..%2Fc\"},\"headers\":{},\"method\":\"get\"}");
  assert_refused(pets, "bare", "{\"a\":\"1\"}", WF_ERROR_VALIDATION, "`b` (in path)");
}

static void test_a_path_of_nothing(void **state) {
  (void)state;
  assert_made("{\"openapi\":\"3.0.0\",\"paths\":{\"\":{\"get\":{\"operationId\":\"root\",\"parameters\":[{\"name\":\"a\",\"in\":\"path\"}]}}}}", "root", "{\"a\":1}",
              "{\"endpoint\":{\"uri\":\"http://h\"},\"headers\":{},\"method\":\"get\"}");
}

static void test_swagger(void **state) {
  (void)state;
  assert_made(swagger, "addPet", "{\"pet\":{\"a\":1}}",
              "{\"body\":{\"a\":1},\"endpoint\":{\"uri\":\"http://p/v2/pet\"},\"headers\":{\"Content-Type\":\"application/json\"},\"method\":\"post\"}");
  assert_made(swagger, "addPet", "{\"body\":{\"a\":1}}",
              "{\"body\":{\"a\":1},\"endpoint\":{\"uri\":\"http://p/v2/pet\"},\"headers\":{\"Content-Type\":\"application/json\"},\"method\":\"post\"}");
  assert_made(swagger, "login", "{\"user\":\"x\",\"age\":7}",
              "{\"body\":{\"age\":7,\"user\":\"x\"},\"endpoint\":{\"uri\":\"http://p/v2/pet\"},"
              "\"headers\":{\"Content-Type\":\"application/x-www-form-urlencoded\"},\"method\":\"put\"}");
  assert_made(swagger, "find", "{\"status\":[\"a\",\"b\"]}",
              "{\"endpoint\":{\"uri\":\"http://p/v2/pet?status=a&status=b\"},\"headers\":{\"Accept\":\"application/json\"},\"method\":\"get\"}");
  assert_made(swagger, "upload", "{\"file\":\"x\",\"tags\":[1,2]}",
              "{\"body\":{\"file\":{\"content\":\"x\",\"contentType\":\"application/octet-stream\",\"filename\":\"file\"},\"tags\":\"1,2\"},"
              "\"endpoint\":{\"uri\":\"http://p/v2/pet\"},\"headers\":{\"Content-Type\":\"multipart/form-data\"},\"method\":\"patch\"}");
  assert_refused(swagger, "addPet", "{}", WF_ERROR_VALIDATION, "needs a body");
}

static void test_the_rest_of_with(void **state) {
  (void)state;
  jv with = jv_parse("{\"operationId\":\"find\",\"output\":\"raw\",\"redirect\":true,\"authentication\":{\"bearer\":{\"token\":\"t\"}}}");
  jv document = jv_parse(swagger), made;
  struct http_fault fault;
  assert_int_equal(openapi_request_make(with, document, "http://h/api.json", &made, &fault), 0);
  jv text = jv_dump_string(made, JV_PRINT_SORTED);
  assert_string_equal(jv_string_value(text), "{\"endpoint\":{\"authentication\":{\"bearer\":{\"token\":\"t\"}},\"uri\":\"http://p/v2/pet\"},"
                                             "\"headers\":{\"Accept\":\"application/json\"},\"method\":\"get\",\"output\":\"raw\",\"redirect\":true}");
  jv_free(text);
  jv_free(with);
  jv_free(document);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_places),
      cmocka_unit_test(test_bodies),
      cmocka_unit_test(test_required_and_unknown),
      cmocka_unit_test(test_a_path_stays_a_path),
      cmocka_unit_test(test_a_path_of_nothing),
      cmocka_unit_test(test_swagger),
      cmocka_unit_test(test_the_rest_of_with),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
