#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;
using namespace std::chrono_literals;
using events::PaymentCompleted;
using testing::Delivered;
using testing::GivenEvent;

namespace {

// The host of a plugin with one durable subscription.
testing::TestHost durable(std::function<void(Event&)> handler, std::function<void(Subscription&)> more = {}) {
  return plugin_of([&](Lambda& plugin) {
    auto subscription = plugin.on_event("order.*", handler).durable("ledger");
    if (more) more(subscription);
  });
}

std::vector<std::string> ids(const std::vector<testing::Delivery>& deliveries) {
  std::vector<std::string> ids;
  ids.reserve(deliveries.size());
  for (const auto& delivery : deliveries) ids.push_back(delivery.event_id + "#" + std::to_string(delivery.attempt));
  return ids;
}

}  // namespace

TEST_CASE("a malformed payload is a fault that names the field, and a dead letter of a durable subscription") {
  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event<PaymentCompleted>([&](const PaymentCompleted&) { ++calls; });
    plugin.on_event<PaymentCompleted>([&](const PaymentCompleted&) { ++calls; }).durable("typed");
    plugin
        .on_event("payment.*",
                  [&](Event& event) {
                    event.as<PaymentCompleted>();
                    ++calls;
                  })
        .durable("by pattern");
  });
  const std::string words = "payment.completed: /amount: wanted a number, found a string";
  const auto sync = host.publish("payment.completed", {{"payment_id", "p1"}, {"amount", "12.5"}}).deliveries;
  REQUIRE(sync.size() == 1);
  CHECK(sync[0].outcome == Delivered::fault);
  CHECK(sync[0].status == Status::invalid_document);
  CHECK(sync[0].message == words);
  const auto lasting = host.run_durable();
  REQUIRE(lasting.size() == 2);
  for (const auto& delivery : lasting) {
    CHECK(delivery.outcome == Delivered::rejected);
    CHECK(delivery.dead_letter);
    CHECK(delivery.message == words);
  }
  CHECK(host.run_durable().empty());
  CHECK(calls == 0);
}

TEST_CASE("a Rejection thrown for a durable subscription makes the event a dead letter") {
  auto host = durable([](Event&) { throw Rejection("order.unknown", "there is no such order"); });
  host.publish("order.a");
  const auto deliveries = host.run_durable();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].outcome == Delivered::rejected);
  CHECK(deliveries[0].message == "order.unknown: there is no such order");
  CHECK(deliveries[0].dead_letter);
}

TEST_CASE("a durable event that failed is tried again up to its attempts, then it is a dead letter") {
  auto host = durable([](Event&) { throw std::runtime_error("no"); }, [](Subscription& s) { s.attempts(3); });
  host.publish("order.a", {}, GivenEvent().event_id("a"));
  CHECK(ids(host.run_durable()) == std::vector<std::string>{"a#1"});
  CHECK(ids(host.run_durable()) == std::vector<std::string>{"a#2"});
  const auto last = host.run_durable();
  REQUIRE(ids(last) == std::vector<std::string>{"a#3"});
  CHECK(last[0].dead_letter);
  CHECK(host.run_durable().empty());
}

TEST_CASE("retry_after counts as an attempt, snooze does not, and both wait") {
  std::vector<std::uint32_t> attempts;
  auto host = durable([&](Event& event) {
    attempts.push_back(event.attempt());
    if (attempts.size() == 1) return event.retry_after(30s, "the bank is closed");
    if (attempts.size() == 2) event.snooze(1h);
  });
  host.publish("order.a");
  const auto retried = host.run_durable();
  REQUIRE(retried.size() == 1);
  CHECK(retried[0].outcome == Delivered::retry);
  CHECK(retried[0].message == "the bank is closed");
  CHECK(retried[0].delay == 30s);
  CHECK(host.run_durable().empty());
  host.advance(30s);
  const auto snoozed = host.run_durable();
  REQUIRE(snoozed.size() == 1);
  CHECK(snoozed[0].outcome == Delivered::snoozed);
  CHECK(snoozed[0].delay == 1h);
  host.advance(1h);
  CHECK(host.run_durable()[0].outcome == Delivered::done);
  CHECK(host.run_durable().empty());
  CHECK(attempts == std::vector<std::uint32_t>{1, 2, 2});
}

TEST_CASE("the last decision counts, whatever the handler does afterwards") {
  auto host = durable([](Event& event) {
    event.snooze(1s);
    event.reject("never");
    throw std::runtime_error("later");
  });
  host.publish("order.a");
  const auto deliveries = host.run_durable();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].outcome == Delivered::rejected);
  CHECK(deliveries[0].message == "never");
}

TEST_CASE("only a durable subscription decides what becomes of an event") {
  int refused = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("a", [&](Event& event) {
      const auto try_to = [&](auto decide) {
        try {
          decide();
        } catch (const Error& error) {
          CHECK(error.status() == Status::unsupported);
          CHECK(error.message().find("wanted a durable subscription, found one of mode sync") != std::string::npos);
          ++refused;
        }
      };
      try_to([&] { event.retry_after(1s, "x"); });
      try_to([&] { event.snooze(1s); });
      try_to([&] { event.reject("x"); });
    });
  });
  CHECK(host.publish("a").deliveries[0].outcome == Delivered::done);
  CHECK(refused == 3);
}

TEST_CASE("one that fails holds back the events of its key, or all, or none") {
  const auto first_run = [](EventOrder order) {
    auto host = durable(
        [](Event& event) {
          if (event.id() == "a1" && event.attempt() == 1) throw std::runtime_error("no");
        },
        [&](Subscription& s) { s.order(order); });
    host.publish("order.x", {}, GivenEvent().event_id("a1").key("a"));
    host.publish("order.x", {}, GivenEvent().event_id("b1").key("b"));
    host.publish("order.x", {}, GivenEvent().event_id("a2").key("a"));
    host.publish("order.x", {}, GivenEvent().event_id("none"));
    auto all = ids(host.run_durable());
    all.emplace_back("-");
    for (const auto& id : ids(host.run_durable())) all.push_back(id);
    return all;
  };
  CHECK(first_run(EventOrder::by_key) == std::vector<std::string>{"a1#1", "b1#1", "none#1", "-", "a1#2", "a2#1"});
  CHECK(first_run(EventOrder::strict) == std::vector<std::string>{"a1#1", "-", "a1#2", "b1#1", "a2#1", "none#1"});
  CHECK(first_run(EventOrder::none) == std::vector<std::string>{"a1#1", "b1#1", "a2#1", "none#1", "-", "a1#2"});
}

TEST_CASE("an event in memory only is not given to durable subscriptions") {
  int calls = 0;
  auto host = durable([&](Event&) { ++calls; });
  host.publish("order.a", {}, GivenEvent().in_memory());
  CHECK(host.run_durable().empty());
  CHECK(calls == 0);
}
