#include <backplane/state.h>

static int32_t save(void *instance, void (*receive)(void *user_data, bp_string state), void *user_data) {
  const bp_string nothing = {NULL, 0};
  (void)instance;
  receive(user_data, nothing);
  return BP_OK;
}

static int32_t load(void *instance, uint64_t schema, bp_string state) {
  (void)instance;
  return schema == 1 && state.size == 0 ? BP_OK : BP_E_UNSUPPORTED;
}

const bp_state *state_of(void) {
  static const bp_state state = {.struct_size = sizeof state, .save = save, .load = load};
  return &state;
}
