#include <backplane/nlohmann.hpp>
#include <backplane/testing.hpp>

class Empty : public backplane::sdk::Plugin {
 public:
  using Plugin::Plugin;
};

void fire_nothing() { backplane::sdk::testing::host_of<Empty>().fire(backplane::sdk::Phase::before, backplane::sdk::Action::create); }

struct Tick {
  BACKPLANE_EVENT("tick");
};

void publish_nothing() { backplane::sdk::testing::host_of<Empty>().publish(Tick{}); }
