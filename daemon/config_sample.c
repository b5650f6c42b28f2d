// SPDX-License-Identifier: Apache-2.0
#include "config_sample.h"

#include <ctype.h>
#include <string.h>

#include "config_value.h"

enum { LINE_WIDTH = 88 };

// Text as a comment, broken between words.
void config_sample_comment(FILE *out, int indent, const char *text) {
  while (*text) {
    size_t room = (size_t)(LINE_WIDTH - indent - 2), n = strlen(text);
    if (n > room) {
      for (n = room; n > 0 && text[n] != ' ';) n--;
      if (n == 0) n = strcspn(text, " ");
    }
    fprintf(out, "%*s# %.*s\n", indent, "", (int)n, text);
    text += n;
    while (*text == ' ') text++;
  }
}

const char *config_sample_reload(const struct config_row *row) {
  return row->reloadable ? "changed by a reload" : "needs a restart";
}

// Plain where YAML reads it back as the same text, else in double quotes.
const char *config_sample_quote(const char *text, struct arena *arena) {
  bool plain = isalnum((unsigned char)*text) || *text == '/';
  for (const char *p = text; plain && *p; p++)
    plain = isalnum((unsigned char)*p) || strchr("./_-=", *p) || (*p == ' ' && p[1] && p[1] != ' ') || (*p == ':' && p[1] && p[1] != ' ');
  static const char *const words[] = {"null", "true", "false", "yes", "no"};
  for (size_t i = 0; plain && i < sizeof words / sizeof *words; i++) plain = strcmp(text, words[i]) != 0;
  if (plain) return text;
  char *out = arena_alloc(arena, strlen(text) * 4 + 3), *at = out;
  *at++ = '"';
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') *at++ = '\\';
    if ((unsigned char)*text < 0x20)
      at += sprintf(at, "\\x%02x", (unsigned)(unsigned char)*text);
    else
      *at++ = *text;
  }
  *at++ = '"';
  *at = '\0';
  return out;
}

void config_sample_row(struct config_sample *p, int indent, const struct config_row *row, const char *value, bool is_default) {
  const char *shown = row->type == CONFIG_SECRET && *value ? "<set>" : config_sample_quote(value, p->arena);
  config_sample_comment(p->out, indent, row->help);
  const char *standard = row->default_text ? arena_printf(p->arena, "default %s", config_sample_quote(row->default_text, p->arena)) : "must be given";
  config_sample_comment(p->out, indent, arena_printf(p->arena, "(%s; %s; %s)", config_value_bounds(row, p->arena), standard, config_sample_reload(row)));
  fprintf(p->out, "%*s%s%s: %s\n", indent, "", is_default ? "#" : "", config_row_key(row), shown);
}

static void print_plain(struct config_sample *p, int indent, const struct config_row *row) {
  const char *value = config_value_format(row, p->config, p->arena);
  config_sample_row(p, indent, row, value, strcmp(value, config_value_format(row, p->defaults, p->arena)) == 0);
}

static void print_section(struct config_sample *p, const struct config_section *section, const struct config_sample_special *special) {
  bool top = !*section->name;
  fputc('\n', p->out);
  if (!top) config_sample_comment(p->out, 0, section->help);
  if (special) {
    special->print(p);
    return;
  }
  if (!top) fprintf(p->out, "%s:\n", section->name);
  bool first = true;
  for (size_t i = 0; i < p->schema->row_count; i++) {
    const struct config_row *row = &p->schema->rows[i];
    if (!config_row_in(row, section->name)) continue;
    if (!first) fputc('\n', p->out);
    first = false;
    print_plain(p, top ? 0 : 2, row);
  }
}

static const struct config_sample_special *special_find(const struct config_sample_special *specials, const char *section) {
  for (; specials && specials->section; specials++)
    if (strcmp(specials->section, section) == 0) return specials;
  return NULL;
}

void config_sample_print(struct config_sample *p, const struct config_sample_special *specials) {
  const struct config_schema *schema = p->schema;
  p->arena = arena_new();
  config_sample_comment(p->out, 0, schema->title);
  config_sample_comment(p->out, 0, schema->usage);
  config_sample_comment(p->out, 0, "Durations are whole numbers with units: us, ms, s, m, h, d (90s, 1h30m). Sizes are whole numbers "
                                   "with B, KiB, MiB or GiB.");
  for (size_t i = 0; i < schema->section_count; i++)
    print_section(p, &schema->sections[i], special_find(specials, schema->sections[i].name));
  arena_free(p->arena);
}
