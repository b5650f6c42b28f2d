// SPDX-License-Identifier: Apache-2.0
// A loopback port on which nobody listens, and nobody else can for as long as `fd` is
// open: a connection to it is refused at once.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct closed_port {
  int fd, port;
};

static inline struct closed_port closed_port_open(void) {
  struct closed_port closed = {.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  if (bind(closed.fd, (struct sockaddr *)&address, size) || getsockname(closed.fd, (struct sockaddr *)&address, &size)) closed.port = -1;
  else closed.port = ntohs(address.sin_port);
  return closed;
}
