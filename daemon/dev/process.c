// SPDX-License-Identifier: Apache-2.0
#include "dev/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// Only what may be called between fork and exec; any failure ends the child.
static void become(const struct passwd *account) {
  if (!account) return;
  if (setgroups(0, NULL) != 0 || setgid(account->pw_gid) != 0 || setuid(account->pw_uid) != 0) _exit(126);
}

static void redirect(const char *log_path, int output) {
  int log = log_path ? open(log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
  if (log_path && log < 0) _exit(126);
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) _exit(126);
  if (log >= 0 && dup2(log, STDERR_FILENO) < 0) _exit(126);
  if (output >= 0 ? dup2(output, STDOUT_FILENO) < 0 : log >= 0 && dup2(log, STDOUT_FILENO) < 0) _exit(126);
}

static void child(const struct process_spec *spec, const struct passwd *account, int output, pid_t parent) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  setsid();
  redirect(spec->log_path, output);
  become(account);
  // After setuid, which clears it. The parent may have died before this took effect.
  if (spec->death_signal && prctl(PR_SET_PDEATHSIG, spec->death_signal) != 0) _exit(126);
  if (getppid() != parent) _exit(126);
  execv(spec->argv[0], (char *const *)spec->argv);
  _exit(127);
}

int process_start(const struct process_spec *spec, struct process *ret_process) {
  const struct passwd *account = spec->user ? getpwnam(spec->user) : NULL;
  if (spec->user && !account) return -WF_EUNKNOWN;
  int pipes[2] = {-1, -1};
  if (spec->ret_output && pipe2(pipes, O_CLOEXEC) != 0) return -WF_EIO;

  pid_t parent = getpid(), pid = fork();
  if (pid == 0) child(spec, account, pipes[1], parent);
  if (pipes[1] >= 0) close(pipes[1]);
  int pidfd = pid > 0 ? pidfd_open(pid, 0) : -1;
  if (pidfd < 0) {
    if (pid > 0) {
      kill(pid, SIGKILL);
      waitpid(pid, NULL, 0);
    }
    if (pipes[0] >= 0) close(pipes[0]);
    return -WF_EIO;
  }
  *ret_process = (struct process){.name = spec->name, .pid = pid, .pidfd = pidfd};
  if (spec->ret_output) *spec->ret_output = pipes[0];
  return 0;
}

bool process_wait(struct process *process, usec_t limit) {
  if (process->pid == 0) return true;
  usec_t end = clock_boottime() + limit;
  struct pollfd wait = {.fd = process->pidfd, .events = POLLIN};
  for (;;) {
    usec_t left = end - clock_boottime();
    int ready = poll(&wait, 1, left > 0 ? (int)(left / USEC_PER_MSEC) + 1 : 0);
    if (ready > 0) break;
    if (left <= 0) return false;
  }
  waitpid(process->pid, &process->status, 0);
  close(process->pidfd);
  process->pid = 0;
  process->pidfd = -1;
  return true;
}

void process_stop(struct process *process, int signal, usec_t grace) {
  if (process->pid == 0) return;
  pidfd_send_signal(process->pidfd, signal, NULL, 0);
  pidfd_send_signal(process->pidfd, SIGCONT, NULL, 0); // one that is stopped would not see it
  if (process_wait(process, grace)) return;
  pidfd_send_signal(process->pidfd, SIGKILL, NULL, 0);
  process_wait(process, USEC_PER_HOUR);
}

bool process_succeeded(const struct process *process) {
  return process->pid == 0 && WIFEXITED(process->status) && WEXITSTATUS(process->status) == 0;
}

const char *process_fate(const struct process *process, char *out, size_t size) {
  if (process->pid != 0) {
    snprintf(out, size, "running");
  } else if (WIFEXITED(process->status)) {
    snprintf(out, size, "exit code %d", WEXITSTATUS(process->status));
  } else {
    int signal = WTERMSIG(process->status);
    snprintf(out, size, "signal %d (%s)", signal, strsignal(signal));
  }
  return out;
}

int process_run(const struct process_spec *spec, usec_t limit) {
  struct process process;
  int r = process_start(spec, &process);
  if (r != 0) return r;
  if (!process_wait(&process, limit)) process_stop(&process, SIGKILL, USEC_PER_SEC);
  return process_succeeded(&process) ? 0 : -WF_EIO;
}
