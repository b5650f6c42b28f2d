// SPDX-License-Identifier: Apache-2.0
// Child processes of the development server. Each is the leader of its own session,
// so that Ctrl-C reaches only the parent, who stops them in order; and each gets a
// signal from the kernel when the parent dies, so that none is left behind, whatever
// happened.
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/clock.h"
#include "base/error.h"

struct process {
  const char *name; // for messages; as given, borrowed
  pid_t pid;        // 0 = none, or already reaped
  int pidfd;
  int status;       // as waitpid(2) gives it, once pid is 0 again
};

struct process_spec {
  const char *name;
  const char *const *argv;     // argv[0] is the path; ends with NULL
  const char *user;            // run as this user; NULL = as we are
  const char *log_path;        // standard error, and output if it is not piped, go here; NULL = ours
  int death_signal;            // sent when the parent dies
  int *ret_output;             // when set: a pipe with its standard output, close-on-exec
};

// Starts it. Returns 0, -WF_EUNKNOWN when the user does not exist, or -WF_EIO when it
// cannot be started; a program that cannot be executed ends with status 127.
int process_start(const struct process_spec *spec, struct process *ret_process) WF_MUST_CHECK;

// Waits at most `limit` for its end and reaps it; true when it has ended (also
// earlier, or was never started).
bool process_wait(struct process *process, usec_t limit);

// Sends `signal`, waits at most `grace`, then kills. Takes one that has ended.
void process_stop(struct process *process, int signal, usec_t grace);

// Whether it ended by itself with exit code 0.
bool process_succeeded(const struct process *process);

// "exit code 1", "signal 9 (Killed)" or "running", written to `out`, which it returns.
const char *process_fate(const struct process *process, char *out, size_t size);

// Starts it and waits for its end, at most `limit` (then it is killed). Returns 0 only
// if it succeeded.
int process_run(const struct process_spec *spec, usec_t limit) WF_MUST_CHECK;
