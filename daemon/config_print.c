// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config.h"
#include "config_sample.h"
#include "config_table.h"
#include "config_value.h"

static const struct config_property *property_of(const struct config *config, const char *name) {
  for (size_t i = 0; i < config->kafka_count; i++)
    if (strcmp(config->kafka[i].name, name) == 0) return &config->kafka[i];
  return NULL;
}

static bool has_row(const char *property, struct arena *arena) {
  return config_row_find(&config_table, arena_printf(arena, "kafka.%s", property)) != NULL;
}

static void print_kafka_row(struct config_sample *p, const struct config_row *row) {
  const struct config_property *property = property_of(p->config, config_row_key(row));
  config_sample_row(p, 2, row, property->value, strcmp(property->value, row->default_text) == 0);
}

// Properties that have no row: as they were set.
static void print_kafka_rest(struct config_sample *p) {
  const struct config *config = p->config;
  for (size_t i = 0; i < config->kafka_count; i++) {
    const struct config_property *property = &config->kafka[i];
    if (has_row(property->name, p->arena)) continue;
    fprintf(p->out, "  %s%s: %s\n", property->name, property->is_secret ? "_file" : "",
            property->is_secret ? "<set>" : config_sample_quote(property->value, p->arena));
  }
}

static void print_functions(struct config_sample *p) {
  const struct config *config = p->config;
  for (size_t i = 0; i < config_table.row_count; i++) {
    const struct config_row *row = &config_table.rows[i];
    if (!config_row_in(row, "functions[]")) continue;
    const char *standard = row->default_text ? arena_printf(p->arena, "default %s", row->default_text) : "must be given";
    config_sample_comment(p->out, 0, arena_printf(p->arena, "- %s: %s (%s; %s; %s)", config_row_key(row), row->help,
                                          config_value_bounds(row, p->arena), standard, config_sample_reload(row)));
  }
  if (config->function_count == 0) fputs("#functions:\n#  - name: callLead\n#    timeout: 10m\n#    heartbeat: 30s\n", p->out);
  for (size_t i = 0; i < config->function_count; i++) {
    if (i == 0) fputs("functions:\n", p->out);
    bool first = true;
    for (size_t j = 0; j < config_table.row_count; j++) {
      const struct config_row *row = &config_table.rows[j];
      if (!config_row_in(row, "functions[]")) continue;
      const char *value = config_value_format(row, &config->functions[i], p->arena);
      fprintf(p->out, "  %s %s: %s\n", first ? "-" : " ", config_row_key(row), config_sample_quote(value, p->arena));
      first = false;
    }
  }
}

static void print_kafka(struct config_sample *p) {
  fputs("kafka:\n", p->out);
  bool first = true;
  for (size_t i = 0; i < config_table.row_count; i++) {
    const struct config_row *row = &config_table.rows[i];
    if (!config_row_in(row, "kafka")) continue;
    if (!first) fputc('\n', p->out);
    first = false;
    print_kafka_row(p, row);
  }
  print_kafka_rest(p);
}

void config_print(const struct config *config, FILE *out) {
  static const struct config_sample_special specials[] = {{"kafka", print_kafka}, {"functions[]", print_functions}, {NULL, NULL}};
  struct config *defaults = config_default();
  struct config_sample sample = {.out = out, .schema = &config_table, .config = config, .defaults = defaults};
  config_sample_print(&sample, specials);
  config_free(defaults);
}
