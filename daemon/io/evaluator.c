// SPDX-License-Identifier: Apache-2.0
#include "io/evaluator.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <uthash.h>

#include "base/error.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "io/evaluator_child.h"
#include "io/evaluator_wire.h"

static const usec_t BUDGET_MIN = USEC_PER_MSEC;
static const usec_t PREPARE_TIME = 10 * USEC_PER_SEC; // to start, or to compile a program
static const usec_t WAIT_MAX = 10 * USEC_PER_SEC;     // for an answer, besides its own time
enum { SLOW_MAX = 1024 };

struct expression_key {
  uint64_t program;
  int64_t index;
};

// An expression that used up its time, and what it gets now.
struct slow {
  struct expression_key key;
  usec_t budget;
  UT_hash_handle hh;
};

struct evaluator {
  struct evaluator_config config;
  char *path;
  struct wf_evaluator interface;
  pid_t pid; // 0 = none
  int fd;
  struct evaluator_frame answer;
  struct slow *slow;
  struct evaluator_counts counts;
};

// ---- the process

// Ends it, and says how it ended; it may have ended by itself.
static int stop(struct evaluator *evaluator) {
  int status = 0;
  if (!evaluator->pid) return 0;
  close(evaluator->fd);
  kill(evaluator->pid, SIGKILL);
  while (waitpid(evaluator->pid, &status, 0) < 0 && errno == EINTR) continue;
  evaluator->pid = 0;
  evaluator->fd = -1;
  return status;
}

static int spawn(struct evaluator *evaluator, int fd) {
  char memory[64];
  snprintf(memory, sizeof memory, EVALUATOR_MEMORY "=%zu", evaluator->config.memory);
  char *const arguments[] = {"workflowd", "--evaluator", NULL};
  char *const environment[] = {memory, NULL}; // which the child clears
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, fd, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  int error = posix_spawn(&evaluator->pid, evaluator->path, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static int start(struct evaluator *evaluator) {
  int ends[2];
  if (evaluator->pid) return 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return -WF_EIO;
  int error = spawn(evaluator, ends[1]);
  close(ends[1]);
  if (error) {
    evaluator->pid = 0;
    close(ends[0]);
    log_error("cannot start the evaluator %s: %s", evaluator->path, strerror(error));
    return -WF_EIO;
  }
  evaluator->fd = ends[0];
  evaluator->counts.starts++;
  if (evaluator_receive(evaluator->fd, &evaluator->answer, clock_boottime() + PREPARE_TIME) == 0 &&
      evaluator->answer.kind == EVALUATOR_READY)
    return 0;
  stop(evaluator);
  log_error("the evaluator %s does not start", evaluator->path);
  return -WF_EIO;
}

// ---- budgets

static struct slow *find_slow(struct evaluator *evaluator, const struct expression_key *key) {
  struct slow *slow;
  HASH_FIND(hh, evaluator->slow, key, sizeof *key, slow);
  return slow;
}

static void drop_slow(struct evaluator *evaluator, struct slow *slow) {
  HASH_DEL(evaluator->slow, slow);
  free(slow);
}

static usec_t budget_of(struct evaluator *evaluator, const struct expression_key *key) {
  const struct slow *slow = find_slow(evaluator, key);
  return slow && slow->budget < evaluator->config.budget ? slow->budget : evaluator->config.budget;
}

static void note_timeout(struct evaluator *evaluator, const struct expression_key *key, usec_t budget) {
  struct slow *slow = find_slow(evaluator, key);
  if (!slow) {
    if (HASH_COUNT(evaluator->slow) == SLOW_MAX) drop_slow(evaluator, evaluator->slow); // the oldest
    slow = xcalloc(1, sizeof *slow);
    slow->key = *key;
    HASH_ADD(hh, evaluator->slow, key, sizeof slow->key, slow);
  }
  slow->budget = budget / 2 > BUDGET_MIN ? budget / 2 : BUDGET_MIN;
}

static void note_success(struct evaluator *evaluator, const struct expression_key *key) {
  struct slow *slow = find_slow(evaluator, key);
  if (slow) drop_slow(evaluator, slow);
}

// ---- evaluation

// The process ended or does not answer as it should: a text for the run.
static char *explain_end(struct evaluator *evaluator) {
  int status = stop(evaluator);
  evaluator->counts.crashes++;
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT)
    return xstrdup("it ended the evaluator: jq aborted, or ran out of memory");
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
    return xstrdup("it ended the evaluator: out of processor time");
  if (WIFSIGNALED(status)) return xasprintf("it ended the evaluator: %s", strsignal(WTERMSIG(status)));
  return xstrdup("it ended the evaluator");
}

// What the process is asked: an expression of a program, or a schema (index -1).
struct question {
  struct expression_key key;
  const char *text; // of the program or schema, when the process does not have it
  jv payload;       // JSON, owned
};

static bool is_validation(const struct question *question) { return question->key.index < 0; }

// Has the process compile a program or a schema. Returns 0, or the error's text.
static char *load_program(struct evaluator *evaluator, const struct question *question) {
  usec_t deadline = clock_boottime() + PREPARE_TIME;
  if (evaluator_send(evaluator->fd, is_validation(question) ? EVALUATOR_SCHEMA : EVALUATOR_PROGRAM,
                     question->key.program, 0, question->text, strlen(question->text), deadline) != 0 ||
      evaluator_receive(evaluator->fd, &evaluator->answer, deadline) != 0)
    return explain_end(evaluator);
  if (evaluator->answer.kind == EVALUATOR_LOADED) return NULL;
  if (evaluator->answer.kind == EVALUATOR_ERROR) return xstrdup(evaluator->answer.payload.data);
  return explain_end(evaluator);
}

// What the process has had of the processor so far; where nobody says so, the time itself.
static usec_t processor_time(pid_t pid) {
  clockid_t clock;
  struct timespec used;
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0) return clock_boottime();
  return (usec_t)used.tv_sec * USEC_PER_SEC + used.tv_nsec / 1000;
}

