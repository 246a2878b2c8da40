#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;
using namespace std::chrono_literals;
using testing::Delivered;
using testing::GivenEvent;

namespace {

struct OrderConfirmed {
  BACKPLANE_EVENT("order.confirmed", order_id, pieces);
  std::string order_id;
  int pieces = 1;
};

struct OrderNoted {
  BACKPLANE_EVENT("order.noted", order_id);
  std::string order_id;
};

std::vector<std::string> heard;

void free_function(const OrderConfirmed& order) { heard.push_back("free " + order.order_id); }

class Members : public Plugin {
 public:
  explicit Members(Host host) : Plugin(host) {
    on_event<OrderConfirmed>(&Members::payload);
    on_event<OrderConfirmed>(&Members::payload_and_event);
    on_event<OrderConfirmed>(&free_function);
    on_event<OrderConfirmed>(Functor{});
    on_event("order.*", &Members::any);
  }

 private:
  struct Functor {
    void operator()(const OrderConfirmed& order, Event&) const { heard.push_back("functor " + order.order_id); }
  };
  void payload(const OrderConfirmed& order) const noexcept { heard.push_back("payload " + order.order_id); }
  void payload_and_event(const OrderConfirmed&, Event& event) { heard.push_back("event " + std::string(event.type())); }
  void any(Event& event) { heard.push_back("any " + std::string(event.payload().string("/order_id").value_or(""))); }
};

}  // namespace

TEST_CASE("member functions, free functions, function objects and lambdas are called with events") {
  heard.clear();
  auto host = testing::host_of<Members>();
  host.publish(OrderConfirmed{"o1", 2});
  CHECK(heard == std::vector<std::string>{"payload o1", "event order.confirmed", "free o1", "functor o1", "any o1"});
}

TEST_CASE("a handler is told the whole envelope") {
  int calls = 0;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event<OrderConfirmed>([&](const OrderConfirmed& order, Event& event) {
      ++calls;
      CHECK(order.pieces == 3);
      CHECK(event.id() == "e1");
      CHECK(event.type() == "order.confirmed");
      CHECK(event.is<OrderConfirmed>());
      CHECK_FALSE(event.is<OrderNoted>());
      CHECK(event.time_us() == 1714564800123456);
      CHECK(event.time().time_since_epoch() == 1714564800123456us);
      CHECK(event.tenant() == "acme");
      CHECK(event.actor() == "ann");
      CHECK(event.source() == "shop");
      CHECK(event.key() == "o1");
      CHECK(event.correlation_id() == "c1");
      CHECK(event.causation_id() == "c0");
      CHECK(event.position() == 1);
      CHECK(event.depth() == 4);
      CHECK(event.mode() == DeliveryMode::sync);
      CHECK(event.attempt() == 1);
      CHECK_FALSE(event.replayed());
      CHECK(event.budget() == 200ms);
      CHECK(event.remaining() == 200ms);
      CHECK(event.payload().integer("/pieces") == 3);
      CHECK(event.as<OrderNoted>().order_id == "o1");
    });
  });
  const auto sent = host.publish(OrderConfirmed{"o1", 3}, GivenEvent()
                                                              .event_id("e1")
                                                              .time_us(1714564800123456)
                                                              .tenant("acme")
                                                              .actor("ann")
                                                              .source("shop")
                                                              .key("o1")
                                                              .correlation_id("c1")
                                                              .causation_id("c0")
                                                              .depth(4)
                                                              .budget(200ms));
  REQUIRE(sent.deliveries.size() == 1);
  CHECK(sent.deliveries[0].message.empty());
  CHECK(sent.deliveries[0].outcome == Delivered::done);
  CHECK(calls == 1);
}

TEST_CASE("subscriptions are registered as they were said, in that order") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.on_event<OrderConfirmed>([](const OrderConfirmed&) {});
    plugin.on_event("order.>", [](Event&) {}).background().named("b").order(EventOrder::none).take_replays();
    plugin.on_event("*", [](Event&) {}).durable("d").order(EventOrder::strict).from_beginning().attempts(5);
  });
  const auto all = host.subscriptions();
  REQUIRE(all.size() == 3);
  CHECK(all[0].pattern == "order.confirmed");
  CHECK(all[0].name.empty());
  CHECK(all[0].mode == DeliveryMode::sync);
  CHECK(all[0].order == EventOrder::by_key);
  CHECK_FALSE(all[0].take_replays);
  CHECK(all[1].pattern == "order.>");
  CHECK(all[1].name == "b");
  CHECK(all[1].mode == DeliveryMode::background);
  CHECK(all[1].order == EventOrder::none);
  CHECK(all[1].take_replays);
  CHECK(all[2].mode == DeliveryMode::durable);
  CHECK(all[2].name == "d");
  CHECK(all[2].order == EventOrder::strict);
  CHECK(all[2].from_beginning);
  CHECK(all[2].most_attempts == 5);
}

