// SPDX-License-Identifier: Apache-2.0
// What a definition refers to by URI and the document does not hold: schemas, functions of
// catalogs. They are read when it is published, and stand from then on at the end of the
// document that is stored, each in a line of its own:
//
//   #:resource {"uri":"https://example.com/order.json","text":"…"}
//
// These are comments to YAML; the content hash covers them, and a run sees what was there
// when its version was published, whatever becomes of the files. Lines that an author writes
// so count too.
#pragma once

#include <stddef.h>

#include "base/arena.h"

struct wf_pinned {
  const char *uri, *text;
};

// Those of a document, in the arena, one after the other; what is no such line ends them.
size_t wf_pinned_read(const char *document, size_t size, struct arena *arena, const struct wf_pinned **ret_items);

// The document with `items` behind it, in the arena; the document itself when there are none.
const char *wf_pinned_write(const char *document, size_t size, const struct wf_pinned *items, size_t count,
                            struct arena *arena, size_t *ret_size);
