// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_verb.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "ctl/document.h"
#include "ctl/rehearse_draw.h"
#include "ctl/rehearse_events.h"
#include "ctl/rehearse_folder.h"
#include "ctl/rehearse_functions.h"
#include "ctl/rehearse_json.h"
#include "ctl/rehearse_start.h"
#include "ctl/timeline.h"
#include "ctl/verb.h"
#include "io/evaluator.h"
#include "secrets.h"

// A Monday morning: rehearsals are the same whenever they take place.
#define START "2026-01-05T09:00:00Z"
#define START_MAX (INT64_C(190288396800) * USEC_PER_SEC) // the year 8000; a rehearsal may take some more

struct options {
  const char *input, *answers, *secrets, *now, *seed, *cancel_after;
  struct argument_list definitions, functions, events;
  bool ascii, lifecycle, live_http;
};

// Everything that a rehearsal needs, and what has to be ended after it.
struct rehearsal {
  const struct arguments *arguments;
  struct session session;
  struct arena *arena;
  struct config *defaults; // when there is no configuration
  struct rehearse_source answers_source;
  struct rehearse_answers *answers;
  struct rehearse_events events;
  struct secrets *secrets; // NULL = every declared one is there, none is known
  struct document_catalog catalog;
  struct document *documents;
  size_t document_count;
  const struct wf_definition **definitions;
  struct rehearse_world_config world;
  jv input;
};

// ---- what is given ----------------------------------------------------------

static int read_times(struct rehearsal *rehearsal, const struct options *options) {
  const struct arguments *arguments = rehearsal->arguments;
  struct rehearse_world_config *world = &rehearsal->world;
  const char *now = options->now ? options->now : START;
  long seed = 1;
  world->cancel_after = USEC_NEVER;
  if (clock_parse(now, strlen(now), &world->start) < 0 || world->start < 0 || world->start > START_MAX)
    return arguments_wrong(arguments, "--now %s: expected an instant such as " START ", from 1970 to 8000", now);
  if (!arguments_number(arguments, "seed", options->seed, 0, INT32_MAX, &seed)) return EXIT_USAGE;
  world->seed = (uint64_t)seed;
  return arguments_duration(arguments, "cancel-after", options->cancel_after, &world->cancel_after) ? EXIT_OK : EXIT_USAGE;
}

static int read_events(struct rehearsal *rehearsal, const struct options *options) {
  int code = EXIT_OK;
  for (size_t i = 0; i < options->events.count; i++) {
    struct rehearse_source source;
    if (rehearse_source_read(options->events.items[i], rehearsal->arena, &source) == 0)
      rehearse_events_read(&rehearsal->events, &source, rehearsal->world.start);
    if (rehearse_source_finish(&source) < 0) code = REHEARSE_FAILED;
  }
  return code;
}

static int read_secrets(struct rehearsal *rehearsal, const char *folder) {
  struct stat found;
  if (!folder) return EXIT_OK;
  if (stat(folder, &found) < 0 || !S_ISDIR(found.st_mode)) {
    fprintf(stderr, "workflowctl rehearse: --secrets %s: no such folder\n", folder);
    return REHEARSE_FAILED;
  }
  rehearsal->secrets = secrets_new(folder, NULL);
  return EXIT_OK;
}

static int read_given(struct rehearsal *rehearsal, const struct options *options) {
  if (options->input && rehearse_source_value("input", options->input, rehearsal->arena, &rehearsal->input) < 0)
    return REHEARSE_FAILED;
  if (!options->answers) return EXIT_OK;
  struct rehearse_source *source = &rehearsal->answers_source;
  if (rehearse_source_read(options->answers, rehearsal->arena, source) == 0)
    rehearsal->answers = rehearse_answers_read(source, rehearsal->arena);
  return rehearse_source_finish(source) < 0 ? REHEARSE_FAILED : EXIT_OK;
}

// ---- definitions ------------------------------------------------------------

// What those that are there run, and what that runs. Returns how many there are more.
static size_t read_neighbours(struct rehearsal *rehearsal) {
  struct argument_list paths = {0};
  rehearse_folder_find(rehearsal->documents, rehearsal->document_count, rehearsal->arena, &paths);
  size_t count = rehearsal->document_count + paths.count, found = paths.count;
  rehearsal->documents = xrealloc(rehearsal->documents, count * sizeof *rehearsal->documents);
  for (size_t i = 0; i < found; i++) document_read(paths.items[i], &rehearsal->documents[rehearsal->document_count + i]);
  rehearsal->document_count = count;
  argument_list_free(&paths);
  return found;
}

static int read_documents(struct rehearsal *rehearsal, const struct options *options) {
  size_t count = 1 + options->definitions.count;
  rehearsal->documents = xcalloc(count, sizeof *rehearsal->documents);
  rehearsal->document_count = count;
  document_read(rehearsal->arguments->words[0], &rehearsal->documents[0]);
  for (size_t i = 1; i < count; i++) document_read(options->definitions.items[i - 1], &rehearsal->documents[i]);
  for (size_t found = 1; found;) found = read_neighbours(rehearsal);
  return EXIT_OK;
}

