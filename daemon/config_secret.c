// SPDX-License-Identifier: Apache-2.0
#include "config_secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/xalloc.h"

static char *secret_path(const char *reference) {
  if (*reference == '/') return xstrdup(reference);
  const char *folder = getenv("CREDENTIALS_DIRECTORY");
  return folder ? xasprintf("%s/%s", folder, reference) : NULL;
}

// Everything in the file, at most CONFIG_SECRET_MAX bytes; -1 with errno.
static ssize_t read_all(int fd, char *out) {
  size_t size = 0;
  while (size < CONFIG_SECRET_MAX + 1) {
    ssize_t n = read(fd, out + size, CONFIG_SECRET_MAX + 1 - size);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return -1;
    if (n == 0) break;
    size += (size_t)n;
  }
  return (ssize_t)size;
}

static const char *check_content(char *data, ssize_t size) {
  if (size < 0) return strerror(errno);
  if (size > CONFIG_SECRET_MAX) return "is too large for a secret";
  if (size > 0 && data[size - 1] == '\n') size--;
  data[size] = '\0';
  if (size == 0) return "is empty";
  return strlen(data) == (size_t)size ? NULL : "holds a NUL byte";
}

// Returns NULL and the secret, or what is wrong.
static const char *read_file(const char *path, char **ret_secret) {
  int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) return strerror(errno);
  struct stat status = {0};
  if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_mode & S_IRWXO) {
    close(fd);
    return S_ISREG(status.st_mode) ? "may be read by everyone, expected mode 0640 or less" : "is no file";
  }
  char *data = xmalloc(CONFIG_SECRET_MAX + 2);
  const char *problem = check_content(data, read_all(fd, data));
  close(fd);
  if (!problem) *ret_secret = xstrdup(data);
  explicit_bzero(data, CONFIG_SECRET_MAX + 2);
  free(data);
  return problem;
}

int config_secret_read(const char *reference, char **ret_secret, char **ret_problem) {
  char *path = secret_path(reference);
  if (!path) {
    *ret_problem = xasprintf("%s: systemd gave no credentials, expected LoadCredential=%s:… in the unit or an absolute path",
                             reference, reference);
    return -WF_EIO;
  }
  const char *problem = read_file(path, ret_secret);
  if (problem) *ret_problem = xasprintf("%s: %s", path, problem);
  free(path);
  return problem ? -WF_EIO : 0;
}

void config_secret_free(char *secret) {
  if (!secret) return;
  explicit_bzero(secret, strlen(secret));
  free(secret);
}
