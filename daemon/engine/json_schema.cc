// SPDX-License-Identifier: Apache-2.0
#include "engine/json_schema.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "engine/json_schema_dialect.h"
#include "engine/json_schema_extra.h"

using nlohmann::json;
using valijson::SchemaParser;
using valijson::adapters::NlohmannJsonAdapter;

struct wf_json_schema {
  wf_schema::family family;
};

namespace {

constexpr int PROBLEMS_MAX = 5;
constexpr size_t PROBLEM_SIZE_MAX = 1000;

// 1.0 is a whole number, also to valijson.
void make_whole(json &value) {
  if (value.is_structured())
    for (auto &member : value) make_whole(member);
  if (!value.is_number_float()) return;
  const double number = value.get<double>();
  if (number == static_cast<double>(static_cast<int64_t>(std::max(std::min(number, 9e15), -9e15)))) value = static_cast<int64_t>(number);
}

char *copy(const std::string &text) { return strdup(text.c_str()); }

} // namespace

struct wf_json_schema *wf_json_schema_new(const char *text, size_t size, char **ret_problem) {
  struct wf_json_schema *made = nullptr;
  try {
    json document = json::parse(text, text + size);
    make_whole(document);
    if (!document.is_object() && !document.is_boolean()) throw wf_schema::refused{"a schema is an object, true or false"};
    const auto dialect = wf_schema::dialect_of(document);
    if (dialect <= wf_schema::dialect::draft_4) {
      wf_schema::check_old(document);
      made = new wf_json_schema{{document, dialect == wf_schema::dialect::draft_3 ? SchemaParser::kDraft3 : SchemaParser::kDraft4}};
    } else {
      made = new wf_json_schema{{wf_schema::rewrite(document, dialect), SchemaParser::kDraft7}};
    }
    made->family.make();
    return made;
  } catch (const wf_schema::refused &problem) {
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
    json document = json::parse(value, value + size);
    make_whole(document);
    valijson::ValidationResults results;
    if (valijson::Validator().validate(schema->family.whole(), NlohmannJsonAdapter(document), &results)) return 0;
    *ret_problem = copy(describe(results));
  } catch (const std::exception &problem) {
    *ret_problem = copy(problem.what());
  }
  return -WF_EINVAL;
}
