#include <backplane/backplane.hpp>
#include <backplane/changes.hpp>
#include <backplane/timestamp.hpp>

class Keeper : public backplane::sdk::Plugin {
 public:
  using Plugin::Plugin;
  std::string save_state() override { return state_; }
  void load_state(std::uint64_t, std::string_view state) override { state_ = state; }

 private:
  std::string state_;
};

BACKPLANE_PLUGIN(Keeper, { "id": "header-alone", "version": "1.0.0", "state_schema": 1, "config_schema": { "additionalProperties": false } });
