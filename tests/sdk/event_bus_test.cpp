// The promises made to publishers and subscribers of events, one by one.
#include "plugin_of.hpp"
#include "support/catch.hpp"

#include <set>

using namespace sdk_test;
using events::PaymentCompleted;
using events::ResourceCreated;
using events::ResourceDeleted;
using events::ResourceUpdated;
using events::UserRegistered;
using testing::Delivered;
using testing::GivenEvent;

namespace {

struct BookingCancelled {
  BACKPLANE_EVENT("booking.cancelled", booking_id, reason);
  std::string booking_id, reason;
};

std::vector<std::string> names(const std::vector<testing::Delivery>& deliveries) {
  std::vector<std::string> names;
  names.reserve(deliveries.size());
  for (const auto& delivery : deliveries) names.push_back(delivery.subscription);
  return names;
}

}  // namespace

TEST_CASE("any number of subscribers react to an event without its publisher knowing of them") {
  std::optional<Host> publisher;
  std::vector<int> reacted;
  auto host = plugin_of([&](Lambda& plugin) {
    publisher = plugin.host();
    for (int i = 0; i < 20; ++i)
      plugin.on_event<UserRegistered>([&reacted, i](const UserRegistered&) { reacted.push_back(i); });
  });
  publisher->publish(UserRegistered{"u1", "ann@example.org"});
  CHECK(reacted.size() == 20);
  publisher->publish(BookingCancelled{"b7", "rain"});
  CHECK(reacted.size() == 20);
}

TEST_CASE("an event has an id and a time by itself, a type, a tenant, an actor and a payload") {
  std::set<std::string> seen;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("*", [&](Event& event) {
      seen.emplace(event.id());
      CHECK(event.time_us() > 0);
      CHECK(event.type() == "booking.cancelled");
      CHECK(event.tenant() == "acme");
      CHECK(event.actor() == "ann");
      CHECK(event.payload().json() == R"({"booking_id":"b7","reason":"rain"})");
    });
  });
  host.publish(BookingCancelled{"b7", "rain"}, GivenEvent().tenant("acme").actor("ann"));
  host.publish(BookingCancelled{"b7", "rain"}, GivenEvent().tenant("acme").actor("ann"));
  CHECK(seen.size() == 2);
}

TEST_CASE("an event may have no tenant, no actor and no payload") {
  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("order.confirmed", [&](Event& event) {
      ++calls;
      CHECK(event.tenant().empty());
      CHECK(event.actor().empty());
      CHECK(event.payload().json() == "{}");
    });
  });
  host.publish("order.confirmed", {}, GivenEvent().actor(""));
  CHECK(calls == 1);
}

TEST_CASE("the built-in events carry the fields that their table says") {
  CHECK(ResourceCreated::event_type() == "resource.created");
  CHECK(json_of(ResourceCreated{"note", "n1"}).text() == R"({"resource":"note","item_id":"n1"})");
  CHECK(ResourceUpdated::event_type() == "resource.updated");
  CHECK(json_of(ResourceUpdated{"note", "n1", json_object({})}).text() ==
        R"({"resource":"note","item_id":"n1","changes":{}})");
  CHECK(ResourceDeleted::event_type() == "resource.deleted");
  CHECK(json_of(ResourceDeleted{"note", "n1"}).text() == R"({"resource":"note","item_id":"n1"})");
  CHECK(PaymentCompleted::event_type() == "payment.completed");
  CHECK(json_of(PaymentCompleted{"p1", 12.5, "EUR"}).text() == R"({"payment_id":"p1","amount":12.5,"currency":"EUR"})");
  CHECK(UserRegistered::event_type() == "user.registered");
  CHECK(json_of(UserRegistered{"u1", "ann@example.org"}).text() == R"({"user_id":"u1","email":"ann@example.org"})");
}

TEST_CASE("an event of one's own is a struct with its type and its fields") {
  std::string reason;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event<BookingCancelled>([&](const BookingCancelled& cancelled) { reason = cancelled.reason; });
  });
  host.publish(BookingCancelled{"b7", "rain"});
  CHECK(reason == "rain");
}

