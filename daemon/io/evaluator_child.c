// SPDX-License-Identifier: Apache-2.0
#include "io/evaluator_child.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/json_schema.h"
#include "engine/jsonb.h"
#include "engine/program.h"
#include "io/evaluator_wire.h"

enum { SOCKET = 0, PROGRAMS_MAX = 64, CPU_SECONDS = 10, MEMORY_DEFAULT = 512 << 20 };

// One of the two.
struct program {
  uint64_t hash;
  jq_state *jq;
  struct wf_json_schema *schema;
  uint64_t last_used;
};

struct child {
  struct program programs[PROGRAMS_MAX];
  size_t count;
  uint64_t clock;
  struct evaluator_frame frame;
};

static void limit(__rlimit_resource_t resource, rlim_t value) {
  struct rlimit bound = {value, value};
  setrlimit(resource, &bound);
}

// AddressSanitizer reserves more addresses than any useful limit.
#if defined(__SANITIZE_ADDRESS__)
static const bool LIMITS_MEMORY = false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
static const bool LIMITS_MEMORY = false;
#else
static const bool LIMITS_MEMORY = true;
#endif
#else
static const bool LIMITS_MEMORY = true;
#endif

static void set_limits(rlim_t memory) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  clearenv();
  setenv("TZ", "UTC0", 1); // for libc, not for expressions: they cannot read it
  setenv("LC_ALL", "C", 1);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);
  if (LIMITS_MEMORY) limit(RLIMIT_AS, memory);
}

// RLIMIT_CPU counts from the start of the process; what a request may use, from now.
static void limit_cpu(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0) return;
  struct rlimit bound = {(rlim_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + CPU_SECONDS), RLIM_INFINITY};
  setrlimit(RLIMIT_CPU, &bound);
}

static int reply(struct child *child, enum evaluator_frame_kind kind, const char *text, size_t size) {
  return evaluator_send(SOCKET, kind, child->frame.program, child->frame.index, text, size, USEC_NEVER);
}

static struct program *find(struct child *child, bool is_schema) {
  for (size_t i = 0; i < child->count; i++) {
    struct program *program = &child->programs[i];
    if (program->hash != child->frame.program || is_schema != !!program->schema) continue;
    program->last_used = ++child->clock;
    return program;
  }
  return NULL;
}

static void clear(struct program *program) {
  if (program->jq) jq_teardown(&program->jq);
  wf_json_schema_free(program->schema);
}

// A free place, or that of the program not used for the longest time.
static struct program *take_place(struct child *child) {
  if (child->count < PROGRAMS_MAX) return &child->programs[child->count++];
  struct program *oldest = &child->programs[0];
  for (size_t i = 1; i < child->count; i++)
    if (child->programs[i].last_used < oldest->last_used) oldest = &child->programs[i];
  clear(oldest);
  return oldest;
}

static int load(struct child *child, bool is_schema) {
  struct program made = {.hash = child->frame.program, .last_used = ++child->clock};
  const struct buf *text = &child->frame.payload;
  char *error = NULL;
  if (find(child, is_schema)) return reply(child, EVALUATOR_LOADED, NULL, 0);
  if (is_schema)
    made.schema = wf_json_schema_new(text->data, text->size, &error);
  else
    made.jq = wf_jq_compile(text->data, &error);
  if (made.schema || made.jq) {
    *take_place(child) = made;
    return reply(child, EVALUATOR_LOADED, NULL, 0);
  }
  int status = reply(child, EVALUATOR_ERROR, error, strlen(error));
  free(error);
  return status;
}

static int reply_value(struct child *child, jv value) {
  const char *objection = wf_jsonb_objection(value);
  if (objection) {
    jv_free(value);
    return reply(child, EVALUATOR_ERROR, objection, strlen(objection));
  }
  jv text = jv_dump_string(value, 0);
  int status = reply(child, EVALUATOR_VALUE, jv_string_value(text), (size_t)jv_string_length_bytes(jv_copy(text)));
  jv_free(text);
  return status;
}

static int evaluate(struct child *child) {
  struct program *program = find(child, false);
  if (!program) return reply(child, EVALUATOR_UNKNOWN, NULL, 0);
  jv input = jv_parse_sized(child->frame.payload.data, (int)child->frame.payload.size);
  if (jv_get_kind(input) != JV_KIND_ARRAY) {
    jv_free(input);
    return -WF_EIO;
  }
  jv dot = jv_array_get(jv_copy(input), 0), vars = jv_array_get(input, 1), value;
  char *error = NULL;
  if (wf_jq_run(program->jq, child->frame.index, dot, vars, &value, &error) == 0) return reply_value(child, value);
  int status = reply(child, EVALUATOR_ERROR, error, strlen(error));
  free(error);
  return status;
}

static int validate(struct child *child) {
  struct program *program = find(child, true);
  if (!program) return reply(child, EVALUATOR_UNKNOWN, NULL, 0);
  const struct buf *value = &child->frame.payload;
  char *problem = NULL;
  if (wf_json_schema_validate(program->schema, value->data, value->size, &problem) == 0)
    return reply(child, EVALUATOR_VALUE, "true", 4);
  int status = reply(child, EVALUATOR_ERROR, problem, strlen(problem));
  free(problem);
  return status;
}

static int answer(struct child *child) {
  switch (child->frame.kind) {
  case EVALUATOR_PROGRAM: return load(child, false);
  case EVALUATOR_SCHEMA: return load(child, true);
  case EVALUATOR_EVALUATE: return evaluate(child);
  case EVALUATOR_VALIDATE: return validate(child);
  default: return -WF_EIO;
  }
}

int evaluator_child_main(int argc, char **argv) {
  struct child *child = calloc(1, sizeof *child);
  const char *limit_text = getenv(EVALUATOR_MEMORY);
  unsigned long long memory = limit_text ? strtoull(limit_text, NULL, 10) : 0;
  (void)argc, (void)argv;
  set_limits(memory ? (rlim_t)memory : MEMORY_DEFAULT);
  int status = child ? reply(child, EVALUATOR_READY, NULL, 0) : -WF_EIO;
  while (status == 0) {
    limit_cpu();
    status = evaluator_receive(SOCKET, &child->frame, USEC_NEVER);
    if (status == 0) status = answer(child);
  }
  if (child)
    for (size_t i = 0; i < child->count; i++) clear(&child->programs[i]);
  if (child) buf_free(&child->frame.payload);
  free(child);
  return status == -WF_EDOWN ? EXIT_SUCCESS : EXIT_FAILURE;
}
