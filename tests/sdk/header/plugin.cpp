#include <backplane/backplane.hpp>
#include <backplane/changes.hpp>
#include <backplane/timestamp.hpp>

class Empty : public backplane::sdk::Plugin {
 public:
  using Plugin::Plugin;
};

BACKPLANE_PLUGIN(Empty, { "id": "header-alone", "version": "1.0.0", "config_schema": { "additionalProperties": false } });
