#include <backplane/state.h>

const bp_state* none() { return nullptr; }
