/* Sync subscriptions of the least cost there is, one to "tick.one" and ten to "tick.ten", for bench_publish: what is
 * measured is the way to them. */
#include <backplane/events.h>
#include <string.h>

BP_PLUGIN_METADATA(
    {"id" : "listener", "version" : "1.0.0", "events" : {"publish" : ["tick.*"], "subscribe" : ["tick.*"]}});

static int32_t pass(void* user_data, const bp_event* event) {
  (void)user_data;
  (void)event;
  return BP_OK;
}

static bp_string text(const char* words) {
  const bp_string string = {words, strlen(words)};
  return string;
}

static int32_t subscribe(const bp_events* events, bp_self* self, const char* pattern) {
  bp_subscription subscription;
  memset(&subscription, 0, sizeof subscription);
  subscription.struct_size = sizeof subscription;
  subscription.mode = BP_SYNC;
  subscription.pattern = text(pattern);
  subscription.handler = pass;
  return events->subscribe(self, &subscription, NULL);
}

static int32_t create(const bp_host* host, bp_self* self, void** instance) {
  const bp_events* events = (const bp_events*)host->get_interface(self, text(BP_EVENTS_NAME));
  int32_t status = events == NULL ? BP_E_UNSUPPORTED : subscribe(events, self, "tick.one");
  int i;
  for (i = 0; i < 10 && status == BP_OK; ++i) status = subscribe(events, self, "tick.ten");
  *instance = NULL;
  return status;
}

static void destroy(void* instance) { (void)instance; }

static const bp_plugin table = {sizeof(bp_plugin), BP_ABI_MINOR, create, NULL, NULL, destroy, NULL};
const bp_plugin* backplane_plugin_1(void) { return &table; }