TEST_CASE("an operation's handler publishes a typed event, which has the operation's tenant and actor") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          op.host().publish(PaymentCompleted{std::string(op.id()), op.result().required_number("/amount"), "EUR"});
        })
        .on_success(Action::update, "payment");
  });
  host.run(Action::update, Given().type("payment").id("p1").actor("ann").tenant("acme").input({{"amount", 12.5}}));
  const auto published = host.published();
  REQUIRE(published.size() == 1);
  CHECK(published[0].type == "payment.completed");
  CHECK(published[0].payload == nlohmann::json{{"payment_id", "p1"}, {"amount", 12.5}, {"currency", "EUR"}});
  CHECK(published[0].tenant == "acme");
  CHECK(published[0].actor == "ann");
}

TEST_CASE("sync subscribers of the matching type are called in the order registered, before publish returns") {
  std::vector<std::string> steps;
  std::optional<Host> publisher;
  auto host = plugin_of([&](Lambda& plugin) {
    publisher = plugin.host();
    plugin.on_event("user.*", [&](Event&) { steps.emplace_back("pattern"); });
    plugin.on_event<UserRegistered>([&](const UserRegistered&) { steps.emplace_back("typed"); });
    plugin.on_event<BookingCancelled>([&](const BookingCancelled&) { steps.emplace_back("another type"); });
    plugin.on_event("*", [&](Event&) { steps.emplace_back("all"); });
  });
  publisher->publish(UserRegistered{"u1", "ann@example.org"});
  steps.emplace_back("published");
  CHECK(steps == std::vector<std::string>{"pattern", "typed", "all", "published"});
}

TEST_CASE("a sync subscriber that throws is told, the rest run, and publish does not fail for it") {
  int calls = 0;
  std::optional<Host> publisher;
  auto host = plugin_of([&](Lambda& plugin) {
    publisher = plugin.host();
    plugin.on_event<UserRegistered>([&](const UserRegistered&) { ++calls; }).named("first");
    plugin.on_event<UserRegistered>([](const UserRegistered&) { throw std::runtime_error("no mail server"); })
        .named("failing");
    plugin.on_event<UserRegistered>([&](const UserRegistered&) { ++calls; }).named("last");
  });
  CHECK_NOTHROW(publisher->publish(UserRegistered{"u1", "ann@example.org"}));
  CHECK(calls == 2);
  const auto delivered = host.delivered();
  CHECK(names(delivered) == std::vector<std::string>{"first", "failing", "last"});
  CHECK(delivered[1].outcome == Delivered::fault);
  CHECK(delivered[1].message == "no mail server");
}

TEST_CASE("a subscriber that throws does not fail the operation whose handler published") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.handle([](Operation& op) { op.host().publish(BookingCancelled{"b7", "rain"}); }).before(Action::remove);
    plugin.on_event("*", [](Event&) { throw std::runtime_error("no"); });
  });
  CHECK(host.run(Action::remove).outcome == Outcome::succeeded);
  CHECK(host.delivered().at(0).outcome == Delivered::fault);
}

TEST_CASE("publish returns before background subscribers are called, and nothing of them reaches the publisher") {
  int calls = 0;
  std::optional<Host> publisher;
  auto host = plugin_of([&](Lambda& plugin) {
    publisher = plugin.host();
    plugin.on_event<UserRegistered>([&](const UserRegistered&) { ++calls; }).background().named("mail");
    plugin.on_event<UserRegistered>([](const UserRegistered&) { throw std::runtime_error("no"); })
        .background()
        .named("failing");
  });
  publisher->publish(UserRegistered{"u1", "ann@example.org"});
  CHECK(calls == 0);
  const auto ran = host.run_background();
  CHECK(calls == 1);
  CHECK(names(ran) == std::vector<std::string>{"mail", "failing"});
  CHECK(ran[1].outcome == Delivered::fault);
  CHECK(host.run_background().empty());
}

