// SPDX-License-Identifier: Apache-2.0
#include "ctl/rehearse_bus.h"

void rehearse_bus_clear(struct rehearse_bus *bus) {
  vec_foreach(heard, &bus->heard) jv_free(heard->event);
  vec_free(&bus->heard);
  vec_free(&bus->listeners);
}

size_t rehearse_bus_publish(struct rehearse_bus *bus, usec_t at, jv event) {
  vec_push(&bus->heard, (struct rehearse_heard){at, event});
  return bus->heard.count - 1;
}

void rehearse_bus_listen(struct rehearse_bus *bus, struct rehearse_listener listener) { vec_push(&bus->listeners, listener); }

// Of a run; 0 = all of its subscriptions.
static void forget(struct rehearse_bus *bus, int run, int32_t subscription_no) {
  size_t kept = 0;
  for (size_t i = 0; i < bus->listeners.count; i++) {
    const struct rehearse_listener *listener = &bus->listeners.items[i];
    bool is_meant = listener->run == run && (!subscription_no || listener->subscription_no == subscription_no);
    if (!is_meant) bus->listeners.items[kept++] = *listener;
  }
  bus->listeners.count = kept;
}

void rehearse_bus_forget(struct rehearse_bus *bus, int run, int32_t subscription_no) { forget(bus, run, subscription_no); }

void rehearse_bus_forget_run(struct rehearse_bus *bus, int run) { forget(bus, run, 0); }

size_t rehearse_bus_since(const struct rehearse_bus *bus, usec_t since) {
  size_t index = 0;
  while (index < bus->heard.count && bus->heard.items[index].at < since) index++;
  return index;
}
