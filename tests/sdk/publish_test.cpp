#include "plugin_of.hpp"
#include "support/catch.hpp"

#include <atomic>
#include <cstddef>
#include <thread>

using namespace sdk_test;
using testing::GivenEvent;

namespace {

struct BookingCancelled {
  BACKPLANE_EVENT("booking.cancelled", booking_id, reason);
  std::string booking_id, reason;
};

struct Tick {
  BACKPLANE_EVENT("tick");
};

testing::TestHost nobody(std::optional<Host>& own) {
  return plugin_of([&](Lambda& plugin) { own = plugin.host(); });
}

const bp_plugin* lambda_entry() {
  static constexpr bp_plugin functions = Instance<Lambda>::functions();
  return &functions;
}

}  // namespace

TEST_CASE("an event is a struct with one more line, and stays an aggregate") {
  static_assert(BookingCancelled::event_type() == "booking.cancelled");
  static_assert(std::is_aggregate_v<BookingCancelled>);
  CHECK(json_of(BookingCancelled{"b7", "rain"}).text() == R"({"booking_id":"b7","reason":"rain"})");
  CHECK(json_of(Tick{}).text() == "{}");
  struct Local {
    BACKPLANE_EVENT("a-b.c_d.0", x);
    int x;
  };
  CHECK(json_of(Local{1}).text() == R"({"x":1})");
}

TEST_CASE("an event type is checked where it is compiled") {
  for (const char* good : {"a", "order.confirmed", "a-b.c_d.0", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"})
    CHECK(detail::is_event_type(good));
  for (const char* bad :
       {"", ".", "a.", ".a", "a..b", "A", "a b", "order.*", "order.>", "\xc3\xa9", "a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a"})
    CHECK_FALSE(detail::is_event_type(bad));
  CHECK(detail::is_event_type(std::string(255, 'a')));
  CHECK_FALSE(detail::is_event_type(std::string(256, 'a')));
}

TEST_CASE("an event is published as a struct, or as a type and JSON text") {
  std::optional<Host> own;
  auto host = nobody(own);
  CHECK(own->publish(BookingCancelled{"b7", "rain"}).position == 1);
  CHECK(own->publish("booking.cancelled", R"({"booking_id":"b8"})").position == 2);
  CHECK(own->publish("booking.cancelled", json_object({{"booking_id", "b9"}})).position == 3);
  CHECK(own->publish("tick").position == 4);
  const auto published = host.published();
  REQUIRE(published.size() == 4);
  CHECK(published[0].type == "booking.cancelled");
  CHECK(published[0].payload == nlohmann::json{{"booking_id", "b7"}, {"reason", "rain"}});
  CHECK(published[1].payload == nlohmann::json{{"booking_id", "b8"}});
  CHECK(published[2].payload == nlohmann::json{{"booking_id", "b9"}});
  CHECK(published[3].payload == nlohmann::json::object());
}

TEST_CASE("a publisher may give a key, an id, an actor, a time and a promise") {
  std::optional<Host> own;
  auto host = nobody(own);
  own->publish(Tick{}, PublishOptions().key("b7").event_id("e1").actor("ann").time_us(1714564800123456).durable());
  own->publish(Tick{}, PublishOptions().in_memory().time(
                           std::chrono::system_clock::time_point(std::chrono::milliseconds(1714564800123))));
  own->publish(Tick{});
  const auto published = host.published();
  REQUIRE(published.size() == 3);
  CHECK(published[0].key == "b7");
  CHECK(published[0].id == "e1");
  CHECK(published[0].actor == "ann");
  CHECK(published[0].time_us == 1714564800123456);
  CHECK(published[0].promise == Promise::durable);
  CHECK(published[1].promise == Promise::memory);
  CHECK(published[1].time_us == 1714564800123000);
  CHECK(published[1].position == 0);
  CHECK(published[2].promise == Promise::queued);
  CHECK(published[2].time_us == 1714564800000000);
  CHECK(published[2].actor == "plugin:tested");
  CHECK(published[2].source == "plugin:tested");
  CHECK_FALSE(published[2].id.empty());
  CHECK(published[2].id != published[1].id);
}

TEST_CASE("an event whose id is known is published once, and the first one's position is told") {
  std::optional<Host> own;
  auto host = nobody(own);
  const Published first = own->publish(Tick{}, PublishOptions().event_id("e1"));
  own->publish(Tick{});
  const Published again = own->publish(Tick{}, PublishOptions().event_id("e1"));
  CHECK_FALSE(first.known);
  CHECK(again.known);
  CHECK(again.position == first.position);
  CHECK(host.published().size() == 2);
}

TEST_CASE("an event whose id another tenant has used is not known") {
  std::optional<Host> own;
  auto host = nobody(own);
  for (const char* const tenant : {"t1", "t2"}) {
    const auto given = testing::GivenEvent().event_id("e1").tenant(tenant);
    CHECK_FALSE(host.publish("order.paid", {}, given).known);
    CHECK(host.publish("order.paid", {}, given).known);
  }
  CHECK(host.published().size() == 2);
}

TEST_CASE("a publication that is refused is an Error, or is told without throwing") {
  std::optional<Host> own;
  auto host = nobody(own);
  CHECK_THROWS_AS(own->publish("Not A Type"), Error);
  CHECK(own->try_publish("tick", "[]")->status() == Status::invalid_argument);
  CHECK(own->try_publish("tick", "{")->status() == Status::invalid_argument);
  CHECK(own->try_publish(Tick{}, PublishOptions().key(std::string(257, 'k')))->status() == Status::too_large);
  CHECK(own->try_publish(Tick{}, PublishOptions().promise(static_cast<Promise>(9)))->status() ==
        Status::invalid_argument);
  CHECK_FALSE(own->try_publish(Tick{}));
  CHECK(host.published().size() == 1);
}

TEST_CASE("what a handler publishes belongs to the operation that it handles") {
  std::optional<Host> own;
  auto host = plugin_of([&](Lambda& plugin) {
    own = plugin.host();
    plugin
        .handle([&](Operation& op) {
          op.host().publish(Tick{});
          own->publish(Tick{}, PublishOptions().key("k").actor("bob"));
        })
        .on_success(Action::create);
  });
  host.fire(Phase::on_success, Action::create, Given().id("n7").actor("ann").tenant("acme").depth(2));
  const auto published = host.published();
  REQUIRE(published.size() == 2);
  CHECK(published[0].tenant == "acme");
  CHECK(published[0].actor == "ann");
  CHECK(published[0].key == "n7");
  CHECK(published[0].depth == 3);
  CHECK_FALSE(published[0].correlation_id.empty());
  CHECK_FALSE(published[0].causation_id.empty());
  CHECK(published[1].tenant == "acme");
  CHECK(published[1].actor == "bob");
  CHECK(published[1].key == "k");
}

TEST_CASE("a handler that publishes is still that of its operation when its subscribers have been called") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          op.host().publish(Tick{});
          op.host().get("note", "n1");
          throw std::runtime_error("of the operation");
        })
        .on_success(Action::create);
    plugin.on_event<Tick>([](const Tick&, Event& event) {
      event.host().get("note", "n2");
      throw std::runtime_error("of the event");
    });
  });
  host.answer([](const testing::Asked&) { return testing::Answer{}; });
  const auto fired = host.fire(Phase::on_success, Action::create);
  REQUIRE(fired.faults.size() == 1);
  CHECK(fired.faults[0].message == "of the operation");
  CHECK(host.delivered().at(0).message == "of the event");
  const auto asked = host.asked();
  REQUIRE(asked.size() == 2);
  CHECK(asked[0].cause == host.published().at(0).id);
  CHECK(asked[1].cause == host.published().at(0).causation_id);
}

