// Tests the plugin without a host: see backplane/testing.hpp.
#include <backplane/testing.hpp>

#include <cstdio>

using namespace backplane::sdk;
using testing::Given;

namespace {

int failures = 0;

void check(bool holds, const char* what) {
  if (!holds) ++failures;
  std::printf("%s %s\n", holds ? "ok  " : "FAIL", what);
}

}  // namespace

int main() {
  testing::TestHost host(&backplane_plugin_1, {{"longest_name", 5}});

  const auto refused = host.fire(Phase::before, Action::create, Given().input({{"name", "much too long"}}));
  check(refused.rejected, "a name that is too long is rejected");
  check(refused.reason == "name.too_long", "with its code");
  check(refused.details["longest"] == 5, "and details");

  const auto ran = host.run(Action::create, Given().actor("ann").id("n1").input({{"name", "short"}}));
  check(ran.outcome == Outcome::succeeded, "a short name passes");
  const std::string line = R"(written {"actor":"ann","action":"create","type":"note","id":"n1"})";
  check(host.logged().size() == 1 && host.logged()[0].message == line, "and what was written is logged");

  return failures == 0 ? 0 : 1;
}
