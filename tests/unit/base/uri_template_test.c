// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "base/error.h"
#include "base/uri_template.h"

// The variables of RFC 6570, section 3.2, and some of ours.
static const struct text list[] = {TEXT("red"), TEXT("green"), TEXT("blue")}, none[1];
static const struct text keys[] = {TEXT("semi"), TEXT("dot"), TEXT("comma")}, values[] = {TEXT(";"), TEXT("."), TEXT(",")};
static const struct text count[] = {TEXT("one"), TEXT("two"), TEXT("three")};
static const struct text with_empty[] = {TEXT(""), TEXT("x")};

static void lookup(void *context, struct text name, struct uri_template_value *out) {
  (void)context;
  static const struct {
    const char *name, *value;
  } texts[] = {{"dub", "me/too"}, {"hello", "Hello World!"}, {"half", "50%"}, {"var", "value"}, {"who", "fred"},
               {"base", "http://example.com/home/"}, {"path", "/foo/bar"}, {"v", "6"}, {"x", "1024"}, {"y", "768"},
               {"empty", ""}, {"umlaut", "\u00e4\u00f6\u00fc"}, {"pet-id", "7"}, {"pet.id", "8"}, {"triplet", "a%20b"}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (text_equal(name, text_of(texts[i].name)))
      *out = (struct uri_template_value){.kind = URI_TEMPLATE_TEXT, .text = text_of(texts[i].value)};
  if (text_equal(name, TEXT("list"))) *out = (struct uri_template_value){URI_TEMPLATE_LIST, {0}, list, NULL, 3};
  if (text_equal(name, TEXT("count"))) *out = (struct uri_template_value){URI_TEMPLATE_LIST, {0}, count, NULL, 3};
  if (text_equal(name, TEXT("blank"))) *out = (struct uri_template_value){URI_TEMPLATE_LIST, {0}, with_empty, NULL, 2};
  if (text_equal(name, TEXT("keys"))) *out = (struct uri_template_value){URI_TEMPLATE_MAP, {0}, values, keys, 3};
  if (text_equal(name, TEXT("empty_keys"))) *out = (struct uri_template_value){URI_TEMPLATE_MAP, {0}, none, none, 0};
}

static void assert_expands(const char *template, const char *expected) {
  struct buf out = {0};
  assert_int_equal(uri_template_expand(text_of(template), lookup, NULL, &out), 0);
  buf_put_u8(&out, 0);
  assert_string_equal(out.data, expected);
  buf_free(&out);
}

static void assert_refused(const char *template) {
  struct buf out = {0};
  assert_int_equal(uri_template_expand(text_of(template), lookup, NULL, &out), -WF_EINVAL);
  buf_free(&out);
}

static void test_simple_expansion(void **state) {
  (void)state;
  assert_expands("{var}", "value");
  assert_expands("{hello}", "Hello%20World%21");
  assert_expands("{half}", "50%25");
  assert_expands("O{empty}X", "OX");
  assert_expands("O{undef}X", "OX");
  assert_expands("{x,y}", "1024,768");
  assert_expands("{x,hello,y}", "1024,Hello%20World%21,768");
  assert_expands("?{x,empty}", "?1024,");
  assert_expands("?{x,undef}", "?1024");
  assert_expands("?{undef,y}", "?768");
  assert_expands("{var:3}", "val");
  assert_expands("{var:30}", "value");
  assert_expands("{list}", "red,green,blue");
  assert_expands("{list*}", "red,green,blue");
  assert_expands("{keys}", "semi,%3B,dot,.,comma,%2C");
  assert_expands("{keys*}", "semi=%3B,dot=.,comma=%2C");
}

static void test_reserved_expansion(void **state) {
  (void)state;
  assert_expands("{+var}", "value");
  assert_expands("{+hello}", "Hello%20World!");
  assert_expands("{+half}", "50%25");
  assert_expands("{base}index", "http%3A%2F%2Fexample.com%2Fhome%2Findex");
  assert_expands("{+base}index", "http://example.com/home/index");
  assert_expands("here?ref={+path}", "here?ref=/foo/bar");
  assert_expands("up{+path}{var}/here", "up/foo/barvalue/here");
  assert_expands("{+path:6}/here", "/foo/b/here");
  assert_expands("{+keys}", "semi,;,dot,.,comma,,");
  assert_expands("{+keys*}", "semi=;,dot=.,comma=,");
  assert_expands("{triplet}", "a%2520b");
  assert_expands("{+triplet}", "a%20b");
}

static void test_fragment_expansion(void **state) {
  (void)state;
  assert_expands("{#hello}", "#Hello%20World!");
  assert_expands("foo{#empty}", "foo#");
  assert_expands("foo{#undef}", "foo");
  assert_expands("{#x,hello,y}", "#1024,Hello%20World!,768");
  assert_expands("{#list*}", "#red,green,blue");
}

static void test_label_and_path_expansion(void **state) {
  (void)state;
  assert_expands("{.who}", ".fred");
  assert_expands("{.who,who}", ".fred.fred");
  assert_expands("X{.empty}", "X.");
  assert_expands("X{.list}", "X.red,green,blue");
  assert_expands("X{.list*}", "X.red.green.blue");
  assert_expands("X{.keys*}", "X.semi=%3B.dot=..comma=%2C");
  assert_expands("X{.empty_keys*}", "X");
  assert_expands("{/var,x}/here", "/value/1024/here");
  assert_expands("{/var,empty}", "/value/");
  assert_expands("{/list}", "/red,green,blue");
  assert_expands("{/list*,path:4}", "/red/green/blue/%2Ffoo");
  assert_expands("{/keys*}", "/semi=%3B/dot=./comma=%2C");
}

static void test_parameter_and_query_expansion(void **state) {
  (void)state;
  assert_expands("{;x,y,empty}", ";x=1024;y=768;empty");
  assert_expands("{;v,bar,who}", ";v=6;who=fred");
  assert_expands("{;hello:5}", ";hello=Hello");
  assert_expands("{;list}", ";list=red,green,blue");
  assert_expands("{;list*}", ";list=red;list=green;list=blue");
  assert_expands("{;keys*}", ";semi=%3B;dot=.;comma=%2C");
  assert_expands("{?x,y}", "?x=1024&y=768");
  assert_expands("{?x,y,empty}", "?x=1024&y=768&empty=");
  assert_expands("{?var:3}", "?var=val");
  assert_expands("{?list}", "?list=red,green,blue");
  assert_expands("{?list*}", "?list=red&list=green&list=blue");
  assert_expands("{?blank*}", "?blank=&blank=x");
  assert_expands("{?keys}", "?keys=semi,%3B,dot,.,comma,%2C");
  assert_expands("{?keys*}", "?semi=%3B&dot=.&comma=%2C");
  assert_expands("?fixed=yes{&x}", "?fixed=yes&x=1024");
  assert_expands("{&var:3}", "&var=val");
  assert_expands("{&count*}", "&count=one&count=two&count=three");
}

static void test_a_prefix_counts_characters(void **state) {
  (void)state;
  assert_expands("{umlaut:2}", "%C3%A4%C3%B6");
}

static void test_names_of_other_characters(void **state) {
  (void)state;
  assert_expands("/pet/{pet-id}", "/pet/7");
  assert_expands("/pet/{pet.id}", "/pet/8");
}

static void test_literals(void **state) {
  (void)state;
  assert_expands("http://h:1/a?b=c&d=e#f", "http://h:1/a?b=c&d=e#f");
  assert_expands("a b%20c%zz", "a%20b%20c%25zz");
  assert_expands("", "");
}

static void test_what_is_no_template(void **state) {
  (void)state;
  static const char *const texts[] = {"{var", "var}", "{}", "{+}", "{var,}", "{,var}", "{var:}", "{var:0}", "{var:x}",
                                      "{var:12345}", "{var*:3}", "{!var}", "{=var}", "{|var}", "{a b}", "{a{b}}", NULL};
  for (const char *const *text = texts; *text; text++) assert_refused(*text);
}

static void test_what_the_dsl_takes(void **state) {
  (void)state;
  assert_true(uri_template_is_simple(TEXT("https://h/{a}/{b.c}")));
  assert_true(uri_template_is_simple(TEXT("https://h/")));
  static const char *const texts[] = {"{a,b}", "{+a}", "{?a}", "{a*}", "{a:1}", "{a", "a}", "{}", NULL};
  for (const char *const *text = texts; *text; text++) assert_false(uri_template_is_simple(text_of(*text)));
  assert_true(uri_template_has_expression(TEXT("a{b}")));
  assert_false(uri_template_has_expression(TEXT("ab")));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_simple_expansion),
      cmocka_unit_test(test_reserved_expansion),
      cmocka_unit_test(test_fragment_expansion),
      cmocka_unit_test(test_label_and_path_expansion),
      cmocka_unit_test(test_parameter_and_query_expansion),
      cmocka_unit_test(test_a_prefix_counts_characters),
      cmocka_unit_test(test_names_of_other_characters),
      cmocka_unit_test(test_literals),
      cmocka_unit_test(test_what_is_no_template),
      cmocka_unit_test(test_what_the_dsl_takes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
