#include <backplane/testing.hpp>

#include "library.hpp"
#include "support/catch.hpp"

using namespace backplane::sdk;
using sdk_test::Library;
using testing::Given;
using testing::TestHost;

namespace {

nlohmann::json payment_of(const std::string& status) {
  return {{"amount_cents", 1250}, {"currency", "EUR"}, {"status", status}, {"payer", "ann"}};
}

Given payment_given(const std::string& status) { return Given().type("payment").id("p1").input(payment_of(status)); }

}  // namespace

TEST_CASE("users publishes user.registered of every user that is created") {
  Library library("users");
  TestHost host(library.entry());
  host.run(Action::create, Given().type("user").id("ann").input({{"email", "ann@example.org"}}));
  REQUIRE(host.published().size() == 1);
  const auto event = host.published()[0];
  CHECK(event.type == "user.registered");
  CHECK(event.payload == nlohmann::json{{"user_id", "ann"}, {"email", "ann@example.org"}});
  CHECK(event.key == "ann");
}

TEST_CASE("users publishes nothing of a user who is not created, and of nobody else") {
  Library library("users");
  TestHost host(library.entry());
  const auto ann = Given().type("user").id("ann").input({{"email", "ann@example.org"}});
  host.run(Action::create, Given(ann).error(Error(Status::already_exists, "user/ann exists")));
  host.run(Action::create, Given(ann).dry_run());
  host.run(Action::update, ann);
  host.run(Action::create, Given(ann).type("note"));
  CHECK(host.published().empty());
}

TEST_CASE("users rejects a user without an email address") {
  Library library("users");
  TestHost host(library.entry());
  for (const auto& input : {nlohmann::json::object(), nlohmann::json{{"email", 7}}}) {
    const auto fired = host.fire(Phase::before, Action::create, Given().type("user").input(input));
    CHECK(fired.rejected);
    CHECK(fired.reason == "user.no_email");
    CHECK(fired.details["pointer"] == "/email");
    CHECK(fired.enlisted_events.empty());
  }
}

TEST_CASE("payments publishes payment.completed when a payment becomes completed, whichever write it is") {
  Library library("payments");
  for (const Action action : {Action::create, Action::update, Action::modify, Action::patch}) {
    TestHost host(library.entry());
    auto given = payment_given("completed");
    if (action != Action::create) given.previous(payment_of("pending"));
    host.run(action, given);
    REQUIRE(host.published().size() == 1);
    const auto event = host.published()[0];
    CHECK(event.type == "payment.completed");
    CHECK(event.payload == nlohmann::json{{"payment_id", "p1"}, {"amount", 12.5}, {"currency", "EUR"}});
    CHECK(event.actor == "tester");
  }
}

TEST_CASE("payments publishes nothing of a payment that is not completed, or was before") {
  Library library("payments");
  TestHost host(library.entry());
  host.run(Action::create, payment_given("pending"));
  host.run(Action::update, payment_given("completed").previous(payment_of("completed")));
  host.run(Action::update, payment_given("refunded").previous(payment_of("completed")));
  host.run(Action::create, payment_given("completed").type("note"));
  CHECK(host.published().empty());
}

TEST_CASE("payments publishes nothing when the write that completes a payment fails") {
  Library library("payments");
  TestHost host(library.entry());
  const auto ran = host.run(Action::update, payment_given("completed")
                                                .previous(payment_of("pending"))
                                                .error(Error(Status::conflict, "payment/p1 was changed meanwhile")));
  CHECK(ran.before.enlisted_events.size() == 1);
  CHECK(host.published().empty());
}

TEST_CASE("payments of one invoice are told of in order: the invoice is the key, and else the payment") {
  Library library("payments");
  TestHost host(library.entry());
  auto payment = payment_of("completed");
  payment["invoice"] = "i1";
  host.run(Action::create, Given().type("payment").id("p1").input(payment));
  host.run(Action::create, payment_given("completed"));
  REQUIRE(host.published().size() == 2);
  CHECK(host.published()[0].key == "i1");
  CHECK(host.published()[1].key == "p1");
}

TEST_CASE("payments rejects a completed payment that does not say how much") {
  Library library("payments");
  TestHost host(library.entry());
  for (const char* missing : {"amount_cents", "currency"}) {
    auto payment = payment_of("completed");
    payment.erase(missing);
    const auto fired = host.fire(Phase::before, Action::create, Given().type("payment").input(payment));
    CHECK(fired.rejected);
    CHECK(fired.reason == "payment.incomplete");
  }
}
