// SPDX-License-Identifier: Apache-2.0
// Schemas of any draft as valijson reads them, which knows draft 7 and those before: the
// same schema in the words of draft 7, where it has them (`prefixItems`, `dependentRequired`,
// `$anchor`, `$ref` beside other keywords, …), and `wf.` keywords for what it has not, which
// engine/json_schema_extra.h does. C++, for json_schema*.cc alone.
//
// Every schema that something refers to stands at "/r/N" of what comes out, the whole at
// "/r/0"; its `$ref` says which of them is meant. `wf.contains` and `wf.unevaluated…` are
// objects with the schema, and where they stand.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace wf_schema {

// Why a schema is none.
struct refused {
  std::string why;
};

enum class dialect { draft_3, draft_4, draft_7, draft_2019, draft_2020 };

// Of `$schema`; without one, or with another one, that of the newest draft.
dialect dialect_of(const nlohmann::json &document);

// Throws `refused`: what refers to another document, to nothing or to itself for ever, a
// pattern that is none, a keyword that the dialect does not have or that cannot be done here
// (a `$dynamicRef` with several targets).
nlohmann::json rewrite(const nlohmann::json &document, dialect dialect);

// Checks a schema of draft 3 or 4, which is read as it is. Throws `refused`.
void check_old(const nlohmann::json &document);

} // namespace wf_schema