TEST_CASE("what a host refuses of a subscription ends the load with its words") {
  const auto load = [](std::function<void(Lambda&)> made) { plugin_of(std::move(made)); };
  const auto quiet = [](Event&) {};
  CHECK_THROWS_WITH(load([&](Lambda& plugin) { plugin.on_event("Order", quiet); }),
                    R"(subscription "" to "Order": wanted a pattern such as order.confirmed, order.*, order.> or *)");
  CHECK_THROWS_WITH(load([&](Lambda& plugin) {
                      plugin.on_event("a", quiet).named("n");
                      plugin.on_event("b", quiet).named("n");
                    }),
                    R"(subscription "n" to "b": the name is given twice)");
  CHECK_THROWS_WITH(load([&](Lambda& plugin) { plugin.on_event("a", quiet).durable(""); }),
                    R"(subscription "" to "a": wanted the name of a durable one, found none)");
}

TEST_CASE("an option that the mode does not have is refused when the plugin is created") {
  const auto load = [](std::function<void(Subscription)> more) {
    plugin_of([&](Lambda& plugin) { more(plugin.on_event("a", [](Event&) {})); });
  };
  CHECK_THROWS_WITH(load([](Subscription s) { s.attempts(3); }),
                    R"(subscription to "a": attempts wants a durable subscription, found one of mode sync)");
  CHECK_THROWS_WITH(
      load([](Subscription s) { s.background().from_beginning(); }),
      R"(subscription to "a": from_beginning wants a durable subscription, found one of mode background)");
  CHECK_THROWS_WITH(load([](Subscription s) { s.order(EventOrder::strict); }),
                    R"(subscription to "a": order wants a background or durable subscription, found one of mode sync)");
  CHECK_NOTHROW(load([](Subscription s) { s.attempts(3).durable("d"); }));
}

TEST_CASE("events are subscribed to in the constructor only") {
  Lambda* late = nullptr;
  auto host = plugin_of([&](Lambda& plugin) { late = &plugin; });
  CHECK_THROWS_WITH(late->on_event("a", [](Event&) {}),
                    R"(on_event("a"): events are subscribed to in the plugin's constructor only)");
}

TEST_CASE("what a handler throws is a fault with its text") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.on_event("a", [](Event&) { throw std::runtime_error("the printer is on fire"); }).named("plain");
    plugin.on_event("a", [](Event&) { throw Error(Status::unavailable, "no paper", "", R"({"tray":2})"); })
        .named("error");
    plugin.on_event("a", [](Event&) { throw Rejection("x.y", "nothing left to refuse"); }).named("rejection");
    plugin.on_event("a", [](Event&) { throw 7; }).named("odd");
  });
  const auto deliveries = host.publish("a").deliveries;
  REQUIRE(deliveries.size() == 4);
  for (const auto& delivery : deliveries) CHECK(delivery.outcome == Delivered::fault);
  CHECK(deliveries[0].subscription == "plain");
  CHECK(deliveries[0].status == Status::plugin_fault);
  CHECK(deliveries[0].message == "the printer is on fire");
  CHECK(deliveries[1].status == Status::unavailable);
  CHECK(deliveries[1].message == "no paper");
  CHECK(deliveries[1].details == R"({"tray":2})");
  CHECK(deliveries[2].message == "nothing left to refuse");
  CHECK(deliveries[3].message == "an exception that is no std::exception");
}

TEST_CASE("a replay reaches the subscriptions that take it, and says that it is one") {
  std::vector<bool> replayed;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("a", [&](Event&) { FAIL_CHECK("wanted no replay"); });
    plugin.on_event("a", [&](Event& event) { replayed.push_back(event.replayed()); }).take_replays();
  });
  host.publish("a", {}, GivenEvent().replayed());
  CHECK(replayed == std::vector<bool>{true});
  CHECK(host.published().empty());
}

