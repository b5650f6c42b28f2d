// SPDX-License-Identifier: Apache-2.0
// Any text is a URI template or refused, and what it expands to can stand in a URI.
#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/uri_template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void lookup(void *context, struct text name, struct uri_template_value *out) {
  (void)context;
  static const struct text items[] = {TEXT("a b"), TEXT("\xc3\xa4/%41")}, keys[] = {TEXT("k"), TEXT("")};
  *out = (struct uri_template_value){.kind = (enum uri_template_kind)(name.size % 4), .text = name, .items = items, .keys = keys, .count = 2};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  struct text template = {(const char *)data, size};
  struct buf out = {0};
  int status = uri_template_expand(template, lookup, NULL, &out);
  WF_ASSERT(status == 0 || status == -WF_EINVAL);
  for (size_t i = 0; i < out.size; i++) WF_ASSERT(out.data[i] > ' ' && out.data[i] < 0x7f && !strchr("\"<>\\^`{|}", out.data[i]));
  if (uri_template_is_simple(template)) WF_ASSERT(status == 0);
  if (status == 0 && !uri_template_has_expression(template)) WF_ASSERT(out.size >= size);
  buf_free(&out);
  return 0;
}