// Where nobody says which functions there are, a definition may call any.
static int read_catalog(struct rehearsal *rehearsal, struct argument_list *names) {
  const struct rehearse_answers *answers = rehearsal->answers;
  struct session *session = &rehearsal->session;
  if (session_configure_if_there(session) != EXIT_OK) return EXIT_FAILED;
  bool is_open = !names->count && !(session->settings && session->settings->catalog.count);
  if (answers) rehearse_functions_of_answers(answers, names);
  for (size_t i = 0; i < rehearsal->document_count; i++) {
    const struct document *document = &rehearsal->documents[i];
    if (!document->bytes) continue;
    if (answers) rehearse_functions_of_document(document->bytes, document->size, answers, rehearsal->arena, names);
    if (is_open) rehearse_functions_of_document(document->bytes, document->size, NULL, rehearsal->arena, names);
  }
  int code = document_catalog_read(&rehearsal->session, names, &rehearsal->catalog);
  if (rehearsal->secrets) rehearsal->catalog.catalog.secrets = secrets_shapes(rehearsal->secrets);
  return code;
}

static void print_refusal(const struct rehearsal *rehearsal) {
  jv documents = jv_array();
  for (size_t i = 0; i < rehearsal->document_count; i++)
    documents = jv_array_append(documents, document_json(&rehearsal->documents[i]));
  rehearse_json_print(rehearse_json_nothing("refused", documents), JV_PRINT_SORTED, stdout);
  putchar('\n');
}

static int check_documents(struct rehearsal *rehearsal) {
  int code = EXIT_OK;
  rehearsal->definitions = xcalloc(rehearsal->document_count, sizeof *rehearsal->definitions);
  for (size_t i = 0; i < rehearsal->document_count; i++) {
    struct document *document = &rehearsal->documents[i];
    document_check(document, &rehearsal->catalog.catalog);
    document_say_problems(document);
    if (!document->definition) code = REHEARSE_REFUSED;
    rehearsal->definitions[i] = document->definition;
  }
  if (code != EXIT_OK && rehearsal->arguments->json) print_refusal(rehearsal);
  return code;
}

static int check_answers(struct rehearsal *rehearsal) {
  if (!rehearsal->answers) return EXIT_OK;
  struct rehearse_source *source = &rehearsal->answers_source;
  struct argument_list called = {0};
  for (size_t i = 0; i < rehearsal->document_count; i++)
    rehearse_functions_of_document(rehearsal->documents[i].bytes, rehearsal->documents[i].size, NULL, rehearsal->arena, &called);
  rehearse_answers_check(rehearsal->answers, source, rehearsal->definitions, rehearsal->document_count, &called);
  argument_list_free(&called);
  return rehearse_source_finish(source) < 0 ? REHEARSE_FAILED : EXIT_OK;
}

static int prepare(struct rehearsal *rehearsal, struct options *options) {
  int code = read_times(rehearsal, options);
  if (code == EXIT_OK) code = read_given(rehearsal, options);
  if (code == EXIT_OK) code = read_events(rehearsal, options);
  if (code == EXIT_OK) code = read_secrets(rehearsal, options->secrets);
  if (code == EXIT_OK && options->live_http && rehearse_live_new(rehearsal->secrets, &rehearsal->world.live) < 0) code = REHEARSE_FAILED;
  if (code == EXIT_OK) code = read_documents(rehearsal, options);
  if (code == EXIT_OK) code = read_catalog(rehearsal, &options->functions);
  if (code == EXIT_OK) code = check_documents(rehearsal);
  return code == EXIT_OK ? check_answers(rehearsal) : code;
}

// ---- playing ----------------------------------------------------------------

static int exit_code(const struct rehearse_record *record, enum rehearse_end end) {
  if (end == REHEARSE_WANTING || end == REHEARSE_WAITING) return REHEARSE_STOPPED;
  if (end == REHEARSE_ENDLESS) return REHEARSE_FAILED;
  enum wf_status status = record->runs.items[0]->run->status;
  return status == WF_COMPLETED ? REHEARSE_COMPLETED : status == WF_FAULTED ? REHEARSE_FAULTED : REHEARSE_CANCELLED;
}

static int show(struct rehearsal *rehearsal, const struct options *options) {
  struct rehearse_record record;
  rehearse_record_begin(&record, rehearsal->world.start);
  enum rehearse_end end = rehearse_world_play(&rehearsal->world, rehearsal->input, &record);
  if (rehearsal->arguments->json) {
    rehearse_json_print(rehearse_json(&record, end), JV_PRINT_SORTED, stdout);
    putchar('\n');
  } else {
    rehearse_draw(&record, end, options->ascii || timeline_is_ascii(), stdout);
  }
  rehearse_draw_wants(&record, end, stderr);
  int code = exit_code(&record, end);
  rehearse_record_clear(&record);
  return code;
}

