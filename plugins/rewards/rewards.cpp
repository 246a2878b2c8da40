// Credits the payer of every completed payment with points: a reward for each payment, and an account with their sum.
#include <backplane/backplane.hpp>

#include <cmath>

using namespace backplane::sdk;

namespace {

constexpr int most_tries = 100;  // within one delivery; then the host delivers again later

class Rewards : public Plugin {
 public:
  explicit Rewards(Host host) : Plugin(host), points_per_unit_(host.config().integer("/points_per_unit").value_or(1)) {
    on_event<events::PaymentCompleted>(&Rewards::reward).durable("rewards").order(EventOrder::none);
    handle(&Rewards::credit).before(Action::create, "reward").named("credit");
  }

 private:
  void reward(const events::PaymentCompleted& payment, Event& event) {
    const std::int64_t points = std::llround(payment.amount * 100) * points_per_unit_ / 100;
    std::string payer;
    event.host().get("payment", payment.payment_id,
                     [&](const Reply& found) { payer = found.document().string("/payer").value_or(""); });
    if (payer.empty() || points == 0) return;
    const Json reward = json_object({{"account", payer}, {"payment", payment.payment_id}, {"points", points}});
    for (int tries = 1;; ++tries) {
      const auto error = event.host().try_operate(Request::create("reward", reward, payment.payment_id));
      // The reward has the payment's id: if it is there, an earlier delivery of the event wrote it, and credited it.
      if (!error || event.host().try_get("reward", payment.payment_id)) return;
      if (!is_outrun(*error) || tries == most_tries) throw *error;
    }
  }

  // Another reward of the same account was committed since credit() read the account.
  static bool is_outrun(const Error& error) {
    return error.status() == Status::precondition_failed || error.status() == Status::already_exists;
  }

  // Called inside the create above, and inside anybody else's. What it enlists is committed with the reward or not at
  // all: no reward without its points, no points without their reward.
  void credit(Operation& op) {
    const auto account = op.input().string("/account");
    const auto points = op.input().integer("/points");
    if (!account || !points) throw Rejection("reward.incomplete", "a reward has an account and points");
    std::int64_t sum = *points;
    Options as_found;
    const bool exists = op.host().try_get("reward_account", *account, [&](const Reply& found) {
      sum += found.document().integer("/points").value_or(0);
      as_found.expecting(found);
    });
    const Json json = json_object({{"points", sum}});
    op.enlist(exists ? Request::update("reward_account", *account, json).with(as_found)
                     : Request::create("reward_account", json, *account));
  }

  std::int64_t points_per_unit_;
};

}  // namespace

BACKPLANE_PLUGIN(Rewards, {
  "id": "rewards",
  "version": "1.0.0",
  "description": "Credits the payer of every completed payment with points.",
  "hooks": [{ "phases": ["before"], "actions": ["create"], "types": ["reward"] }],
  "events": { "subscribe": ["payment.completed"] },
  "grants": {
    "resources": { "payment": ["get"], "reward": ["get", "create"], "reward_account": ["get", "create", "update"] }
  },
  "config_schema": {
    "type": "object",
    "properties": {
      "points_per_unit": {
        "type": "integer", "minimum": 1, "maximum": 1000,
        "description": "Points for each unit of currency; fractions of a point are dropped."
      }
    },
    "additionalProperties": false
  }
});
