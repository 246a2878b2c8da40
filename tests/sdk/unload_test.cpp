#include <backplane/testing.hpp>

#include "library.hpp"
#include "support/catch.hpp"

using namespace backplane::sdk;

TEST_CASE("every sample plugin is unmapped when it is closed, also after it has worked") {
  for (const char* name : {"audit_log", "call_counter", "event_audit", "failure_log", "invoice_balance", "payments",
                           "receipts", "rewards", "title_check", "users"}) {
    INFO(name);
    sdk_test::Library library(name);
    {
      testing::TestHost host(library.entry(), {{"path", "/dev/null"}});
      host.run(Action::create, testing::Given().input({{"title", " Tea "}}));
      host.run(Action::create, testing::Given().input({{"title", " "}}));
      host.run(Action::create, testing::Given().type("user").input({{"email", "ann@example.org"}}));
      host.run(Action::create, testing::Given().type("payment").input(
                                   {{"status", "completed"}, {"amount_cents", 100}, {"currency", "EUR"}}));
      host.publish(events::PaymentCompleted{"p1", 1, "EUR"});
      host.run_background();
      host.run_durable();
    }
    CHECK(library.unmaps());
  }
}
