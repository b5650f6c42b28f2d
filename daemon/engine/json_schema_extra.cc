// SPDX-License-Identifier: Apache-2.0
#include "engine/json_schema_extra.h"

#include <regex>
#include <set>
#include <utility>
#include <valijson/constraint_builder.hpp>
#include <valijson/constraints/concrete_constraints.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

namespace wf_schema {
namespace {

using path = std::vector<std::string>;

const NlohmannJsonAdapter &own(const valijson::adapters::Adapter &value) { return dynamic_cast<const NlohmannJsonAdapter &>(value); }

std::string step(const std::string &key) {
  std::string text = "/";
  for (char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

// What of an object or array some keyword has spoken of: names, or indexes as texts.
struct spoken_of {
  std::set<std::string> names;
  bool all = false;
};

// What the schema at `pointer` speaks of in a value that is valid by it.
class listener {
public:
  listener(const family &schemas, const NlohmannJsonAdapter &wanted, bool is_of_items) : owner(schemas), value(wanted), items(is_of_items) {}

  void hear(const std::string &pointer, bool is_whole = false) {
    const json &node = owner.at(pointer);
    if (!node.is_object() || heard.all) return;
    if (node.contains("$ref")) {
      hear(node["$ref"].get<std::string>().substr(1));
      return;
    }
    if (items)
      hear_items(node, pointer);
    else
      hear_properties(node);
    if (!is_whole && node.contains(items ? "wf.unevaluatedItems" : "wf.unevaluatedProperties")) heard.all = true;
    hear_parts(node, pointer);
  }

  spoken_of heard;

private:
  const family &owner;
  const NlohmannJsonAdapter &value;
  const bool items;

  void hear_items(const json &node, const std::string &pointer) {
    const auto first = node.find("items");
    if (first != node.end() && first->is_array()) {
      for (size_t i = 0; i < first->size(); i++) heard.names.insert(std::to_string(i));
      heard.all = heard.all || node.contains("additionalItems");
    } else if (first != node.end()) {
      heard.all = true;
    }
    if (!node.contains("wf.contains") || !node["wf.contains"]["marks"].get<bool>()) return;
    size_t index = 0;
    for (const auto &item : value.asArray()) {
      if (owner.takes(pointer + "/wf.contains/schema", item)) heard.names.insert(std::to_string(index));
      index++;
    }
  }

  void hear_properties(const json &node) {
    const auto named = node.find("properties"), patterns = node.find("patternProperties");
    if (named != node.end())
      for (const auto &member : named->items()) heard.names.insert(member.key());
    if (patterns != node.end())
      for (const auto &pattern : patterns->items()) {
        const std::regex wanted(pattern.key());
        for (const auto &member : value.asObject())
          if (std::regex_search(member.first, wanted)) heard.names.insert(member.first);
      }
    heard.all = heard.all || node.contains("additionalProperties");
  }

  void hear_parts(const json &node, const std::string &pointer) {
    for (const char *keyword : {"allOf", "anyOf", "oneOf"})
      for (size_t i = 0; node.contains(keyword) && i < node[keyword].size(); i++) {
        const std::string part = pointer + "/" + keyword + "/" + std::to_string(i);
        if (owner.takes(part, value)) hear(part);
      }
    if (node.contains("if")) {
      const bool holds = owner.takes(pointer + "/if", value);
      if (holds) hear(pointer + "/if");
      if (node.contains(holds ? "then" : "else")) hear(pointer + (holds ? "/then" : "/else"));
    }
    if (!value.isObject() || !node.contains("dependencies")) return;
    const auto object = value.asObject();
    for (const auto &member : node["dependencies"].items())
      if (!member.value().is_array() && object.find(member.key()) != object.end()) hear(pointer + "/dependencies" + step(member.key()));
  }
};

class constraint : public valijson::constraints::PolyConstraint {
public:
  constraint(const family *schemas, json said) : owner(schemas), rule(std::move(said)) {}

protected:
  const family *owner;
  json rule;

  std::string pointer() const { return rule["at"].get<std::string>(); }
  static bool fail(valijson::ValidationResults *results, const path &where, const std::string &why) {
    if (results) results->pushError(where, why);
    return false;
  }
};

class contains : public constraint {
public:
  using constraint::constraint;
  bool validate(const valijson::adapters::Adapter &target, const path &where, valijson::ValidationResults *results) const override {
    const auto &value = own(target);
    if (!value.isArray()) return true;
    int count = 0;
    const int least = rule["least"].get<int>(), most = rule["most"].get<int>();
    for (const auto &item : value.asArray()) count += owner->takes(pointer() + "/schema", item);
    if (count < least)
      return fail(results, where, std::to_string(count) + " items match `contains`: expected at least " + std::to_string(least));
    if (most >= 0 && count > most)
      return fail(results, where, std::to_string(count) + " items match `contains`: expected at most " + std::to_string(most));
    return true;
  }

private:
  valijson::constraints::Constraint *cloneInto(void *at) const override { return new (at) contains(*this); }
  size_t sizeOf() const override { return sizeof *this; }
};

class unevaluated_items : public constraint {
public:
  using constraint::constraint;
  bool validate(const valijson::adapters::Adapter &target, const path &where, valijson::ValidationResults *results) const override {
    const auto &value = own(target);
    if (!value.isArray()) return true;
    listener listener(*owner, value, true);
    listener.hear(pointer(), true);
    size_t index = 0;
    for (const auto &item : value.asArray()) {
      const std::string name = std::to_string(index++);
      if (listener.heard.all || listener.heard.names.count(name) || owner->takes(pointer() + "/wf.unevaluatedItems/schema", item)) continue;
      return fail(results, where, "item " + name + " is none that the schema speaks of (`unevaluatedItems`)");
    }
    return true;
  }

private:
  valijson::constraints::Constraint *cloneInto(void *at) const override { return new (at) unevaluated_items(*this); }
  size_t sizeOf() const override { return sizeof *this; }
};

class unevaluated_properties : public constraint {
public:
  using constraint::constraint;
  bool validate(const valijson::adapters::Adapter &target, const path &where, valijson::ValidationResults *results) const override {
    const auto &value = own(target);
    if (!value.isObject()) return true;
    listener listener(*owner, value, false);
    listener.hear(pointer(), true);
    for (const auto &member : value.asObject()) {
      if (listener.heard.all || listener.heard.names.count(member.first) ||
          owner->takes(pointer() + "/wf.unevaluatedProperties/schema", member.second))
        continue;
      return fail(results, where, "property '" + member.first + "' is none that the schema speaks of (`unevaluatedProperties`)");
    }
    return true;
  }

private:
  valijson::constraints::Constraint *cloneInto(void *at) const override { return new (at) unevaluated_properties(*this); }
  size_t sizeOf() const override { return sizeof *this; }
};

template <typename Made> class builder : public valijson::ConstraintBuilder {
public:
  explicit builder(const family *schemas) : owner(schemas) {}
  valijson::constraints::Constraint *make(const valijson::adapters::Adapter &said) const override {
    const auto rule = own(said).asObject();
    json kept;
    for (const auto &member : rule) {
      if (member.second.isString()) kept[member.first] = member.second.asString();
      if (member.second.isInteger()) kept[member.first] = member.second.asInteger();
    }
    return new Made(owner, kept);
  }

private:
  const family *owner;
};

// As the fragment of a URI.
std::string fragment(const std::string &pointer) {
  std::string text = "#";
  for (char c : pointer) text += c == '%' ? "%25" : std::string(1, c);
  return text;
}

} // namespace

family::family(json made, valijson::SchemaParser::Version of) : document(std::move(made)), version(of) {}

void family::populate(const std::string &pointer, valijson::Schema &into) const {
  valijson::SchemaParser parser(version);
  if (version == valijson::SchemaParser::kDraft7) {
    parser.addConstraintBuilder("wf.contains", new builder<contains>(this));
    parser.addConstraintBuilder("wf.unevaluatedItems", new builder<unevaluated_items>(this));
    parser.addConstraintBuilder("wf.unevaluatedProperties", new builder<unevaluated_properties>(this));
  }
  if (!pointer.empty()) document["$ref"] = fragment(pointer);
  parser.populateSchema(NlohmannJsonAdapter(document), into);
}

void family::make() { populate("", schema); }

bool family::takes(const std::string &pointer, const NlohmannJsonAdapter &value) const {
  auto &part = parts[pointer];
  if (!part) {
    auto made = std::make_unique<valijson::Schema>();
    populate(pointer, *made);
    part = std::move(made);
  }
  return valijson::Validator().validate(*part, value, nullptr);
}

const json &family::at(const std::string &pointer) const { return document.at(json::json_pointer(pointer)); }

} // namespace wf_schema
