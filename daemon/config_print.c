// SPDX-License-Identifier: Apache-2.0
#include <ctype.h>
#include <string.h>

#include "config.h"
#include "config_table.h"
#include "config_value.h"

enum { LINE_WIDTH = 88 };

struct printer {
  FILE *out;
  struct arena *arena;
  const struct config *config, *defaults;
};

// Text as a comment, broken between words.
static void print_comment(FILE *out, int indent, const char *text) {
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

static const char *reload_word(const struct config_row *row) {
  return row->reloadable ? "changed by a reload" : "needs a restart";
}

// Plain where YAML reads it back as the same text, else in double quotes.
static const char *quote(const char *text, struct arena *arena) {
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

static void print_row(struct printer *p, int indent, const struct config_row *row, const char *value, bool is_default) {
  const char *shown = row->type == CONFIG_SECRET && *value ? "<set>" : quote(value, p->arena);
  print_comment(p->out, indent, row->help);
  const char *standard = row->default_text ? arena_printf(p->arena, "default %s", quote(row->default_text, p->arena)) : "must be given";
  print_comment(p->out, indent, arena_printf(p->arena, "(%s; %s; %s)", config_value_bounds(row, p->arena), standard, reload_word(row)));
  fprintf(p->out, "%*s%s%s: %s\n", indent, "", is_default ? "#" : "", config_row_key(row), shown);
}

static void print_plain(struct printer *p, int indent, const struct config_row *row) {
  const char *value = config_value_format(row, p->config, p->arena);
  print_row(p, indent, row, value, strcmp(value, config_value_format(row, p->defaults, p->arena)) == 0);
}

static const struct config_property *property_of(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->kafka_count; i++)
    if (strcmp(config->kafka[i].name, name) == 0) return &config->kafka[i];
  return NULL;
}

static bool has_row(const char *property, struct arena *arena) {
  return config_row_find(arena_printf(arena, "kafka.%s", property)) != NULL;
}

static void print_kafka_row(struct printer *p, const struct config_row *row) {
  const struct config_property *property = property_of(p->config, config_row_key(row));
  print_row(p, 2, row, property->value, strcmp(property->value, row->default_text) == 0);
}

// Properties that have no row: as they were set.
static void print_kafka_rest(struct printer *p) {
  for (size_t i = 0; i < p->config->kafka_count; i++) {
    const struct config_property *property = &p->config->kafka[i];
    if (has_row(property->name, p->arena)) continue;
    fprintf(p->out, "  %s%s: %s\n", property->name, property->is_secret ? "_file" : "",
            property->is_secret ? "<set>" : quote(property->value, p->arena));
  }
}

static void print_functions(struct printer *p) {
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    if (!config_row_in(row, "functions[]")) continue;
    const char *standard = row->default_text ? arena_printf(p->arena, "default %s", row->default_text) : "must be given";
    print_comment(p->out, 0, arena_printf(p->arena, "- %s: %s (%s; %s; %s)", config_row_key(row), row->help,
                                          config_value_bounds(row, p->arena), standard, reload_word(row)));
  }
  if (p->config->function_count == 0) fputs("#functions:\n#  - name: callLead\n#    timeout: 10m\n#    heartbeat: 30s\n", p->out);
  for (size_t i = 0; i < p->config->function_count; i++) {
    if (i == 0) fputs("functions:\n", p->out);
    bool first = true;
    for (size_t j = 0; j < config_row_count; j++) {
      const struct config_row *row = &config_rows[j];
      if (!config_row_in(row, "functions[]")) continue;
      const char *value = config_value_format(row, &p->config->functions[i], p->arena);
      fprintf(p->out, "  %s %s: %s\n", first ? "-" : " ", config_row_key(row), quote(value, p->arena));
      first = false;
    }
  }
}

static void print_section(struct printer *p, const struct config_section *section) {
  bool top = !*section->name, kafka = strcmp(section->name, "kafka") == 0;
  fputc('\n', p->out);
  if (!top) print_comment(p->out, 0, section->help);
  if (strcmp(section->name, "functions[]") == 0) {
    print_functions(p);
    return;
  }
  if (!top) fprintf(p->out, "%s:\n", section->name);
  bool first = true;
  for (size_t i = 0; i < config_row_count; i++) {
    const struct config_row *row = &config_rows[i];
    if (!config_row_in(row, section->name)) continue;
    if (!first) fputc('\n', p->out);
    first = false;
    if (kafka)
      print_kafka_row(p, row);
    else
      print_plain(p, top ? 0 : 2, row);
  }
  if (kafka) print_kafka_rest(p);
}

void config_print(const struct config *config, FILE *out) {
  struct config *defaults = config_default();
  struct printer printer = {out, arena_new(), config, defaults};
  print_comment(out, 0, "workflowd.yaml: the configuration of workflowd(8), explained in workflowd.yaml(5).");
  print_comment(out, 0, "Every key is here with its bounds and its default, commented out where the default stands. "
                        "`workflowd --check -c FILE` says what is wrong with a file; `systemctl reload workflowd` (SIGHUP) "
                        "reads it again, and changes the keys marked so.");
  print_comment(out, 0, "Durations are whole numbers with units: us, ms, s, m, h, d (90s, 1h30m). Sizes are whole numbers "
                        "with B, KiB, MiB or GiB.");
  for (size_t i = 0; i < config_section_count; i++) print_section(&printer, &config_sections[i]);
  arena_free(printer.arena);
  config_free(defaults);
}
