/* A plugin to be reloaded again and again: a hook that sets a member to the number of this build. */
#include <backplane/state.h>
#include <stdlib.h>
#include <string.h>

#ifndef RELOADED_BUILD
#define RELOADED_BUILD "1"
#endif

#ifdef RELOADED_PARKED /* its code stays in memory */
BP_PLUGIN_METADATA({
  "id" : "reloaded",
  "version" : "1.0.0",
  "hooks" : [ {"phases" : ["before"], "actions" : ["create"], "types" : ["note"]} ],
  "state_schema" : 1
});
#else
BP_PLUGIN_METADATA({
  "id" : "reloaded",
  "version" : "1.0.0",
  "hooks" : [ {"phases" : ["before"], "actions" : ["create"], "types" : ["note"]} ],
  "state_schema" : 1,
  "unload" : "close"
});
#endif

typedef struct reloaded {
  const bp_host* host;
  bp_self* self;
  uint64_t calls;
} reloaded;

static bp_string text(const char* terminated) {
  const bp_string string = {terminated, strlen(terminated)};
  return string;
}

static int32_t mark(void* user_data, const bp_operation* operation) {
  reloaded* const one = user_data;
  __atomic_add_fetch(&one->calls, 1, __ATOMIC_RELAXED);
  return one->host->op_patch(operation, BP_MERGE_PATCH, text("{\"build\":" RELOADED_BUILD "}"), NULL);
}

static int32_t create(const bp_host* host, bp_self* self, void** instance) {
  reloaded* const one = calloc(1, sizeof *one);
  const bp_string note = text("note");
  bp_hook hook;
  if (one == NULL) return BP_E_INTERNAL;
  one->host = host;
  one->self = self;
  *instance = one;
  memset(&hook, 0, sizeof hook);
  hook.struct_size = sizeof hook;
  hook.phases = BP_BEFORE;
  hook.actions = BP_CREATE;
  hook.types = &note;
  hook.type_count = 1;
  hook.name = text("mark");
  hook.handler = mark;
  hook.user_data = one;
  return host->add_hook(self, &hook, NULL);
}

static void destroy(void* instance) { free(instance); }

static int32_t save(void* instance, void (*receive)(void*, bp_string), void* user_data) {
  const bp_string state = {(const char*)&((reloaded*)instance)->calls, sizeof(uint64_t)};
  receive(user_data, state);
  return BP_OK;
}

static int32_t load(void* instance, uint64_t schema, bp_string state) {
  (void)schema;
  if (state.size != sizeof(uint64_t)) return BP_E_INVALID_ARGUMENT;
  memcpy(&((reloaded*)instance)->calls, state.data, sizeof(uint64_t));
  return BP_OK;
}

static const void* get_interface(void* instance, bp_string name) {
  static const bp_state state = {sizeof(bp_state), 0, save, load};
  (void)instance;
  return name.size == strlen(BP_STATE_NAME) && memcmp(name.data, BP_STATE_NAME, name.size) == 0 ? &state : NULL;
}

const bp_plugin* backplane_plugin_1(void) {
  static const bp_plugin table = {sizeof(bp_plugin), BP_ABI_MINOR, create, NULL, NULL, destroy, get_interface};
  return &table;
}
