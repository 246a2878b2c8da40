/* Two hooks of the least cost there is, for bench_hook: what is measured is the way to them. */
#include <backplane/backplane.h>
#include <string.h>

BP_PLUGIN_METADATA({
  "id": "noop",
  "version": "1.0.0",
  "hooks": [{"phases": ["before", "on_success"], "actions": ["create", "get"], "types": ["*"]}]
});

static int32_t pass(void *user_data, const bp_operation *operation) {
  (void)user_data;
  (void)operation;
  return BP_OK;
}

static int32_t create(const bp_host *host, bp_self *self, void **instance) {
  bp_hook hook;
  memset(&hook, 0, sizeof hook);
  hook.struct_size = sizeof hook;
  hook.phases = BP_BEFORE | BP_ON_SUCCESS;
  hook.actions = BP_CREATE;
  hook.handler = pass;
  *instance = NULL;
  return host->add_hook(self, &hook, NULL);
}

static void destroy(void *instance) { (void)instance; }

static const bp_plugin table = {sizeof(bp_plugin), BP_ABI_MINOR, create, NULL, NULL, destroy, NULL};
const bp_plugin *backplane_plugin_1(void) { return &table; }
