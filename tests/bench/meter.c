/* One subscription to all events, whose handler calls a struct meter of the program that measures. Config: "meter", its address; "mode",
 * 0 to 2 as in the ABI; "role", a number for the meter. For bench_delivery. */
#include "meter.h"

#include <backplane/events.h>
#include <stdlib.h>
#include <string.h>

BP_PLUGIN_METADATA({
  "id": "meter",
  "version": "1.0.0",
  "events": {"publish": ["*"], "subscribe": ["*"]}
});

typedef struct instance {
  meter *shared;
  int64_t role;
} instance;

static int32_t handle(void *user_data, const bp_event *event) {
  const instance *own = (const instance *)user_data;
  (void)event;
  return own->shared->called(own->shared, own->role);
}

static bp_string text(const char *words) {
  const bp_string string = {words, strlen(words)};
  return string;
}

static int64_t setting(const bp_host *host, bp_self *self, const char *pointer) {
  bp_value value;
  return host->document_find(host->config(self), text(pointer), &value) == BP_OK ? value.integer : 0;
}

static int32_t create(const bp_host *host, bp_self *self, void **made) {
  const bp_events *events = (const bp_events *)host->get_interface(self, text(BP_EVENTS_NAME));
  instance *own = (instance *)calloc(1, sizeof *own);
  bp_subscription subscription;
  int32_t status;
  if (own == NULL || events == NULL) abort();
  own->shared = (meter *)(intptr_t)setting(host, self, "/meter");
  own->role = setting(host, self, "/role");
  memset(&subscription, 0, sizeof subscription);
  subscription.struct_size = sizeof subscription;
  subscription.mode = (uint32_t)setting(host, self, "/mode");
  subscription.pattern = text("*");
  subscription.name = text("all");
  subscription.from_beginning = subscription.mode == BP_DURABLE;
  subscription.handler = handle;
  subscription.user_data = own;
  status = events->subscribe(self, &subscription, NULL);
  if (status == BP_OK) *made = own;
  else free(own);
  return status;
}

static void destroy(void *made) { free(made); }

static const bp_plugin table = {sizeof(bp_plugin), BP_ABI_MINOR, create, NULL, NULL, destroy, NULL};
const bp_plugin *backplane_plugin_1(void) { return &table; }
