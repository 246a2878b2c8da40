#include <backplane/backplane.hpp>

struct Line {
  BACKPLANE_FIELDS(sku, pieces);
  std::string sku;
  std::int64_t pieces;
};

struct OrderConfirmed {
  BACKPLANE_EVENT("order.confirmed", order_id, total, gift, note, lines, extra);
  std::string order_id;
  double total;
  bool gift;
  std::optional<std::string> note;
  std::vector<Line> lines;
  backplane::sdk::Json extra;
};

struct Tick {
  BACKPLANE_EVENT("tick");
};

class Orders : public backplane::sdk::Plugin {
 public:
  explicit Orders(backplane::sdk::Host host) : Plugin(host) {
    on_event<OrderConfirmed>(&Orders::book).durable("book").order(backplane::sdk::EventOrder::strict).attempts(3);
    on_event<OrderConfirmed>([](const OrderConfirmed&) {}).background().named("print");
    on_event("order.>", [](backplane::sdk::Event& event) { event.host().publish(Tick{}); });
    handle([](backplane::sdk::Operation& op) { op.enlist(Tick{}, backplane::sdk::PublishOptions().key("k")); })
        .before(backplane::sdk::Action::create);
  }

 private:
  void book(const OrderConfirmed& order, backplane::sdk::Event& event) {
    if (order.lines.empty()) event.reject("an order without lines");
    if (host().try_publish("order.booked", backplane::sdk::json_of(order))) event.snooze(std::chrono::seconds(5));
  }
};

BACKPLANE_PLUGIN(Orders, { "id": "header-alone", "version": "1.0.0", "events": { "publish": ["*"], "subscribe": ["order.>"] } });
