/* Counts operations per action and logs each nth of them: a plugin in C11 that uses backplane.h alone. */
#include <backplane/backplane.h>

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define ACTIONS 14

static const char *const action_names[ACTIONS] = {"create", "get",   "get_revision", "list_revisions", "search",
                                                  "update", "modify", "patch",       "delete",         "restore",
                                                  "purge",  "switch", "dump",        "load"};

/* One instance: the host's table, its handle of us, and the counts. Handlers run on several threads at once. */
typedef struct counter {
  const bp_host *host;
  bp_self *self;
  uint64_t report_every; /* 0: never */
  atomic_uint_fast64_t counts[ACTIONS];
} counter;

/* A literal or an array as a bp_string. */
#define TEXT(literal) ((bp_string){literal, sizeof(literal) - 1})

static int32_t count(void *user_data, const bp_operation *operation) {
  counter *me = user_data;
  for (unsigned i = 0; i < ACTIONS; ++i) {
    if (operation->action != UINT64_C(1) << i) continue;
    const uint64_t now = (uint64_t)atomic_fetch_add_explicit(&me->counts[i], 1, memory_order_relaxed) + 1;
    if (me->report_every != 0 && now % me->report_every == 0) {
      char line[96];
      const int length = snprintf(line, sizeof line, "%" PRIu64 " operations of action %s", now, action_names[i]);
      me->host->log(me->self, BP_LOG_INFO, (bp_string){line, (uint64_t)length});
    }
  }
  return BP_OK;
}

static int32_t create(const bp_host *host, bp_self *self, void **instance) {
  counter *me = calloc(1, sizeof *me);
  if (me == NULL) {
    host->fault(self, TEXT("call_counter: out of memory"), (bp_string){NULL, 0});
    return BP_E_INTERNAL;
  }
  me->host = host;
  me->self = self;

  bp_value every;
  const int32_t found = host->document_find(host->config(self), TEXT("/report_every"), &every);
  if (found == BP_OK && every.kind == BP_INTEGER && every.integer > 0) {
    me->report_every = (uint64_t)every.integer;
  }

  const bp_hook hook = {
      .struct_size = sizeof hook,
      .phases = BP_AFTER,
      .actions = BP_FULL,
      .name = TEXT("count"),
      .handler = count,
      .user_data = me,
  };
  bp_error error = {.struct_size = sizeof error};
  const int32_t status = host->add_hook(self, &hook, &error);
  if (status != BP_OK) {
    host->fault(self, error.message, error.details);
    free(me);
    return status;
  }
  *instance = me;
  return BP_OK;
}

static int32_t stop(void *instance) {
  counter *me = instance;
  uint64_t total = 0;
  for (unsigned i = 0; i < ACTIONS; ++i) total += (uint64_t)atomic_load_explicit(&me->counts[i], memory_order_relaxed);
  char line[64];
  const int length = snprintf(line, sizeof line, "%" PRIu64 " operations in all", total);
  me->host->log(me->self, BP_LOG_INFO, (bp_string){line, (uint64_t)length});
  return BP_OK;
}

static void destroy(void *instance) { free(instance); }

const bp_plugin *backplane_plugin_1(void) {
  static const bp_plugin plugin = {
      .struct_size = sizeof plugin,
      .abi_minor = BP_ABI_MINOR,
      .create = create,
      .stop = stop,
      .destroy = destroy,
  };
  return &plugin;
}

BP_PLUGIN_METADATA({
  "id": "call-counter",
  "version": "1.0.0",
  "description": "Counts operations per action.",
  "hooks": [{ "phases": ["after"], "actions": ["full"], "types": ["*"] }],
  "config_schema": {
    "type": "object",
    "properties": {
      "report_every": {
        "type": "integer", "minimum": 0,
        "description": "Log each nth operation of an action; 0: never."
      }
    },
    "additionalProperties": false
  }
});
