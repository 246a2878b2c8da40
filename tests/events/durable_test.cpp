// Durable subscriptions: at least once, in order within a key, tried again, given up, and taken up where they were.
#include <algorithm>
#include <future>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

// Short delays, so that what is tried again comes soon.
events::BusLimits soon() {
  events::BusLimits limits;
  limits.durable.first_delay = 2ms;
  limits.durable.longest_delay = 8ms;
  limits.durable.most_attempts = 4;
  return limits;
}

std::vector<store::DeadLetter> dead_letters(Rig& rig) {
  auto found = rig.store().deliveries().dead_letters({});
  REQUIRE(found);
  return *found;
}

bool is_done(Rig& rig) {
  const auto figures = rig.bus().durable().figures();
  return std::all_of(figures.begin(), figures.end(), [](const auto& one) {
    return one.behind == 0 && one.busy == 0 && one.waiting == 0 && one.parked == 0;
  });
}

std::size_t count(const Lines& lines, const std::string& wanted) {
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), wanted));
}

}  // namespace

TEST_CASE("a durable subscription is given every event that matches, once when all goes well, in order within a key") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "order.>", "durable")})});
  for (int i = 0; i < 600; ++i) REQUIRE(publish(rig, event("order.n" + std::to_string(i), i % 2 == 0 ? "x" : "y")));
  REQUIRE(publish(rig, event("other")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 600 && is_done(rig); }));
  int last_x = -1;
  int last_y = -1;
  for (const std::string& line : rig.recorded()) {
    const int number = std::stoi(line.substr(std::string("a order.n").size()));
    int& last = number % 2 == 0 ? last_x : last_y;
    CHECK(number > last);
    last = number;
  }
}

TEST_CASE("an event that fails is tried again, and those of its key wait for it while others go on") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"once")")})});
  REQUIRE(publish(rig, event("one", "x")));
  REQUIRE(publish(rig, event("two", "x")));
  REQUIRE(publish(rig, event("three", "y")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 6 && is_done(rig); }));
  Lines lines = rig.recorded();
  const auto of_x = std::stable_partition(lines.begin(), lines.end(), [](const auto& line) { return line.find(" x ") != std::string::npos; });
  CHECK(Lines(lines.begin(), of_x) == Lines{"a one x 1", "a one x 2", "a two x 1", "a two x 2"});
  CHECK(Lines(of_x, lines.end()) == Lines{"a three y 1", "a three y 2"});
  CHECK(dead_letters(rig).empty());
}

TEST_CASE("an event that fails at every attempt is a dead letter, and the next of its key is called") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "bad", "durable", R"("do":"fault")"), subscription("b", "*", "durable")})});
  REQUIRE(publish(rig, event("bad", "x")));
  REQUIRE(publish(rig, event("good", "x")));
  REQUIRE(eventually([&] { return dead_letters(rig).size() == 1 && is_done(rig); }));
  const auto letter = dead_letters(rig).front();
  CHECK(letter.subscription == "subscriber/a");
  CHECK(letter.delivery.attempts == 4);
  CHECK(letter.delivery.error.find("as told") != std::string::npos);
  const Lines lines = rig.recorded();
  for (const char* attempt : {"1", "2", "3", "4"}) CHECK(count(lines, "a bad x " + std::string(attempt)) == 1);
  CHECK(count(lines, "b bad x 1") == 1);
  CHECK(count(lines, "b good x 1") == 1);
}

TEST_CASE("a rejected event is a dead letter at once") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"reject")")})});
  REQUIRE(publish(rig, event("one")));
  REQUIRE(eventually([&] { return dead_letters(rig).size() == 1; }));
  CHECK(dead_letters(rig).front().delivery.error == "never");
  CHECK(rig.recorded() == Lines{"a one  1"});
}

TEST_CASE("retry_after counts attempts, snooze does not") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"retry")"), subscription("b", "*", "durable", R"("do":"snooze")")})});
  REQUIRE(publish(rig, event("one")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 6 && is_done(rig); }));
  const Lines lines = rig.recorded();
  for (const char* attempt : {"1", "2", "3"}) CHECK(count(lines, "a one  " + std::string(attempt)) == 1);
  CHECK(count(lines, "b one  1") == 3);
}

TEST_CASE("a dead letter that is redriven is tried again, and one that is discarded is gone") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("do":"reject")")})});
  REQUIRE(publish(rig, event("one")));
  REQUIRE(eventually([&] { return dead_letters(rig).size() == 1; }));
  const std::uint64_t id = dead_letters(rig).front().id;
  REQUIRE(rig.bus().durable().redrive(id));
  REQUIRE(eventually([&] { return rig.recorded().size() == 2 && dead_letters(rig).size() == 1; }));
  CHECK(dead_letters(rig).front().id == id);
  REQUIRE(rig.store().deliveries().discard(id));
  CHECK(dead_letters(rig).empty());
  const auto gone = rig.bus().durable().redrive(id);
  REQUIRE_FALSE(gone);
  CHECK(gone.error().code == base::Code::not_found);
}

