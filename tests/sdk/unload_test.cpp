#include <backplane/testing.hpp>

#include "library.hpp"
#include "support/catch.hpp"

using namespace backplane::sdk;

TEST_CASE("every sample plugin is unmapped when it is closed, also after it has worked") {
  for (const char* name : {"audit_log", "call_counter", "failure_log", "title_check"}) {
    INFO(name);
    sdk_test::Library library(name);
    {
      testing::TestHost host(library.entry(), {{"path", "/dev/null"}});
      host.run(Action::create, testing::Given().input({{"title", " Tea "}}));
      host.run(Action::create, testing::Given().input({{"title", " "}}));
    }
    CHECK(library.unmaps());
  }
}
