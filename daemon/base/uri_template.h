// SPDX-License-Identifier: Apache-2.0
// URI templates by RFC 6570, all four levels: "https://host/pets/{petId}{?tags*}". A name
// may hold any character that has no meaning of its own in an expression ("pet-id",
// "pet.id"), not just those of the RFC.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/text.h"

enum uri_template_kind { URI_TEMPLATE_UNDEFINED, URI_TEMPLATE_TEXT, URI_TEMPLATE_LIST, URI_TEMPLATE_MAP };

// A list or map without elements counts as undefined, which expands to nothing.
struct uri_template_value {
  enum uri_template_kind kind;
  struct text text;
  const struct text *items, *keys; // list: items; map: both
  size_t count;
};

// Gives the value of a name; what it points to is kept until the next call.
typedef void uri_template_lookup(void *context, struct text name, struct uri_template_value *out);

// Appends the expansion. Returns 0, or -WF_EINVAL when it is no template: then `out` holds
// the expansion of what came before.
int uri_template_expand(struct text template, uri_template_lookup *lookup, void *context, struct buf *out);

// Whether an expression stands in it: a text without one is its own expansion, but for what
// must be percent-encoded.
bool uri_template_has_expression(struct text template);
// Whether it is a template that has nothing but simple expressions, {name}: level 1, each
// of one name without modifier. What the DSL asks for.
bool uri_template_is_simple(struct text template);

// Appends the bytes, percent-encoded but for the unreserved characters of RFC 3986; with
// `keep_reserved` also reserved ones and triplets such as %20 stay.
void uri_template_encode(struct buf *out, const char *data, size_t size, bool keep_reserved);
