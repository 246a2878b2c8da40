#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;

namespace {

int free_calls = 0;
void free_function(Operation&) { ++free_calls; }

class Members : public Plugin {
 public:
  explicit Members(Host host) : Plugin(host) {
    handle(&Members::plain, &Members::constant, &Members::quiet).before(Action::create);
  }
  static inline int calls = 0;

 private:
  void plain(Operation&) { ++calls; }
  void constant(const Operation&) const { ++calls; }
  void quiet(Operation&) noexcept { ++calls; }
};

class Stages : public Plugin {
 public:
  explicit Stages(Host host) : Plugin(host) { told.emplace_back("construct"); }
  ~Stages() override { told.emplace_back("destroy"); }
  void start() override { told.emplace_back("start"); }
  void stop() override {
    told.emplace_back("stop");
    throw std::runtime_error("the queue did not drain");
  }
  static inline std::vector<std::string> told;
};

}  // namespace

TEST_CASE("member functions, free functions and lambdas are handlers") {
  testing::host_of<Members>().fire(Phase::before, Action::create);
  CHECK(Members::calls == 3);

  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle(free_function, &free_function, [&](const Operation&) { ++calls; }).after(Action::get);
  });
  host.fire(Phase::after, Action::get);
  CHECK(free_calls == 2);
  CHECK(calls == 1);
}

TEST_CASE("phases and actions of one function that can share a hook do") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation&) {}).before(Action::create).before(Action::update | Action::patch).named("same phase");
    plugin.handle([](Operation&) {}).before(Action::write).after(Action::write).named("same actions");
    plugin.handle([](Operation&) {}).before(Action::create).after(Action::get).named("neither");
    plugin.handle([](Operation&) {}).before(Action::create, "note").before(Action::create, "task").named("types");
  });
  const auto& hooks = host.hooks();
  REQUIRE(hooks.size() == 6);
  CHECK(hooks[0].name == "same phase");
  CHECK(hooks[0].actions == (Action::create | Action::update | Action::patch));
  CHECK(hooks[1].phases == (BP_BEFORE | BP_AFTER));
  CHECK(hooks[2].name == "neither");
  CHECK(hooks[3].name == "neither-2");
  CHECK(hooks[4].types == std::vector<std::string>{"note"});
  CHECK(hooks[5].types == std::vector<std::string>{"task"});
}

TEST_CASE("a function is called once even when two of its phases name the same action") {
  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation&) { ++calls; }).before(Action::create).after(Action::create).before(Action::write);
  });
  host.fire(Phase::before, Action::create);
  CHECK(calls == 1);
}

TEST_CASE("hooks are registered in the order they were said") {
  auto host = plugin_of([](Lambda& plugin) {
    for (const char* name : {"c", "a", "b"}) plugin.handle([](Operation&) {}).before(Action::create).named(name);
  });
  CHECK(host.fire(Phase::before, Action::create).called == std::vector<std::string>{"c", "a", "b"});
}

TEST_CASE("a handler without a phase is refused when the plugin is created") {
  CHECK_THROWS_WITH(plugin_of([](Lambda& plugin) { plugin.handle([](Operation&) {}).named("lost"); }),
                    "handler \"lost\": wanted a phase (before, after, on_success or on_failure) with an action, found none");
}

TEST_CASE("handlers are registered in the constructor only") {
  Lambda* late = nullptr;
  auto host = plugin_of([&](Lambda& plugin) { late = &plugin; });
  CHECK_THROWS_AS(late->handle([](Operation&) {}), Error);
}

TEST_CASE("a constructor that throws ends the load with its text") {
  CHECK_THROWS_WITH(plugin_of([](Lambda&) { throw std::runtime_error("no such printer"); }), "no such printer");
}

TEST_CASE("a constructor that throws something odd ends the load as well") {
  CHECK_THROWS_WITH(plugin_of([](Lambda&) { throw 7; }), "an exception that is no std::exception");
}

TEST_CASE("a plugin is constructed, started, stopped and destroyed, and a stop that throws is a fault with its text") {
  {
    auto host = testing::host_of<Stages>();
    CHECK(Stages::told == std::vector<std::string>{"construct", "start"});
    const auto fault = host.stop();
    REQUIRE(fault);
    CHECK(fault->message == "the queue did not drain");
  }
  CHECK(Stages::told == std::vector<std::string>{"construct", "start", "stop", "destroy"});
}
