// Writes a receipt for every completed payment, once.
#include <backplane/backplane.hpp>
#include <backplane/timestamp.hpp>

#include <cmath>

using namespace backplane::sdk;

namespace {

// The receipt has the payment's id: an event that comes twice finds it there.
void write_receipt(const events::PaymentCompleted& payment, Event& event) {
  const Json receipt = json_object({{"payment", payment.payment_id},
                                    {"amount_cents", std::llround(payment.amount * 100)},
                                    {"currency", payment.currency},
                                    {"completed_at", timestamp(event.time_us())}});
  const auto error = event.host().try_operate(Request::create("receipt", receipt, payment.payment_id));
  if (error && error->status() != Status::already_exists) throw *error;
}

class Receipts : public Plugin {
 public:
  explicit Receipts(Host host) : Plugin(host) {
    on_event<events::PaymentCompleted>(write_receipt)
        .durable("receipts")
        .order(EventOrder::none)
        .from_beginning()
        .take_replays();
  }
};

}  // namespace

BACKPLANE_PLUGIN(Receipts, {
  "id": "receipts",
  "version": "1.0.0",
  "description": "Writes a receipt for every completed payment.",
  "events": { "subscribe": ["payment.completed"] },
  "grants": { "resources": { "receipt": ["create"] } },
  "config_schema": { "type": "object", "additionalProperties": false }
});