TEST_CASE("a paused subscription is given nothing until it is resumed, and then all of it") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable"), subscription("b", "*", "sync")})});
  REQUIRE(rig.bus().durable().set_paused("subscriber/a", true));
  for (int i = 0; i < 10; ++i) REQUIRE(publish(rig, event("one")));
  CHECK(count(rig.recorded(), "a one  1") == 0);
  REQUIRE(rig.bus().durable().set_paused("subscriber/a", false));
  CHECK(eventually([&] { return count(rig.recorded(), "a one  1") == 10; }));
}

TEST_CASE("a replay gives the old events anew to a subscription that takes them, and is refused by one that does not") {
  Rig rig({}, soon());
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("replays":"taken")"), subscription("b", "*", "durable")})});
  for (int i = 0; i < 10; ++i) REQUIRE(publish(rig, event("one")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 20 && is_done(rig); }));
  REQUIRE(rig.bus().durable().replay("subscriber/a", 4));
  CHECK(eventually([&] { return count(rig.recorded(), "a one  1") == 16; }));
  const auto refused = rig.bus().durable().replay("subscriber/b", 0);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == base::Code::unsupported);
  CHECK(count(rig.recorded(), "b one  1") == 10);
}

TEST_CASE("a subscription that asks for it is given at its first start what the log holds") {
  Rig rig({}, soon());
  for (int i = 0; i < 5; ++i) REQUIRE(publish(rig, event("one")));
  rig.load({subscriber(rig, {subscription("a", "*", "durable", R"("from":"beginning")"), subscription("b", "*", "durable")})});
  CHECK(eventually([&] { return count(rig.recorded(), "a one  1") == 5 && is_done(rig); }));
  CHECK(count(rig.recorded(), "b one  1") == 0);
}

TEST_CASE("a subscription of a plugin that was away for a while goes on from where it was") {
  Rig rig({}, soon());
  const Plug plug = subscriber(rig, {subscription("a", "*", "durable", R"("do":"once")")});
  rig.load({plug});
  REQUIRE(publish(rig, event("one", "x")));
  REQUIRE(eventually([&] { return rig.recorded().size() == 2 && is_done(rig); }));
  rig.load({});
  for (int i = 0; i < 3; ++i) REQUIRE(publish(rig, event("two", "x")));
  rig.load({plug});
  REQUIRE(eventually([&] { return count(rig.recorded(), "a two x 2") == 3 && is_done(rig); }));
  CHECK(count(rig.recorded(), "a one x 1") == 1);
}

TEST_CASE("an event in whose attempts the host ended three times is a dead letter at the next start, and is not called") {
  Rig rig({}, soon());
  REQUIRE(publish(rig, event("one", "x")));
  REQUIRE(publish(rig, event("two", "x")));
  auto& deliveries = rig.store().deliveries();
  const auto cursor = deliveries.open_cursor("subscriber/a", 0, base::SystemClock().now());
  REQUIRE(cursor);
  store::Delivery attempt;
  attempt.position = 1;
  attempt.state = store::DeliveryState::attempted;
  attempt.attempts = 3;
  attempt.key = "x";
  store::Progress progress;
  progress.subscription = "subscriber/a";
  progress.generation = cursor->generation;
  progress.floor = 1;
  progress.put.push_back(attempt);
  std::promise<bool> kept;
  deliveries.keep(progress, [&](base::Result<void> result) { kept.set_value(result.has_value()); });
  REQUIRE(kept.get_future().get());
  rig.load({subscriber(rig, {subscription("a", "*", "durable")})});
  REQUIRE(eventually([&] { return dead_letters(rig).size() == 1 && is_done(rig); }));
  CHECK(dead_letters(rig).front().delivery.error.find("the host ended") != std::string::npos);
  CHECK(rig.recorded() == Lines{"a two x 1"});
}

TEST_CASE("without an event log a plugin with a durable subscription does not load") {
  Rig rig({}, {}, Log::none);
  Plug plug = subscriber(rig, {subscription("a", "*", "durable")});
  const auto adjust = plug.adjust;
  plug.adjust = [adjust](manifest::PluginSettings& entry) {
    adjust(entry);
    entry.required = false;
  };
  rig.load({plug});
  CHECK(rig.registry().instances().empty());
  REQUIRE(rig.registry().left_out().size() == 1);
}

TEST_CASE("members that a subscription's mode does not take, and delays and times beyond reason, are refused") {
  Rig rig({}, soon());
  rig.load({{.fixture = "event_bad_arguments", .config = rig.recording(), .adjust = [](manifest::PluginSettings& entry) {
               entry.grants.publish = {"*"};
               entry.grants.subscribe = {"*"};
             }}});
  REQUIRE(publish(rig, event("try")));
  REQUIRE(eventually([&] { return is_done(rig) && rig.recorded().size() >= 12; }));
  CHECK(rig.recorded() == Lines{"sync with order 2", "sync with replays 2", "background with most_attempts 2",
                                "background with from_beginning 2", "publish in create 13", "retry_after(huge) 2",
                                "retry_after(negative) 2", "snooze(366 days and 1 us) 2", "snooze(least) 2",
                                "publish(before 1970) 2", "publish(year 10000) 2", "publish(year 9999) 0"});
}
