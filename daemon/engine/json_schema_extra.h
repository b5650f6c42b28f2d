// SPDX-License-Identifier: Apache-2.0
// What JSON Schema has since draft 7 and valijson has not: `minContains`, `maxContains`,
// `unevaluatedProperties`, `unevaluatedItems`, as constraints of valijson's. They are asked
// about a value together with the schema they stand in, and ask valijson about parts of it.
// C++, for json_schema*.cc alone.
#pragma once

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>

namespace wf_schema {

// A schema in the words of wf_schema::rewrite(), and those of its parts that are asked about
// by themselves, made when they are first needed: for one thread at a time.
class family {
public:
  family(nlohmann::json document, valijson::SchemaParser::Version version);
  family(const family &) = delete;
  family &operator=(const family &) = delete;

  // Throws what valijson throws when it is no schema.
  void make();
  const valijson::Schema &whole() const { return schema; }
  // Whether a value is valid by the part at a pointer.
  bool takes(const std::string &pointer, const valijson::adapters::NlohmannJsonAdapter &value) const;
  const nlohmann::json &at(const std::string &pointer) const;

private:
  mutable nlohmann::json document; // constraints keep pieces of it; its `$ref` says what is made next
  const valijson::SchemaParser::Version version;
  valijson::Schema schema;
  mutable std::map<std::string, std::unique_ptr<valijson::Schema>> parts;

  void populate(const std::string &pointer, valijson::Schema &into) const;
};

} // namespace wf_schema
