#include "plugin/offer.hpp"

#include <backplane/events.h>
#include <backplane/state.h>

#include <algorithm>
#include <array>

#include "plugin/event_table.hpp"

namespace backplane::plugin {
namespace {

struct Offer {
  std::string_view name;
  const void* (*table)();  // NULL: a table that the host asks the plugin for
};

// Events are there whatever the manifest says of their log: without one nothing is durable, and who asks for that is told.
constexpr std::array offers{Offer{BP_EVENTS_NAME, []() -> const void* { return &event_table(); }},
                            Offer{BP_STATE_NAME, nullptr}};

const Offer* offer_named(std::string_view name) {
  const auto found = std::find_if(offers.begin(), offers.end(), [&](const Offer& offer) { return offer.name == name; });
  return found == offers.end() ? nullptr : &*found;
}

std::string abi_name(std::uint32_t minor) {
  return "abi/" + std::to_string(BP_ABI_MAJOR) + "." + std::to_string(minor);
}

// A text that this host does not know is one that it does not offer.
bool is_offered(std::string_view name) {
  for (std::uint32_t minor = 0; minor <= BP_ABI_MINOR; ++minor)
    if (name == abi_name(minor)) return true;
  return offer_named(name) != nullptr;
}

}  // namespace

const void* offered_table(std::string_view name) {
  const Offer* const offer = offer_named(name);
  return offer == nullptr || offer->table == nullptr ? nullptr : offer->table();
}

base::Result<void> check_requirements(const Metadata& metadata) {
  std::string missing;
  for (const std::string& name : metadata.requirements)
    if (!is_offered(name)) missing += (missing.empty() ? "" : ", ") + base::to_text(base::Json(name));
  if (missing.empty()) return base::ok();
  std::string offered = abi_name(BP_ABI_MINOR);
  for (const Offer& offer : offers) offered += ", " + std::string(offer.name);
  return base::Error{base::Code::unsupported,
                     "wanted a host that offers what the plugin's metadata requires, found one without " + missing +
                         "; it offers " + offered};
}

}  // namespace backplane::plugin
