// SPDX-License-Identifier: Apache-2.0
#include "config_conninfo.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/xalloc.h"
#include "config_secret.h"

// libpq takes `password` last, so it holds even when the conninfo is a URI: then it is
// given as a parameter of it.
static void put_password(struct buf *text, const char *conninfo, const char *password) {
  bool uri = strncmp(conninfo, "postgres", 8) == 0 && strstr(conninfo, "://");
  buf_puts(text, conninfo);
  buf_puts(text, !uri ? " password='" : strchr(conninfo, '?') ? "&password=" : "?password=");
  for (const char *c = password; *c; c++) {
    if (uri) {
      buf_printf(text, "%%%02X", (unsigned char)*c);
      continue;
    }
    if (*c == '\'' || *c == '\\') buf_put_u8(text, '\\');
    buf_put_u8(text, (uint8_t)*c);
  }
  if (!uri) buf_put_u8(text, '\'');
}

int config_conninfo_read(const char *conninfo, const char *password_file, char **ret_conninfo, char **ret_problem) {
  if (!*password_file) {
    *ret_conninfo = xstrdup(conninfo);
    return 0;
  }
  char *password, *problem;
  if (config_secret_read(password_file, &password, &problem) < 0) {
    *ret_problem = xasprintf("postgres.password_file: %s", problem);
    free(problem);
    return -WF_EIO;
  }
  struct buf text = {0};
  put_password(&text, conninfo, password);
  config_secret_free(password);
  *ret_conninfo = xstrndup(text.data, text.size);
  explicit_bzero(text.data, text.size);
  buf_free(&text);
  return 0;
}
