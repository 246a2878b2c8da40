#include "kept_resources.hpp"
#include "library.hpp"
#include "support/catch.hpp"

using sdk_test::KeptResources;
using sdk_test::Library;
using namespace backplane::sdk;
using events::PaymentCompleted;
using testing::Delivered;
using testing::GivenEvent;
using testing::TestHost;

namespace {

// A sample plugin with resources to work on.
struct Subscriber {
  explicit Subscriber(const char* name, nlohmann::json config = nlohmann::json::object())
      : library(name), host(library.entry(), std::move(config)), resources(host) {}

  // One delivery of the event to the durable subscription; the event is not on the bus for later.
  testing::Delivery deliver(const PaymentCompleted& payment, const GivenEvent& given = {}) {
    host.publish(payment, given);
    const auto deliveries = host.run_durable();
    REQUIRE(deliveries.size() == 1);
    return deliveries[0];
  }

  Library library;
  TestHost host;
  KeptResources resources;
};

const PaymentCompleted twelve_fifty{"p1", 12.5, "EUR"};

}  // namespace

TEST_CASE("receipts writes a receipt with the payment's id, and none again when the event comes twice") {
  Subscriber receipts("receipts");
  CHECK(receipts.deliver(twelve_fifty).outcome == Delivered::done);
  const nlohmann::json wanted{
      {"payment", "p1"}, {"amount_cents", 1250}, {"currency", "EUR"}, {"completed_at", "2024-05-01T12:00:00.000000Z"}};
  CHECK(receipts.resources.find("receipt", "p1") == wanted);
  CHECK(receipts.deliver(twelve_fifty, GivenEvent().time_us(1)).outcome == Delivered::done);
  CHECK(receipts.resources.find("receipt", "p1") == wanted);
}

TEST_CASE("receipts takes replays, and what was published before it came") {
  Subscriber receipts("receipts");
  REQUIRE(receipts.host.subscriptions().size() == 1);
  CHECK(receipts.host.subscriptions()[0].from_beginning);
  CHECK(receipts.deliver(twelve_fifty, GivenEvent().replayed()).outcome == Delivered::done);
  CHECK(receipts.resources.count("receipt") == 1);
}

TEST_CASE("a receipt that cannot be written is tried again") {
  Subscriber receipts("receipts");
  receipts.resources.meanwhile([] { throw Error(Status::storage, "the disk is full"); });
  const auto failed = receipts.deliver(twelve_fifty);
  CHECK(failed.outcome == Delivered::fault);
  CHECK(failed.message == "the disk is full");
  CHECK_FALSE(failed.dead_letter);
  CHECK(receipts.host.run_durable().at(0).outcome == Delivered::done);
  CHECK(receipts.resources.count("receipt") == 1);
}

TEST_CASE("rewards credits the payer with whole points, and adds them up") {
  Subscriber rewards("rewards", {{"points_per_unit", 2}});
  rewards.resources.put("payment", "p1", {{"payer", "ann"}});
  rewards.resources.put("payment", "p2", {{"payer", "ann"}});
  rewards.deliver(twelve_fifty);
  CHECK(rewards.resources.find("reward", "p1") ==
        nlohmann::json{{"account", "ann"}, {"payment", "p1"}, {"points", 25}});
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 25);
  rewards.deliver({"p2", 1.99, "EUR"});
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 28);
}

TEST_CASE("rewards credits a payment once, however often its event comes") {
  Subscriber rewards("rewards");
  rewards.resources.put("payment", "p1", {{"payer", "ann"}});
  for (int i = 0; i < 3; ++i) CHECK(rewards.deliver(twelve_fifty).outcome == Delivered::done);
  CHECK(rewards.resources.count("reward") == 1);
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 12);
}

TEST_CASE("rewards loses nothing that was credited to the same account meanwhile") {
  Subscriber rewards("rewards");
  rewards.resources.put("payment", "p1", {{"payer", "ann"}});
  SECTION("to an account that is there") { rewards.resources.put("reward_account", "ann", {{"points", 5}}); }
  SECTION("to a new one") {}
  const auto had = rewards.resources.count("reward_account") == 0 ? 0 : 5;
  rewards.resources.meanwhile([&] { rewards.resources.put("reward_account", "ann", {{"points", had + 100}}); });
  CHECK(rewards.deliver(twelve_fifty).outcome == Delivered::done);
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == had + 112);
}

TEST_CASE("rewards that is outrun again and again fails in the end, and credits when the event comes again") {
  Subscriber rewards("rewards");
  rewards.resources.put("payment", "p1", {{"payer", "ann"}});
  std::function<void()> outrun = [&] {
    rewards.resources.put("reward_account", "ann", {{"points", 7}});
    rewards.resources.meanwhile(outrun);
  };
  rewards.resources.meanwhile(outrun);
  const auto failed = rewards.deliver(twelve_fifty);
  CHECK(failed.outcome == Delivered::fault);
  CHECK(failed.status == Status::precondition_failed);
  rewards.resources.meanwhile(nullptr);
  CHECK(rewards.host.run_durable().at(0).outcome == Delivered::done);
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 19);
}

TEST_CASE("rewards writes neither reward nor points when the commit fails, and both when the event comes again") {
  Subscriber rewards("rewards");
  rewards.resources.put("payment", "p1", {{"payer", "ann"}});
  rewards.resources.meanwhile([] { throw Error(Status::storage, "the disk is full"); });
  CHECK(rewards.deliver(twelve_fifty).outcome == Delivered::fault);
  CHECK(rewards.resources.count("reward") + rewards.resources.count("reward_account") == 0);
  CHECK(rewards.host.run_durable().at(0).outcome == Delivered::done);
  CHECK(rewards.resources.count("reward") == 1);
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 12);
}

