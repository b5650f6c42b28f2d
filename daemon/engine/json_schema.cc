// SPDX-License-Identifier: Apache-2.0
#include "engine/json_schema.h"

#include <cstring>
#include <regex>
#include <set>
#include <string>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

struct wf_json_schema {
  json document; // the schema's constraints keep pieces of it
  valijson::Schema schema;
};

namespace {

constexpr int REFERENCES_MAX = 32, PATTERN_MAX = 1000, PROBLEMS_MAX = 5;
constexpr size_t PROBLEM_SIZE_MAX = 1000;

// What says why a schema is none; caught below.
struct refused {
  std::string why;
};

// What drafts after 7 have besides its keywords.
bool is_later_keyword(const std::string &key) {
  static const std::set<std::string> keywords = {"$anchor",          "$dynamicAnchor",   "$dynamicRef",     "$recursiveAnchor",
                                                 "$recursiveRef",    "dependentRequired", "dependentSchemas", "maxContains",
                                                 "minContains",      "prefixItems",       "unevaluatedItems", "unevaluatedProperties"};
  return keywords.count(key) != 0;
}

void check_pattern(const std::string &pattern) {
  if (pattern.size() > PATTERN_MAX)
    throw refused{"a pattern has " + std::to_string(pattern.size()) + " bytes: expected at most " +
                  std::to_string(PATTERN_MAX)};
  try {
    std::regex compiled(pattern);
  } catch (const std::regex_error &) {
    throw refused{"pattern `" + pattern + "` is no regular expression of ECMAScript"};
  }
}

// That `$ref` is the pointer of something here, which is not a `$ref` for ever.
void check_reference(const json &document, const json &reference) {
  const json *at = &reference;
  for (int hops = 0; hops < REFERENCES_MAX; hops++) {
    if (!at->is_string()) throw refused{"`$ref` is no text"};
    const auto text = at->get<std::string>();
    if (text.empty() || text[0] != '#')
      throw refused{"`$ref: " + text + "` refers to another document: expected `#/…`, a place in this one"};
    try {
      const json &target = document.at(json::json_pointer(text.substr(1)));
      if (!target.is_object() || !target.contains("$ref")) return;
      at = &target["$ref"];
    } catch (const json::exception &) {
      throw refused{"`$ref: " + text + "` refers to nothing"};
    }
  }
  throw refused{"`$ref: " + reference.dump() + "` refers to itself"};
}

void check(const json &document, const json &schema);

// Members whose names are the author's.
void check_members(const json &document, const std::string &keyword, const json &members) {
  if (!members.is_object()) return;
  for (const auto &member : members.items()) {
    if (keyword == "patternProperties") check_pattern(member.key());
    check(document, member.value());
  }
}

// Finds what valijson would ignore, or not survive.
void check(const json &document, const json &schema) {
  if (schema.is_array())
    for (const auto &item : schema) check(document, item);
  if (!schema.is_object()) return;
  for (const auto &member : schema.items()) {
    const std::string &key = member.key();
    if (is_later_keyword(key)) throw refused{"`" + key + "` is no keyword of JSON Schema draft 7"};
    if (key == "$ref") check_reference(document, member.value());
    if (key == "pattern" && member.value().is_string()) check_pattern(member.value().get<std::string>());
    if (key == "properties" || key == "patternProperties" || key == "definitions" || key == "$defs" ||
        key == "dependencies")
      check_members(document, key, member.value());
    else if (key != "const" && key != "enum" && key != "default" && key != "examples")
      check(document, member.value());
  }
}

char *copy(const std::string &text) { return strdup(text.c_str()); }

} // namespace

struct wf_json_schema *wf_json_schema_new(const char *text, size_t size, char **ret_problem) {
  struct wf_json_schema *made = nullptr;
  try {
    made = new wf_json_schema{json::parse(text, text + size), {}};
    if (!made->document.is_object() && !made->document.is_boolean()) throw refused{"a schema is an object, true or false"};
    check(made->document, made->document);
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(NlohmannJsonAdapter(made->document), made->schema);
    return made;
  } catch (const refused &problem) {
    *ret_problem = copy(problem.why);
  } catch (const std::exception &problem) {
    *ret_problem = copy(problem.what());
  }
  delete made;
  return nullptr;
}

void wf_json_schema_free(struct wf_json_schema *schema) { delete schema; }

namespace {

// ["<root>", "[a]", "[0]"] as a JSON pointer.
std::string pointer(const std::vector<std::string> &context) {
  std::string text;
  for (size_t i = 1; i < context.size(); i++) {
    const std::string &part = context[i];
    bool bracketed = part.size() >= 2 && part.front() == '[' && part.back() == ']';
    text += "/" + (bracketed ? part.substr(1, part.size() - 2) : part);
  }
  return text.empty() ? "/" : text;
}

std::string describe(valijson::ValidationResults &results) {
  valijson::ValidationResults::Error error;
  std::string text;
  for (int i = 0; i < PROBLEMS_MAX && results.popError(error); i++)
    text += (i ? "; " : "") + pointer(error.context) + ": " + error.description;
  if (text.empty()) text = "/: it does not match the schema"; // a few keywords say no more
  if (text.size() > PROBLEM_SIZE_MAX) {
    size_t end = PROBLEM_SIZE_MAX; // not inside a character
    while (end && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) end--;
    text = text.substr(0, end) + " …";
  }
  return text;
}

} // namespace

int wf_json_schema_validate(const struct wf_json_schema *schema, const char *value, size_t size, char **ret_problem) {
  try {
    const json document = json::parse(value, value + size);
    valijson::ValidationResults results;
    if (valijson::Validator().validate(schema->schema, NlohmannJsonAdapter(document), &results)) return 0;
    *ret_problem = copy(describe(results));
  } catch (const std::exception &problem) {
    *ret_problem = copy(problem.what());
  }
  return -WF_EINVAL;
}
