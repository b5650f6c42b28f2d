// SPDX-License-Identifier: Apache-2.0
#include "io/evaluator_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "base/error.h"

enum { HEAD_SIZE = 4 + 1 + 8 + 4 };

// Until the socket is ready for `events`. 0, or -WF_EIO when the time is over.
static int wait_for(int fd, short events, usec_t deadline) {
  for (;;) {
    struct timespec timeout = {0};
    if (deadline != USEC_NEVER) {
      usec_t left = deadline - clock_boottime();
      if (left <= 0) return -WF_EIO;
      timeout.tv_sec = left / USEC_PER_SEC;
      timeout.tv_nsec = left % USEC_PER_SEC * 1000;
    }
    struct pollfd wanted = {.fd = fd, .events = events};
    int ready = ppoll(&wanted, 1, deadline == USEC_NEVER ? NULL : &timeout, NULL);
    if (ready > 0) return 0;
    if (ready < 0 && errno != EINTR) return -WF_EDOWN;
  }
}

static int transfer(int fd, char *data, size_t size, bool sending, usec_t deadline) {
  while (size) {
    ssize_t n = sending ? send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) : recv(fd, data, size, MSG_DONTWAIT);
    if (n > 0) {
      data += n;
      size -= (size_t)n;
      continue;
    }
    if (n == 0) return -WF_EDOWN;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return -WF_EDOWN;
    int error = wait_for(fd, sending ? POLLOUT : POLLIN, deadline);
    if (error) return error;
  }
  return 0;
}

int evaluator_send(int fd, enum evaluator_frame_kind kind, uint64_t program, int32_t index, const void *payload,
                   size_t size, usec_t deadline) {
  if (size > EVALUATOR_PAYLOAD_MAX) return -WF_EIO;
  struct buf frame = {0};
  buf_put_u32(&frame, (uint32_t)size);
  buf_put_u8(&frame, (uint8_t)kind);
  buf_put_u64(&frame, program);
  buf_put_u32(&frame, (uint32_t)index);
  buf_put(&frame, payload, size);
  int error = transfer(fd, frame.data, frame.size, true, deadline);
  buf_free(&frame);
  return error;
}

static uint64_t read_integer(const unsigned char *data, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; i++) value = value << 8 | data[i];
  return value;
}

int evaluator_await(int fd, usec_t deadline) { return wait_for(fd, POLLIN, deadline); }

int evaluator_receive(int fd, struct evaluator_frame *frame, usec_t deadline) {
  unsigned char head[HEAD_SIZE];
  int error = transfer(fd, (char *)head, sizeof head, false, deadline);
  if (error) return error;
  size_t size = read_integer(head, 4);
  if (size > EVALUATOR_PAYLOAD_MAX || head[4] < EVALUATOR_READY || head[4] > EVALUATOR_ERROR) return -WF_EIO;
  frame->kind = (enum evaluator_frame_kind)head[4];
  frame->program = read_integer(head + 5, 8);
  frame->index = (int32_t)read_integer(head + 13, 4);
  buf_reset(&frame->payload);
  error = transfer(fd, buf_extend(&frame->payload, size + 1), size, false, deadline);
  if (error) return error;
  frame->payload.data[size] = '\0';
  frame->payload.size = size;
  return 0;
}
