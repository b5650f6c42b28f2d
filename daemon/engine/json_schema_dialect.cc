// SPDX-License-Identifier: Apache-2.0
#include "engine/json_schema_dialect.h"

#include <map>
#include <regex>
#include <set>
#include <vector>

using nlohmann::json;

namespace wf_schema {
namespace {

constexpr int REFERENCES_MAX = 32, PATTERN_MAX = 1000;

bool is_one_of(const std::string &key, const std::set<std::string> &words) { return words.count(key) != 0; }

// Members that are schemas, lists of them, or schemas by names that are the author's.
const std::set<std::string> SINGLES = {"additionalItems", "additionalProperties", "else", "if", "not", "propertyNames", "then"};
const std::set<std::string> LISTS = {"allOf", "anyOf", "oneOf"};
const std::set<std::string> MAPS = {"$defs", "definitions", "dependencies", "dependentSchemas", "patternProperties", "properties"};
const std::set<std::string> VALUES = {"const", "default", "enum", "examples"};
// What drafts after 7 have besides its keywords.
const std::set<std::string> LATER = {"$anchor",          "$dynamicAnchor",   "$dynamicRef",     "$recursiveAnchor",
                                     "$recursiveRef",    "dependentRequired", "dependentSchemas", "maxContains",
                                     "minContains",      "prefixItems",       "unevaluatedItems", "unevaluatedProperties"};
// Those that say where things are, and have done so when the schema is rewritten.
const std::set<std::string> PLACES = {"$anchor", "$comment", "$dynamicAnchor", "$id", "$recursiveAnchor", "$schema", "$vocabulary", "id"};

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

// A step of a JSON pointer.
std::string step(const std::string &key) {
  std::string text = "/";
  for (char c : key) text += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return text;
}

// A fragment's `%41`.
std::string decoded(const std::string &text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '%' && i + 2 < text.size() && isxdigit(static_cast<unsigned char>(text[i + 1])) &&
        isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      out += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

bool has_scheme(const std::string &uri) { return std::regex_search(uri, std::regex("^[A-Za-z][A-Za-z0-9+.-]*:")); }

// What a URI means beside the one around it, as far as schemas need it: no `..`.
std::string resolved(const std::string &base, const std::string &uri) {
  if (has_scheme(uri) || base.empty()) return uri;
  size_t authority = base.find("://"), path = authority == std::string::npos ? 0 : base.find('/', authority + 3);
  if (path == std::string::npos) path = base.size();
  if (uri[0] == '/') return base.substr(0, path) + uri;
  size_t slash = base.rfind('/');
  if (slash == std::string::npos || slash < path) return base.substr(0, path) + "/" + uri;
  return base.substr(0, slash + 1) + uri;
}

class rewriter {
public:
  rewriter(const json &whole, dialect of) : document(whole), is_later(of >= dialect::draft_2019), contains_marks(of == dialect::draft_2020) {}

  json run() {
    scan(document, "", "");
    hoist("");
    for (size_t i = 0; i < queue.size(); i++) { // grows meanwhile
      const auto target = find(queue[i]);
      out["r"][std::to_string(i)] = schema(*target.first, target.second, "/r/" + std::to_string(i));
    }
    out["$ref"] = "#/r/0";
    for (const auto &made : out["r"]) check_chain(made);
    return out;
  }

private:
  const json &document;
  const bool is_later, contains_marks;
  json out = json::object();
  std::map<std::string, std::string> resources, anchors; // by URI: pointers into the document
  std::map<std::string, int> dynamic;                    // how often a name is a $dynamicAnchor
  int recursive = 0;                                     // how often $recursiveAnchor is true
  std::map<std::string, size_t> places;                  // of pointers referred to, below "r"
  std::vector<std::string> queue;

  // ---- where things are

  static std::string base_in(const json &node, const std::string &base) {
    const auto id = node.find("$id");
    if (id == node.end() || !id->is_string() || id->get<std::string>().empty() || id->get<std::string>()[0] == '#') return base;
    const std::string uri = resolved(base, id->get<std::string>());
    return uri.substr(0, uri.find('#'));
  }

  static std::string text_in(const json &node, const char *key) {
    const auto found = node.find(key);
    return found != node.end() && found->is_string() ? found->get<std::string>() : "";
  }

  void scan(const json &node, const std::string &around, const std::string &at) {
    if (node.is_array())
      for (size_t i = 0; i < node.size(); i++) scan(node[i], around, at + "/" + std::to_string(i));
    if (!node.is_object()) return;
    const std::string base = base_in(node, around), id = text_in(node, "$id"), anchor = text_in(node, "$anchor"),
                      moving = text_in(node, "$dynamicAnchor");
    if (base != around || at.empty()) resources[base] = at;
    if (!id.empty() && id[0] == '#') anchors[base + id] = at;
    if (!anchor.empty()) anchors[base + "#" + anchor] = at;
    if (!moving.empty()) {
      anchors[base + "#" + moving] = at;
      dynamic[moving]++;
    }
    recursive += node.value("$recursiveAnchor", json()) == json(true);
    for (const auto &member : node.items())
      if (!is_one_of(member.key(), VALUES)) scan(member.value(), base, at + step(member.key()));
  }

  // The schema at a pointer, and the URI it stands under.
  std::pair<const json *, std::string> find(const std::string &pointer) {
    const json *at = &document;
    std::string base, path = pointer;
    for (;;) {
      if (at->is_object()) base = base_in(*at, base);
      if (path.empty()) return {at, base};
      const size_t end = path.find('/', 1);
      at = &at->at(json::json_pointer(path.substr(0, end)));
      path = end == std::string::npos ? "" : path.substr(end);
    }
  }

  std::string hoist(const std::string &pointer) {
    const auto known = places.emplace(pointer, queue.size());
    if (known.second) queue.push_back(pointer);
    return "#/r/" + std::to_string(known.first->second);
  }

  std::string target_of(const std::string &keyword, const json &value, const std::string &base) {
    if (!value.is_string()) throw refused{"`" + keyword + "` is no text"};
    const auto text = value.get<std::string>();
    const size_t hash = text.find('#');
    const std::string uri = text.substr(0, hash), fragment = hash == std::string::npos ? "" : decoded(text.substr(hash + 1));
    const std::string whole = uri.empty() ? base : resolved(base, uri);
    const auto resource = resources.find(whole);
    if (resource == resources.end())
      throw refused{"`" + keyword + ": " + text + "` refers to another document: expected `#/…`, a place in this one"};
    if (fragment.empty()) return resource->second;
    const auto anchor = anchors.find(whole + "#" + fragment);
    if (anchor != anchors.end()) return anchor->second;
    try {
      if (fragment[0] == '/') {
        find(resource->second + fragment);
        return resource->second + fragment;
      }
    } catch (const json::exception &) { // said below
    }
    throw refused{"`" + keyword + ": " + text + "` refers to nothing"};
  }

  // What moves with who refers, when there is one place only that it can be.
  void check_moving(const std::string &keyword, const json &value) {
    const std::string text = value.is_string() ? value.get<std::string>() : "";
    const size_t hash = text.find('#');
    const std::string name = hash == std::string::npos ? "" : text.substr(hash + 1);
    if ((keyword == "$dynamicRef" && dynamic.count(name) && dynamic[name] > 1) || (keyword == "$recursiveRef" && recursive > 1))
      throw refused{"`" + keyword + ": " + text + "` has several places that it may refer to: expected one"};
  }

  // A `$ref` that is one for ever.
  void check_chain(const json &made) {
    const json *at = &made;
    for (int hops = 0; hops < REFERENCES_MAX; hops++) {
      if (!at->is_object() || !at->contains("$ref")) return;
      at = &out.at(json::json_pointer((*at)["$ref"].get<std::string>().substr(1)));
    }
    throw refused{"a `$ref` refers to itself"};
  }

  // ---- keywords

  json list(const json &from, const std::string &base, const std::string &at) {
    json made = json::array();
    if (!from.is_array()) return from; // valijson says what it is
    for (size_t i = 0; i < from.size(); i++) made.push_back(schema(from[i], base, at + "/" + std::to_string(i)));
    return made;
  }

  json map(const json &from, const std::string &base, const std::string &at) {
    json made = json::object();
    if (!from.is_object()) return from;
    for (const auto &member : from.items())
      made[member.key()] = member.value().is_array() ? member.value() : schema(member.value(), base, at + step(member.key()));
    return made;
  }

  json items(const json &node, const std::string &base, const std::string &at, json made) {
    const auto prefix = node.find("prefixItems"), rest = node.find("items");
    if (prefix != node.end()) {
      made["items"] = list(*prefix, base, at + "/items");
      made.erase("additionalItems");
      if (rest != node.end()) made["additionalItems"] = schema(*rest, base, at + "/additionalItems");
    } else if (rest != node.end()) {
      made["items"] = rest->is_array() ? list(*rest, base, at + "/items") : schema(*rest, base, at + "/items");
    }
    return made;
  }

  static int count_in(const json &node, const char *key, int otherwise) {
    const auto found = node.find(key);
    if (found == node.end()) return otherwise;
    if (!found->is_number() || *found < 0) throw refused{std::string("`") + key + "` is no number from 0"};
    return *found > 1000000000 ? 1000000000 : found->get<int>();
  }

  json contains(const json &node, const std::string &base, const std::string &at, json made) {
    const auto wanted = node.find("contains");
    if (wanted == node.end()) return made;
    const int least = count_in(node, "minContains", 1), most = count_in(node, "maxContains", -1);
    if (least > 0) made["contains"] = schema(*wanted, base, at + "/contains");
    if (is_later)
      made["wf.contains"] = {{"at", at + "/wf.contains"}, {"least", least}, {"most", most}, {"marks", contains_marks},
                             {"schema", schema(*wanted, base, at + "/wf.contains/schema")}};
    return made;
  }

  json unevaluated(const json &node, const std::string &base, const std::string &at, json made) {
    for (const char *keyword : {"unevaluatedProperties", "unevaluatedItems"}) {
      const auto found = node.find(keyword);
      const std::string own = std::string("wf.") + keyword;
      if (found != node.end())
        made[own] = {{"at", at}, {"schema", schema(*found, base, at + step(own) + "/schema")}};
    }
    return made;
  }

  // What draft 7 has in another form stands in `allOf`.
  json in_all_of(const json &node, const std::string &base, const std::string &at, json made) {
    json more = json::array();
    const size_t before = made.contains("allOf") && made["allOf"].is_array() ? made["allOf"].size() : 0;
    const auto place = [&] { return at + "/allOf/" + std::to_string(before + more.size()); };
    for (const char *keyword : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      const auto found = node.find(keyword);
      if (found == node.end()) continue;
      check_moving(keyword, *found);
      more.push_back({{"$ref", hoist(target_of(keyword, *found, base))}});
    }
    for (const char *keyword : {"dependentSchemas", "dependentRequired"}) {
      const auto found = node.find(keyword);
      if (found != node.end()) more.push_back({{"dependencies", map(*found, base, place() + "/dependencies")}});
    }
    if (made.empty() && more.size() == 1) return more[0];
    for (const auto &part : more) made["allOf"].push_back(part);
    return made;
  }

  void check_key(const std::string &key, const json &value) {
    if (!is_later && is_one_of(key, LATER)) throw refused{"`" + key + "` is no keyword of JSON Schema draft 7"};
    if (key == "pattern" && value.is_string()) check_pattern(value.get<std::string>());
    if (key == "patternProperties" && value.is_object())
      for (const auto &member : value.items()) check_pattern(member.key());
  }

  json schema(const json &node, const std::string &around, const std::string &at) {
    if (!node.is_object()) return node;
    const std::string base = base_in(node, around);
    json made = json::object();
    for (const auto &member : node.items()) {
      const std::string &key = member.key(), place = at + step(key);
      check_key(key, member.value());
      if (key == "$defs" || key == "definitions")
        map(member.value(), base, place); // checked, also where nothing refers to it
      else if (is_one_of(key, MAPS) && key != "dependentSchemas")
        made[key] = map(member.value(), base, place);
      else if (is_one_of(key, SINGLES))
        made[key] = schema(member.value(), base, place);
      else if (is_one_of(key, LISTS))
        made[key] = list(member.value(), base, place);
      else if (!is_one_of(key, PLACES) && !is_one_of(key, LATER) && key != "$ref" && key != "items" && key != "contains" &&
               key.rfind("wf.", 0) != 0)
        made[key] = member.value();
    }
    if (!is_later && node.contains("$ref")) return in_all_of({{"$ref", node["$ref"]}}, base, at, json::object());
    made = unevaluated(node, base, at, contains(node, base, at, items(node, base, at, made)));
    return in_all_of(node, base, at, made);
  }
};

// Finds what valijson would not survive.
void check_old_part(const json &document, const json &schema) {
  if (schema.is_array())
    for (const auto &item : schema) check_old_part(document, item);
  if (!schema.is_object()) return;
  for (const auto &member : schema.items()) {
    const std::string &key = member.key();
    if (is_one_of(key, LATER)) throw refused{"`" + key + "` is no keyword of this draft of JSON Schema"};
    if (key == "$ref") {
      const json *at = &schema;
      for (int hops = 0; at->is_object() && at->contains("$ref"); hops++) {
        const std::string text = (*at)["$ref"].is_string() ? (*at)["$ref"].get<std::string>() : "";
        if (text.empty() || text[0] != '#') throw refused{"`$ref: " + text + "` refers to another document: expected `#/…`, a place in this one"};
        if (hops == REFERENCES_MAX) throw refused{"`$ref: " + text + "` refers to itself"};
        try {
          at = &document.at(json::json_pointer(decoded(text.substr(1))));
        } catch (const json::exception &) {
          throw refused{"`$ref: " + text + "` refers to nothing"};
        }
      }
    }
    if (key == "pattern" && member.value().is_string()) check_pattern(member.value().get<std::string>());
    if (is_one_of(key, MAPS) && member.value().is_object()) {
      for (const auto &inner : member.value().items()) {
        if (key == "patternProperties") check_pattern(inner.key());
        check_old_part(document, inner.value());
      }
    } else if (!is_one_of(key, VALUES)) {
      check_old_part(document, member.value());
    }
  }
}

} // namespace

dialect dialect_of(const json &document) {
  static const std::pair<const char *, dialect> known[] = {{"draft-03", dialect::draft_3},  {"draft-04", dialect::draft_4},
                                                           {"draft-06", dialect::draft_7},  {"draft-07", dialect::draft_7},
                                                           {"2019-09", dialect::draft_2019}};
  const auto said = document.is_object() ? document.find("$schema") : document.end();
  if (!document.is_object() || said == document.end() || !said->is_string()) return dialect::draft_2020;
  for (const auto &draft : known)
    if (said->get<std::string>().find(draft.first) != std::string::npos) return draft.second;
  return dialect::draft_2020;
}

json rewrite(const json &document, dialect dialect) { return rewriter(document, dialect).run(); }

void check_old(const json &document) { check_old_part(document, document); }

} // namespace wf_schema
