// Tells that a payment is completed, whichever write completes it.
#include <backplane/backplane.hpp>

using namespace backplane::sdk;

namespace {

class Payments : public Plugin {
 public:
  explicit Payments(Host host) : Plugin(host) {
    handle(&Payments::tell).before(Action::write, "payment").named("completed");
  }

 private:
  bool is_completed(const Document& payment) const { return payment.string(status_) == "completed"; }

  // What was found is what will be replaced, or the operation fails: of two writers that complete a payment at a time
  // one comes this far.
  void tell(Operation& op) {
    if (!is_completed(op.input()) || is_completed(op.previous())) return;
    const auto amount_cents = op.input().integer("/amount_cents");
    const auto currency = op.input().string("/currency");
    if (!amount_cents || !currency)
      throw Rejection("payment.incomplete", "a completed payment has an amount_cents and a currency");
    // Payments of one invoice are told of in their order; those of none each by themselves.
    const auto key = op.input().string("/invoice").value_or(op.id());
    op.enlist(events::PaymentCompleted{std::string(op.id()), static_cast<double>(*amount_cents) / 100,
                                       std::string(*currency)},
              PublishOptions().key(key));
  }

  Pointer status_{host(), "/status"};
};

}  // namespace

BACKPLANE_PLUGIN(Payments, {
  "id": "payments",
  "version": "1.0.0",
  "description": "Publishes payment.completed when a payment reaches the status completed.",
  "hooks": [{ "phases": ["before"], "actions": ["write"], "types": ["payment"] }],
  "events": { "publish": ["payment.completed"] },
  "config_schema": { "type": "object", "additionalProperties": false }
});