// Until there is something to receive. -WF_EIO when the process has had its time of the
// processor: that others have it is not the expression's fault, but has an end too.
static int await(const struct evaluator *evaluator, usec_t before, usec_t budget, usec_t deadline) {
  for (;;) {
    usec_t left = budget - (processor_time(evaluator->pid) - before), now = clock_boottime();
    if (left <= 0 || now >= deadline) return -WF_EIO;
    usec_t next = now + (left > USEC_PER_MSEC ? left : USEC_PER_MSEC);
    int status = evaluator_await(evaluator->fd, next < deadline ? next : deadline);
    if (status != -WF_EIO) return status;
  }
}

// One question and its answer. Returns NULL when there is an answer.
static char *ask_once(struct evaluator *evaluator, const struct question *question) {
  usec_t budget = budget_of(evaluator, &question->key), deadline = clock_boottime() + budget + WAIT_MAX;
  usec_t before = processor_time(evaluator->pid);
  int status = evaluator_send(evaluator->fd, is_validation(question) ? EVALUATOR_VALIDATE : EVALUATOR_EVALUATE,
                              question->key.program, (int32_t)question->key.index, jv_string_value(question->payload),
                              (size_t)jv_string_length_bytes(jv_copy(question->payload)), deadline);
  if (status == 0) status = await(evaluator, before, budget, deadline);
  if (status == 0) status = evaluator_receive(evaluator->fd, &evaluator->answer, deadline);
  if (status == 0) return NULL;
  if (status != -WF_EIO) return explain_end(evaluator);
  stop(evaluator);
  evaluator->counts.timeouts++;
  note_timeout(evaluator, &question->key, budget);
  return xasprintf("it took longer than %.3g ms", (double)budget / USEC_PER_MSEC);
}

static char *ask_loaded(struct evaluator *evaluator, const struct question *question) {
  if (start(evaluator) != 0) return xstrdup("the evaluator does not start");
  char *error = ask_once(evaluator, question);
  if (error || evaluator->answer.kind != EVALUATOR_UNKNOWN) return error;
  error = load_program(evaluator, question);
  return error ? error : ask_once(evaluator, question);
}

// Takes the payload. Returns NULL when the answer is a value.
static char *ask(struct evaluator *evaluator, struct question question) {
  evaluator->counts.evaluations++;
  char *error = ask_loaded(evaluator, &question);
  jv_free(question.payload);
  if (error) return error;
  if (evaluator->answer.kind != EVALUATOR_VALUE && evaluator->answer.kind != EVALUATOR_ERROR)
    return explain_end(evaluator);
  note_success(evaluator, &question.key); // in time, whatever it says
  return evaluator->answer.kind == EVALUATOR_ERROR ? xstrdup(evaluator->answer.payload.data) : NULL;
}

static int evaluate(void *context, const struct wf_definition *definition, const struct wf_expr *expr, jv dot, jv vars,
                    jv *ret_value, char **ret_error) {
  struct evaluator *evaluator = context;
  struct wf_expr_program program = wf_expr_program(definition, expr);
  struct question question = {{program.hash, program.index}, program.text, jv_dump_string(JV_ARRAY(dot, vars), 0)};
  char *error = ask(evaluator, question);
  if (!error) {
    jv value = jv_parse_sized(evaluator->answer.payload.data, (int)evaluator->answer.payload.size);
    if (jv_is_valid(value)) {
      *ret_value = value;
      return 0;
    }
    jv_free(value);
    error = explain_end(evaluator);
  }
  *ret_error = error;
  return -WF_EEXPRESSION;
}

static int validate(void *context, const struct wf_schema *schema, jv value, char **ret_problem) {
  char *problem = ask(context, (struct question){{schema->hash, -1}, schema->text, jv_dump_string(value, 0)});
  if (!problem) return 0;
  *ret_problem = problem;
  return -WF_EINVAL;
}

struct evaluator *evaluator_new(const struct evaluator_config *config) {
  struct evaluator *evaluator = xcalloc(1, sizeof *evaluator);
  evaluator->config = *config;
  evaluator->path = xstrdup(config->program ? config->program : "/proc/self/exe");
  evaluator->interface = (struct wf_evaluator){evaluate, validate, evaluator};
  evaluator->fd = -1;
  return evaluator;
}

void evaluator_free(struct evaluator *evaluator) {
  if (!evaluator) return;
  stop(evaluator);
  while (evaluator->slow) drop_slow(evaluator, evaluator->slow);
  buf_free(&evaluator->answer.payload);
  free(evaluator->path);
  free(evaluator);
}

void evaluator_set_budget(struct evaluator *evaluator, usec_t budget) { evaluator->config.budget = budget; }
const struct wf_evaluator *evaluator_interface(struct evaluator *evaluator) { return &evaluator->interface; }
struct evaluator_counts evaluator_get_counts(const struct evaluator *evaluator) {
  return evaluator->counts;
}
