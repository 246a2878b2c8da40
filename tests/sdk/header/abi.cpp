#include <backplane/backplane.h>

const bp_plugin* backplane_plugin_1(void) { return nullptr; }

BP_PLUGIN_METADATA({ "id": "header-alone", "version": "1.0.0", "description": "\"quoted\" \\ and , commas" });
