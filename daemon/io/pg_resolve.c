// SPDX-License-Identifier: Apache-2.0
// getaddrinfo_a() asks the same sources as everything else on the machine (hosts file,
// name service switch), in a thread of the C library that touches only its own request.
#include "io/pg_resolve.h"

#include <netdb.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/xalloc.h"

// Shared with the resolver's thread; the last of the two frees it.
struct lookup {
  atomic_int owners;
  int fd;
  size_t count;
  struct gaicb *requests;
  struct gaicb **list;
  char **hosts;
};

struct pg_resolve {
  struct lookup *lookup;
  struct event *event;
  pg_resolved *done;
  void *context;
};

static const struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};

static void lookup_release(struct lookup *lookup) {
  if (atomic_fetch_sub(&lookup->owners, 1) > 1) return;
  for (size_t i = 0; i < lookup->count; i++) {
    if (lookup->requests[i].ar_result) freeaddrinfo(lookup->requests[i].ar_result);
    free(lookup->hosts[i]);
  }
  close(lookup->fd);
  free(lookup->requests);
  free(lookup->list);
  free(lookup->hosts);
  free(lookup);
}

// In the resolver's thread, after all requests of the list.
static void notify(union sigval value) {
  struct lookup *lookup = value.sival_ptr;
  uint64_t one = 1;
  ssize_t written = write(lookup->fd, &one, sizeof one);
  (void)written; // a fresh eventfd takes it
  lookup_release(lookup);
}

// Adds the addresses of a host; returns how many.
static size_t add_addresses(const struct lookup *lookup, size_t host, struct pg_address **list, size_t *count) {
  size_t before = *count;
  for (const struct addrinfo *found = lookup->requests[host].ar_result; found; found = found->ai_next) {
    struct pg_address address = {.host = host};
    if (getnameinfo(found->ai_addr, found->ai_addrlen, address.text, sizeof address.text, NULL, 0, NI_NUMERICHOST)) continue;
    *list = xrealloc(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = address;
  }
  return *count - before;
}

static void finish(evutil_socket_t fd, short what, void *context) {
  (void)fd, (void)what;
  struct pg_resolve *resolve = context;
  struct lookup *lookup = resolve->lookup;
  struct pg_address *addresses = NULL;
  size_t count = 0;
  char *reason = NULL;
  for (size_t i = 0; i < lookup->count; i++) {
    int error = gai_error(&lookup->requests[i]);
    if ((error || !add_addresses(lookup, i, &addresses, &count)) && !reason)
      reason = xasprintf("host name \"%s\" cannot be resolved: %s", lookup->hosts[i], error ? gai_strerror(error) : "no address");
  }
  resolve->done(resolve->context, addresses, count, addresses ? NULL : reason); // may free resolve
  free(addresses);
  free(reason);
}

struct pg_resolve *pg_resolve_new(struct event_base *base, const char *const *hosts, size_t count, pg_resolved *done,
                                  void *context) {
  struct lookup *lookup = xcalloc(1, sizeof *lookup);
  lookup->owners = 2;
  lookup->count = count;
  lookup->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  WF_ASSERT(lookup->fd >= 0);
  lookup->requests = xcalloc(count, sizeof *lookup->requests);
  lookup->list = xcalloc(count, sizeof *lookup->list);
  lookup->hosts = xcalloc(count, sizeof *lookup->hosts);
  for (size_t i = 0; i < count; i++) {
    lookup->hosts[i] = xstrdup(hosts[i]);
    lookup->requests[i] = (struct gaicb){.ar_name = lookup->hosts[i], .ar_request = &hints};
    lookup->list[i] = &lookup->requests[i];
  }
  struct pg_resolve *resolve = xcalloc(1, sizeof *resolve);
  resolve->lookup = lookup;
  resolve->done = done;
  resolve->context = context;
  resolve->event = event_new(base, lookup->fd, EV_READ, finish, resolve);
  event_add(resolve->event, NULL);
  struct sigevent when_done = {.sigev_notify = SIGEV_THREAD, .sigev_value.sival_ptr = lookup, .sigev_notify_function = notify};
  if (getaddrinfo_a(GAI_NOWAIT, lookup->list, (int)count, &when_done)) {
    // Not even begun: what finish() sees then is a request without a result.
    notify((union sigval){.sival_ptr = lookup});
  }
  return resolve;
}

void pg_resolve_free(struct pg_resolve *resolve) {
  if (!resolve) return;
  event_free(resolve->event);
  lookup_release(resolve->lookup);
  free(resolve);
}
