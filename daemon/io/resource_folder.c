// SPDX-License-Identifier: Apache-2.0
#include "io/resource_folder.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"

// Each segment a name, and not `.` or `..`.
static bool is_inside(const char *path) {
  for (;;) {
    size_t size = strcspn(path, "/");
    if (size == 0 || (path[0] == '.' && (size == 1 || (size == 2 && path[1] == '.')))) return false;
    if (path[size] == '\0') return true;
    path += size + 1;
  }
}

static int read_all(int fd, struct arena *arena, const char **ret_text) {
  struct stat status;
  if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size > WF_DOCUMENT_MAX) return -WF_EINVAL;
  size_t size = (size_t)status.st_size, done = 0;
  char *text = arena_alloc(arena, size + 1);
  while (done < size) {
    ssize_t n = read(fd, text + done, size - done);
    if (n <= 0) return -WF_EIO;
    done += (size_t)n;
  }
  text[size] = '\0';
  if (!text_is_clean_utf8(text, size)) return -WF_EINVAL;
  *ret_text = text;
  return 0;
}

static int read_resource(void *context, const char *uri, struct arena *arena, const char **ret_text) {
  const char *folder = context, *path = strstr(uri, "://");
  if (!*folder || !path) return -WF_EINVAL;
  path += strspn(path + 3, "/") + 3;
  if (strpbrk(path, "?#\\") || !is_inside(path)) return -WF_EINVAL;
  int fd = open(arena_printf(arena, "%s/%s", folder, path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return -WF_EIO;
  int code = read_all(fd, arena, ret_text);
  close(fd);
  return code;
}

struct wf_resources resource_folder(const char *folder) {
  return (struct wf_resources){read_resource, (void *)folder};
}