TEST_CASE("threads of the plugin's own publish at once") {
  std::optional<Host> own;
  std::atomic<int> heard = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    own = plugin.host();
    plugin.on_event<Tick>([&](const Tick&) { ++heard; });
    plugin.on_event<Tick>([&](const Tick&) { ++heard; }).background();
  });
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < 25; ++n) own->publish(Tick{});
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(heard == 100);
  CHECK(host.run_background().size() == 100);
  CHECK(heard == 200);
  CHECK(host.published().back().position == 100);
}

TEST_CASE("in a dry run nothing is published") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation& op) { CHECK(op.host().try_publish(Tick{})->status() == Status::unsupported); })
        .before(Action::create);
  });
  CHECK(host.fire(Phase::before, Action::create, Given().dry_run()).faults.empty());
  CHECK(host.published().empty());
}

TEST_CASE("an enlisted event is published after the commit, and not at all when there is none") {
  std::vector<std::string> seen;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          op.enlist(BookingCancelled{"b7", "rain"});
          op.enlist("booking.noted", R"({"n":1})", PublishOptions().key("k"));
        })
        .before(Action::remove);
    plugin.handle([&](Operation&) { seen.emplace_back("after"); }).after(Action::remove);
    plugin.on_event("booking.*", [&](Event& event) { seen.emplace_back(event.type()); });
  });
  const auto refused = host.run(Action::remove, Given().error(Error(Status::storage, "full")));
  CHECK(refused.before.enlisted_events.size() == 2);
  host.run(Action::remove, Given().dry_run());
  CHECK(host.published().empty());
  seen.clear();

  const auto ran = host.run(Action::remove, Given().id("n7").tenant("acme"));
  REQUIRE(ran.before.enlisted_events.size() == 2);
  CHECK(ran.before.enlisted_events[0].type == "booking.cancelled");
  CHECK(ran.before.enlisted_events[0].payload["reason"] == "rain");
  CHECK(ran.before.enlisted_events[0].key == "n7");
  CHECK(ran.before.enlisted_events[0].tenant == "acme");
  CHECK(ran.before.enlisted_events[1].key == "k");
  CHECK(seen == std::vector<std::string>{"after", "booking.cancelled", "booking.noted"});
  CHECK(host.published()[0].position == 1);
}

