#include <backplane/testing.hpp>

#include <stdexcept>

#include "support/catch.hpp"

using namespace backplane::sdk;
using testing::Given;
using testing::State;

namespace {

// Counts operations; started and stopped are told by its log.
class Counter : public Plugin {
 public:
  explicit Counter(Host host) : Plugin(host) {
    handle([this](Operation&) { ++count_; }).before(Action::create);
  }

  void start() override { host().info("start at " + std::to_string(count_)); }
  void stop() override { host().info("stop at " + std::to_string(count_)); }

  std::string save_state() override {
    if (count_ == 13) throw std::runtime_error("thirteen cannot be said");
    return std::string("\xff\0", 2) + std::to_string(count_);
  }
  void load_state(std::uint64_t schema, std::string_view state) override {
    if (schema != 1) throw Error(Status::unsupported, "wanted a state of schema 1, found " + std::to_string(schema));
    if (state.size() < 2) throw std::invalid_argument("wanted two bytes at least");
    count_ = std::stoi(std::string(state.substr(2)));
  }

 private:
  int count_ = 0;
};

class Stateless : public Plugin {
 public:
  using Plugin::Plugin;
};

void count(testing::TestHost& host, int times) {
  for (int i = 0; i < times; ++i) host.fire(Phase::before, Action::create);
}

std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const Error& error) {
    return std::string(name_of(error.status())) + ": " + error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("the next build of a plugin takes over the state of the one before it, whatever bytes it is made of") {
  auto old = testing::host_of<Counter>();
  count(old, 3);
  const std::string state = old.save_state();
  CHECK(state == std::string("\xff\0", 2) + "3");
  CHECK(old.logged().back().message == "stop at 3");
  auto next = testing::host_of<Counter>({}, State{1, state});
  CHECK(next.logged().front().message == "start at 3");
  count(next, 2);
  CHECK(next.save_state() == std::string("\xff\0", 2) + "5");
}

TEST_CASE("a plugin whose next build could not take over goes on with all it had") {
  auto old = testing::host_of<Counter>();
  count(old, 1);
  old.save_state();
  old.start();
  CHECK(old.logged().back().message == "start at 1");
  count(old, 1);
  CHECK(old.save_state() == std::string("\xff\0", 2) + "2");
}

TEST_CASE("what save_state() and load_state() throw comes out as a code and a text") {
  auto old = testing::host_of<Counter>();
  count(old, 13);
  CHECK(error_of([&] { old.save_state(); }) == "plugin_fault: thirteen cannot be said");
  CHECK(error_of([] {
          testing::host_of<Counter>({}, State{2, "??1"});
        }) == "unsupported: wanted a state of schema 1, found 2");
  CHECK(error_of([] { testing::host_of<Counter>({}, State{1, ""}); }) == "plugin_fault: wanted two bytes at least");
}

TEST_CASE("a plugin without state offers none") {
  auto host = testing::host_of<Stateless>();
  CHECK(error_of([&] { host.save_state(); }) ==
        "unsupported: this plugin has no state to hand over (backplane.state/1)");
  CHECK(error_of([] {
          testing::host_of<Stateless>({}, State{1, ""});
        }) == "unsupported: this plugin has no state to hand over (backplane.state/1)");
}

TEST_CASE("whether metadata speaks of a state is known when the plugin is compiled") {
  static_assert(detail::declares_state(R"({ "id": "a", "state_schema" : 1 })"));
  static_assert(!detail::declares_state(R"({ "id": "a", "description": "has no state_schema" })"));
  static_assert(detail::saves_state<Counter> && detail::loads_state<Counter>);
  static_assert(!detail::saves_state<Stateless> && !detail::loads_state<Stateless>);
  SUCCEED();
}