TEST_CASE("what a handler asks for and publishes is caused by the event that it handles") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.on_event<OrderConfirmed>([&plugin](const OrderConfirmed& order, Event& event) {
      event.host().create("invoice", json_object({{"order", order.order_id}}));
      event.host().publish(OrderNoted{order.order_id});
      plugin.host().publish(OrderNoted{order.order_id}, PublishOptions().key("other").actor("bob"));
    });
  });
  host.answer([](const testing::Asked&) { return testing::Answer{{}, 1, "i1"}; });
  const auto sent = host.publish(OrderConfirmed{"o1"}, GivenEvent().tenant("acme").actor("ann").key("o1").depth(2));
  CHECK(sent.deliveries[0].message.empty());
  REQUIRE(host.asked().size() == 1);
  CHECK(host.asked()[0].cause == sent.event_id);
  const auto published = host.published();
  REQUIRE(published.size() == 3);
  CHECK(published[1].tenant == "acme");
  CHECK(published[1].actor == "ann");
  CHECK(published[1].key == "o1");
  CHECK(published[1].depth == 3);
  CHECK(published[1].correlation_id == published[0].correlation_id);
  CHECK(published[1].causation_id == published[0].id);
  CHECK(published[2].key == "other");
  CHECK(published[2].actor == "bob");
}

TEST_CASE("events that set off events end at a depth") {
  int calls = 0;
  std::optional<Error> stopped;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("a", [&](Event& event) {
      ++calls;
      if (const auto error = event.host().try_publish("a")) stopped = *error;
    });
  });
  host.publish("a");
  CHECK(calls == 17);
  REQUIRE(stopped);
  CHECK(stopped->status() == Status::depth_exceeded);
}

TEST_CASE("a handler of events whose time is up asks for nothing more") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin.on_event("a", [](Event& event) {
      CHECK(event.host().try_operate(Request::get("note", "n1"))->status() == Status::timeout);
    });
  });
  host.publish("a", {}, GivenEvent().budget(0us));
  CHECK(host.asked().empty());
}

TEST_CASE("the events that come with the host are structs") {
  using namespace events;
  std::vector<std::string> types;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.on_event("*", [&](Event& event) {
      types.push_back(std::string(event.type()) + " " + std::string(event.payload().json()));
    });
    plugin.on_event<ResourceUpdated>([&](const ResourceUpdated& updated) { types.push_back(updated.changes.text()); });
  });
  host.publish(ResourceCreated{"note", "n1"});
  host.publish(ResourceUpdated{"note", "n1", Json::raw(R"({"/title":{"new":"Tea","old":"tea"}})")});
  host.publish(ResourceDeleted{"note", "n1"});
  host.publish(ResourceRestored{"note", "n1"});
  host.publish(ResourceSwitched{"note", "n1"});
  host.publish(ResourcePurged{"note", "n1"});
  host.publish(PaymentCompleted{"p1", 12.5, "EUR"});
  host.publish(UserRegistered{"u1", "ann@example.org"});
  host.publish(PluginLoaded{"audit-log", "1.0.0", 1});
  host.publish(PluginReloaded{"audit-log", "1.0.1", 2});
  host.publish(PluginQuarantined{"audit-log", "1.0.1", 2});
  const std::string note = R"( {"item_id":"n1","resource":"note"})";
  CHECK(types ==
        std::vector<std::string>{
            "resource.created" + note,
            R"(resource.updated {"changes":{"/title":{"new":"Tea","old":"tea"}},"item_id":"n1","resource":"note"})",
            R"({"/title":{"new":"Tea","old":"tea"}})", "resource.deleted" + note, "resource.restored" + note,
            "resource.switched" + note, "resource.purged" + note,
            R"(payment.completed {"amount":12.5,"currency":"EUR","payment_id":"p1"})",
            R"(user.registered {"email":"ann@example.org","user_id":"u1"})",
            R"(plugin.loaded {"generation":1,"plugin":"audit-log","version":"1.0.0"})",
            R"(plugin.reloaded {"generation":2,"plugin":"audit-log","version":"1.0.1"})",
            R"(plugin.quarantined {"generation":2,"plugin":"audit-log","version":"1.0.1"})"});
}