TEST_CASE("an event is enlisted before a change only, and without a promise of its own") {
  auto host = plugin_of([](Lambda& plugin) {
    const auto status_of = [](Operation& op, const PublishOptions& options) {
      try {
        op.enlist(Tick{}, options);
      } catch (const Error& error) {
        return error.status();
      }
      return Status::ok;
    };
    plugin.handle([=](Operation& op) { CHECK(status_of(op, {}) == Status::unsupported); })
        .before(Action::read)
        .on_success(Action::create);
    plugin
        .handle([=](Operation& op) {
          CHECK(status_of(op, PublishOptions().durable()) == Status::invalid_argument);
          CHECK(status_of(op, PublishOptions().in_memory()) == Status::invalid_argument);
        })
        .before(Action::create);
  });
  CHECK(host.run(Action::get).outcome == Outcome::succeeded);
  CHECK(host.run(Action::create, Given().input(nlohmann::json::object())).outcome == Outcome::succeeded);
}

TEST_CASE("on a host without events, publishing, enlisting and subscribing say so, and the rest works") {
  std::string subscribing, publishing, enlisting;
  Lambda::made = [&](Lambda& plugin) {
    CHECK_FALSE(plugin.host().offers_events());
    try {
      plugin.on_event<Tick>([](const Tick&) {});
    } catch (const Error& error) {
      CHECK(error.status() == Status::unsupported);
      subscribing = error.message();
    }
    publishing = plugin.host().try_publish(Tick{})->message();
    plugin
        .handle([&](Operation& op) {
          try {
            op.enlist(Tick{});
          } catch (const Error& error) {
            enlisting = error.message();
          }
        })
        .before(Action::create);
  };
  testing::TestHost host(&lambda_entry, nlohmann::json::object(), sizeof(bp_host), 0);
  CHECK(host.run(Action::create, Given().input(nlohmann::json::object())).outcome == Outcome::succeeded);
  const std::string wanted = R"(: wanted a host that offers "backplane.events/1", found one without events)";
  CHECK(subscribing == R"(on_event("tick"))" + wanted);
  CHECK(publishing == R"(publish "tick")" + wanted);
  CHECK(enlisting == R"(enlist "tick")" + wanted);
}

TEST_CASE("a plugin that subscribes is not loaded by a host without events, unless it asks first") {
  Lambda::made = [](Lambda& plugin) { plugin.on_event<Tick>([](const Tick&) {}); };
  const auto load = [] { testing::TestHost host(&lambda_entry, nlohmann::json::object(), sizeof(bp_host), 0); };
  CHECK_THROWS_WITH(load(),
                    R"(on_event("tick"): wanted a host that offers "backplane.events/1", found one without events)");
  Lambda::made = [](Lambda& plugin) {
    if (plugin.host().offers_events()) plugin.on_event<Tick>([](const Tick&) {});
  };
  CHECK_NOTHROW(load());
}

TEST_CASE("a table of events cut anywhere is refused or works, and never crashes") {
  for (std::uint32_t size = 4; size <= sizeof(bp_events); ++size) {
    Lambda::made = [](Lambda& plugin) {
      plugin
          .on_event<Tick>([](const Tick&, Event& event) {
            CHECK(event.remaining().count() >= 0);
            event.snooze(std::chrono::seconds(1));
          })
          .durable("ticks");
      plugin.handle([](Operation& op) { op.enlist(Tick{}); }).before(Action::create);
    };
    try {
      testing::TestHost host(&lambda_entry, nlohmann::json::object(), sizeof(bp_host), size);
      host.publish(Tick{});
      host.run_durable();
      host.run(Action::create, Given().input(nlohmann::json::object()));
    } catch (const Error& error) {
      CHECK(error.status() == Status::unsupported);
      CHECK(size < offsetof(bp_events, publish));
    }
  }
}