TEST_CASE("a published event is kept in the log, in the order of publication") {
  auto host = plugin_of([](Lambda&) {});
  CHECK(host.publish(UserRegistered{"u1", "ann@example.org"}).position == 1);
  CHECK(host.publish(BookingCancelled{"b7", "rain"}).position == 2);
  const auto log = host.published();
  REQUIRE(log.size() == 2);
  CHECK(log[1].type == "booking.cancelled");
  CHECK(log[1].payload["reason"] == "rain");
}

TEST_CASE("a handler subscribes by a type's name and reads the payload by member") {
  std::vector<std::string> marked, mailed;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("payment.completed",
                    [&](Event& event) { marked.emplace_back(event.payload().required_string("/payment_id")); });
    plugin
        .on_event("user.registered",
                  [&](Event& event) { mailed.emplace_back(event.payload().required_string("/email")); })
        .background();
  });
  host.publish(PaymentCompleted{"p1", 12.5, "EUR"});
  host.publish(UserRegistered{"u1", "ann@example.org"});
  CHECK(marked == std::vector<std::string>{"p1"});
  CHECK(mailed.empty());
  host.run_background();
  CHECK(mailed == std::vector<std::string>{"ann@example.org"});
}

TEST_CASE("a subscriber to * sees every event") {
  std::vector<std::string> audit;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .on_event("*",
                  [&](Event& event) {
                    audit.push_back("Event: " + std::string(event.type()) + " by " + std::string(event.actor()));
                  })
        .background();
  });
  host.publish(UserRegistered{"u1", "ann@example.org"}, GivenEvent().actor("ann"));
  host.publish("tick", {}, GivenEvent().actor("clock"));
  host.publish("a.b.c.d", {}, GivenEvent().actor("bob"));
  host.run_background();
  CHECK(audit ==
        std::vector<std::string>{"Event: user.registered by ann", "Event: tick by clock", "Event: a.b.c.d by bob"});
}

TEST_CASE("order.* is one segment more, order.> one or more, order.confirmed exactly that") {
  const auto heard = [](const char* pattern) {
    std::vector<std::string> types;
    auto host = plugin_of(
        [&](Lambda& plugin) { plugin.on_event(pattern, [&](Event& event) { types.emplace_back(event.type()); }); });
    for (const char* type : {"order", "order.confirmed", "order.line.added", "orders.confirmed"}) host.publish(type);
    return types;
  };
  CHECK(heard("order.confirmed") == std::vector<std::string>{"order.confirmed"});
  CHECK(heard("order.*") == std::vector<std::string>{"order.confirmed"});
  CHECK(heard("order.>") == std::vector<std::string>{"order.confirmed", "order.line.added"});
  CHECK(heard("*.confirmed") == std::vector<std::string>{"order.confirmed", "orders.confirmed"});
  CHECK(heard("*").size() == 4);
}

TEST_CASE("side effects are wired apart from the service, each in a handler of its own") {
  std::vector<std::string> done;
  auto host = plugin_of([&](Lambda& plugin) {
    const auto effect = [&](const char* name) {
      plugin
          .on_event<PaymentCompleted>(
              [&done, name](const PaymentCompleted& paid) { done.push_back(name + (" " + paid.payment_id)); })
          .background()
          .named(name);
    };
    effect("receipt");
    effect("invoice");
    effect("rewards");
  });
  host.publish(PaymentCompleted{"p1", 12.5, "EUR"});
  host.run_background();
  CHECK(done == std::vector<std::string>{"receipt p1", "invoice p1", "rewards p1"});
}

TEST_CASE("guaranteed delivery: a durable subscriber is given an event until it has handled it") {
  std::vector<std::uint32_t> attempts;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin
        .on_event<PaymentCompleted>([&](const PaymentCompleted&, Event& event) {
          attempts.push_back(event.attempt());
          if (event.attempt() < 3) throw std::runtime_error("the ledger is locked");
        })
        .durable("ledger");
  });
  host.publish(PaymentCompleted{"p1", 12.5, "EUR"});
  CHECK(attempts.empty());
  for (int i = 0; i < 5; ++i) host.run_durable();
  CHECK(attempts == std::vector<std::uint32_t>{1, 2, 3});
  CHECK(host.delivered().back().outcome == Delivered::done);
}