static void say_what_starts_it(const struct rehearsal *rehearsal) {
  const struct rehearse_world_config *world = &rehearsal->world;
  jv rejected = rehearse_start_rejected(world->definitions[0], world->evaluator, &rehearsal->events, world->start);
  fputs("waits for an event that starts it\n", stderr);
  rehearse_draw_rejected(rejected, stderr);
  fputs("  to send one: --event FILE, or --input for a start by name\n", stderr);
  if (!rehearsal->arguments->json) {
    jv_free(rejected);
    return;
  }
  jv want = jv_object_set(jv_object_set(jv_object(), jv_string("kind"), jv_string("event")), jv_string("rejected"), rejected);
  jv nothing = rehearse_json_nothing("waiting", jv_array());
  rehearse_json_print(jv_object_set(nothing, jv_string("waitingFor"), jv_array_append(jv_array(), want)), JV_PRINT_SORTED, stdout);
  putchar('\n');
}

// An event starts the workflow, when it asks for that and no input is given. False: none does.
static bool start_by_event(struct rehearsal *rehearsal) {
  struct rehearse_world_config *world = &rehearsal->world;
  if (!wf_definition_trigger(world->definitions[0]) || jv_is_valid(rehearsal->input)) return true;
  struct rehearse_start start;
  if (!rehearse_start_find(world->definitions[0], world->evaluator, &rehearsal->events, world->start, &start)) {
    say_what_starts_it(rehearsal);
    return false;
  }
  jv_free(rehearsal->input);
  rehearsal->input = start.input;
  world->start = start.at;
  return true;
}

static int play(struct rehearsal *rehearsal, const struct options *options) {
  struct rehearse_world_config *world = &rehearsal->world;
  if (!rehearsal->session.config) rehearsal->defaults = config_default();
  const struct config *config = rehearsal->defaults ? rehearsal->defaults : rehearsal->session.config;
  struct evaluator *evaluator = evaluator_new(&(struct evaluator_config){
      .budget = config->bounds.expression_time, .memory = (size_t)config->bounds.expression_memory});
  world->evaluator = evaluator_interface(evaluator);
  world->bounds = (struct wf_bounds){.steps_max = (int32_t)config->bounds.steps_per_run,
                                     .value_bytes_max = (size_t)config->bounds.value,
                                     .lookback = REHEARSE_LOOKBACK,
                                     .lifecycle = options->lifecycle ? WF_LIFECYCLE_REQUIRED : WF_LIFECYCLE_NONE};
  world->answers = rehearsal->answers;
  world->events = &rehearsal->events;
  world->definitions = rehearsal->definitions;
  world->definition_count = rehearsal->document_count;
  int code = start_by_event(rehearsal) ? show(rehearsal, options) : REHEARSE_STOPPED;
  evaluator_free(evaluator);
  return code;
}

static void finish(struct rehearsal *rehearsal) {
  for (size_t i = 0; i < rehearsal->document_count; i++) document_free(&rehearsal->documents[i]);
  free(rehearsal->documents);
  free(rehearsal->definitions);
  document_catalog_free(&rehearsal->catalog);
  rehearse_answers_free(rehearsal->answers);
  rehearse_live_free(rehearsal->world.live);
  secrets_free(rehearsal->secrets);
  rehearse_events_clear(&rehearsal->events);
  jv_free(rehearsal->input);
  config_free(rehearsal->defaults);
  session_close(&rehearsal->session);
  arena_free(rehearsal->arena);
}

int rehearse_verb(int argc, char **argv) {
  struct options options = {0};
  const struct argument_row rows[] = {{"input", .value = &options.input},
                                      {"answers", .value = &options.answers},
                                      {"event", .list = &options.events},
                                      {"secrets", .value = &options.secrets},
                                      {"definition", .list = &options.definitions},
                                      {"function", .list = &options.functions},
                                      {"now", .value = &options.now},
                                      {"seed", .value = &options.seed},
                                      {"cancel-after", .value = &options.cancel_after},
                                      {"lifecycle", .flag = &options.lifecycle},
                                      {"live-http", .flag = &options.live_http},
                                      {"ascii", .flag = &options.ascii}};
  struct arguments arguments;
  int code = EXIT_USAGE;
  if (arguments_read(argc, argv, rows, sizeof rows / sizeof *rows, &arguments, &code) == ARGUMENTS_GO_ON &&
      arguments_words(&arguments, 1, 1, "a file, or - for standard input")) {
    struct rehearsal rehearsal = {.arguments = &arguments, .arena = arena_new(), .input = jv_invalid()};
    rehearsal.session.arguments = &arguments;
    code = prepare(&rehearsal, &options);
    if (code == EXIT_OK) code = play(&rehearsal, &options);
    finish(&rehearsal);
  }
  argument_list_free(&options.definitions);
  argument_list_free(&options.events);
  argument_list_free(&options.functions);
  return code;
}
