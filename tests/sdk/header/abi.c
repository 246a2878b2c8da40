#include <backplane/events.h>
#include <backplane/state.h>

static int32_t create(const bp_host *host, bp_self *self, void **instance) {
  (void)host, (void)self;
  *instance = NULL;
  return BP_OK;
}

static void destroy(void *instance) { (void)instance; }

const bp_plugin *backplane_plugin_1(void) {
  static const bp_plugin plugin = {.struct_size = sizeof plugin, .abi_minor = BP_ABI_MINOR, .create = create, .destroy = destroy};
  return &plugin;
}

BP_PLUGIN_METADATA({ "id": "header-alone", "version": "1.0.0", "description": "\"quoted\" \\ and , commas" });
