// SPDX-License-Identifier: Apache-2.0
#include "engine/pinned.h"

#include <jv.h>
#include <stdbool.h>
#include <string.h>

#include "base/buf.h"
#include "engine/member.h"

static const char MARK[] = "#:resource ";
enum { MARK_SIZE = sizeof MARK - 1 };

static bool read_line(const char *line, size_t size, struct arena *arena, struct wf_pinned *ret_item) {
  if (size < MARK_SIZE || memcmp(line, MARK, MARK_SIZE) != 0) return false;
  jv object = jv_parse_sized(line + MARK_SIZE, (int)(size - MARK_SIZE));
  struct wf_pinned item = {0};
  if (jv_get_kind(object) == JV_KIND_OBJECT)
    item = (struct wf_pinned){wf_member_kept(object, "uri", arena), wf_member_kept(object, "text", arena)};
  jv_free(object);
  if (!item.uri || !item.text) return false;
  *ret_item = item;
  return true;
}

// The start of the line that ends at `end`.
static size_t line_start(const char *document, size_t end) {
  while (end > 0 && document[end - 1] != '\n') end--;
  return end;
}

size_t wf_pinned_read(const char *document, size_t size, struct arena *arena, const struct wf_pinned **ret_items) {
  size_t count = 0, capacity = 8;
  struct wf_pinned *items = arena_alloc(arena, capacity * sizeof *items);
  while (size > 0 && document[size - 1] == '\n') {
    size_t start = line_start(document, size - 1);
    struct wf_pinned item;
    if (!read_line(document + start, size - 1 - start, arena, &item)) break;
    if (count == capacity) {
      struct wf_pinned *grown = arena_alloc(arena, 2 * capacity * sizeof *grown);
      memcpy(grown, items, count * sizeof *grown);
      items = grown;
      capacity *= 2;
    }
    items[count++] = item;
    size = start;
  }
  *ret_items = items;
  return count;
}

const char *wf_pinned_write(const char *document, size_t size, const struct wf_pinned *items, size_t count,
                            struct arena *arena, size_t *ret_size) {
  *ret_size = size;
  if (count == 0) return document;
  struct buf text = {0};
  buf_put(&text, document, size);
  if (size && document[size - 1] != '\n') buf_puts(&text, "\n");
  for (size_t i = 0; i < count; i++) {
    jv object = jv_object_set(jv_object(), jv_string("uri"), jv_string(items[i].uri));
    jv line = jv_dump_string(jv_object_set(object, jv_string("text"), jv_string(items[i].text)), JV_PRINT_ASCII);
    buf_printf(&text, "%s%s\n", MARK, jv_string_value(line));
    jv_free(line);
  }
  *ret_size = text.size;
  const char *written = arena_strndup(arena, text.data, text.size);
  buf_free(&text);
  return written;
}