TEST_CASE("rewards has nothing for a payment of nobody, or below a point") {
  Subscriber rewards("rewards");
  rewards.resources.put("payment", "p1", nlohmann::json::object());
  rewards.resources.put("payment", "p2", {{"payer", "ann"}});
  CHECK(rewards.deliver(twelve_fifty).outcome == Delivered::done);
  CHECK(rewards.deliver({"p2", 0.99, "EUR"}).outcome == Delivered::done);
  CHECK(rewards.resources.count("reward") == 0);
}

TEST_CASE("a reward from somebody else credits its account too, and is refused without one") {
  Subscriber rewards("rewards");
  rewards.resources.create("reward", "welcome", {{"account", "ann"}, {"points", 50}});
  CHECK(rewards.resources.find("reward_account", "ann")["points"] == 50);
  const auto fired =
      rewards.host.fire(Phase::before, Action::create, testing::Given().type("reward").input({{"points", 1}}));
  CHECK(fired.reason == "reward.incomplete");
}

TEST_CASE("invoice_balance subtracts payments from the total, to the cent, and leaves the rest of the invoice alone") {
  Subscriber balance("invoice_balance");
  balance.resources.put("invoice", "i1", {{"currency", "EUR"}, {"total_cents", 30}, {"customer", "ann"}});
  for (const char* id : {"p1", "p2"}) balance.resources.put("payment", id, {{"invoice", "i1"}});
  balance.deliver({"p1", 0.1, "EUR"});
  balance.deliver({"p2", 0.2, "EUR"});
  CHECK(balance.resources.find("invoice", "i1") == nlohmann::json{{"currency", "EUR"},
                                                                  {"total_cents", 30},
                                                                  {"balance_cents", 0},
                                                                  {"payments", {"p1", "p2"}},
                                                                  {"customer", "ann"}});
}

TEST_CASE("invoice_balance subtracts a payment once, however often its event comes") {
  Subscriber balance("invoice_balance");
  balance.resources.put("invoice", "i1", {{"currency", "EUR"}, {"total_cents", 5000}});
  balance.resources.put("payment", "p1", {{"invoice", "i1"}});
  for (int i = 0; i < 3; ++i) CHECK(balance.deliver(twelve_fifty).outcome == Delivered::done);
  CHECK(balance.resources.find("invoice", "i1")["balance_cents"] == 3750);
}

TEST_CASE("invoice_balance reads the invoice again when somebody else writes it meanwhile") {
  Subscriber balance("invoice_balance");
  nlohmann::json invoice{{"currency", "EUR"}, {"total_cents", 5000}, {"balance_cents", 5000}};
  balance.resources.put("invoice", "i1", invoice);
  balance.resources.put("payment", "p1", {{"invoice", "i1"}});
  invoice["balance_cents"] = 4000;
  balance.resources.meanwhile([&] { balance.resources.put("invoice", "i1", invoice); });
  CHECK(balance.deliver(twelve_fifty).outcome == Delivered::done);
  CHECK(balance.resources.find("invoice", "i1")["balance_cents"] == 2750);
}

TEST_CASE("invoice_balance waits for an invoice that is not there yet, and keeps the order of its payments") {
  Subscriber balance("invoice_balance");
  balance.resources.put("invoice", "i2", {{"currency", "EUR"}, {"total_cents", 5000}});
  for (const char* id : {"p1", "p2"}) balance.resources.put("payment", id, {{"invoice", "i1"}});
  balance.resources.put("payment", "p3", {{"invoice", "i2"}});
  balance.host.publish(twelve_fifty, GivenEvent().key("i1"));
  balance.host.publish(PaymentCompleted{"p2", 1, "EUR"}, GivenEvent().key("i1"));
  balance.host.publish(PaymentCompleted{"p3", 1, "EUR"}, GivenEvent().key("i2"));
  const auto first = balance.host.run_durable();
  REQUIRE(first.size() == 2);
  CHECK(first[0].outcome == Delivered::fault);
  CHECK(first[0].message == "invoice/i1: not found");
  CHECK(first[1].outcome == Delivered::done);
  CHECK(balance.resources.find("invoice", "i2")["balance_cents"] == 4900);
  balance.resources.put("invoice", "i1", {{"currency", "EUR"}, {"total_cents", 5000}});
  CHECK(balance.host.run_durable().size() == 2);
  CHECK(balance.resources.find("invoice", "i1")["payments"] == nlohmann::json{"p1", "p2"});
}

TEST_CASE("invoice_balance gives up a payment in another currency at once, and leaves payments of no invoice alone") {
  Subscriber balance("invoice_balance");
  balance.resources.put("invoice", "i1", {{"currency", "USD"}, {"total_cents", 5000}});
  balance.resources.put("payment", "p1", {{"invoice", "i1"}});
  balance.resources.put("payment", "p2", nlohmann::json::object());
  const auto rejected = balance.deliver(twelve_fifty);
  CHECK(rejected.dead_letter);
  CHECK(rejected.message == "invoice.other_currency: wanted a payment in USD, found one in EUR");
  CHECK(balance.deliver({"p2", 1, "EUR"}).outcome == Delivered::done);
  CHECK_FALSE(balance.resources.find("invoice", "i1").contains("balance_cents"));
}
