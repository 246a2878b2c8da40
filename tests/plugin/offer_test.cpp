#include "plugin/offer.hpp"

#include <backplane/backplane.h>
#include <backplane/events.h>

#include "plugin/event_table.hpp"
#include "plugin/host_table.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::plugin;

namespace {

// What this host says to a plugin that requires these.
std::string refusal_of(std::vector<std::string> requirements) {
  Metadata metadata;
  metadata.requirements = std::move(requirements);
  const auto checked = check_requirements(metadata);
  if (checked) return "";
  CHECK(checked.error().code == base::Code::unsupported);
  return checked.error().message;
}

const std::string own_abi = "abi/1." + std::to_string(BP_ABI_MINOR),
                  next_abi = "abi/1." + std::to_string(BP_ABI_MINOR + 1);
const std::string of_offer = "; it offers " + own_abi + ", backplane.events/1, backplane.state/1";
const std::string no_offer = "wanted a host that offers what the plugin's metadata requires, found one without ";

}  // namespace

TEST_CASE("a plugin that requires nothing, or what this host offers, is not refused") {
  CHECK(refusal_of({}).empty());
  CHECK(refusal_of({"abi/1.0", own_abi, "backplane.events/1", "backplane.state/1"}).empty());
}

TEST_CASE(
    "a plugin that requires what this host lacks or does not know is refused with all of it, and what is offered") {
  CHECK(refusal_of({next_abi}) == no_offer + '"' + next_abi + '"' + of_offer);
  CHECK(refusal_of({"backplane.events/1", "backplane.blobs/1", "backplane.events/2"}) ==
        no_offer + "\"backplane.blobs/1\", \"backplane.events/2\"" + of_offer);
  for (const char* const other : {"abi/2.0", "abi/1", "abi/1.00", "abi/1.0 ", "ABI/1.0", "backplane.events",
                                  "backplane.events/1,backplane.state/1", "\n"})
    CHECK(refusal_of({other}) == no_offer + base::to_text(base::Json(other)) + of_offer);
}

TEST_CASE("get_interface gives the tables that are offered") {
  const auto given = [](std::string_view name) {
    return host_table().get_interface(nullptr, {name.data(), name.size()});
  };
  CHECK(given("backplane.events/1") == &event_table());
  CHECK(offered_table("backplane.events/1") == &event_table());
  CHECK(given("backplane.state/1") == nullptr);
  CHECK(given("backplane.blobs/1") == nullptr);
}
