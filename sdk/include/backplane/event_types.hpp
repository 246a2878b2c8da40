// The events that come with the host and its sample plugins, as structs. Part of backplane.hpp.
//
//   on_event<events::ResourceUpdated>([](const events::ResourceUpdated& updated, Event& event) { ... });
//
// resource.* and plugin.* are published by the host itself; the others by the plugin that owns what they tell of.
#pragma once

#include <backplane/publication.hpp>

#include <cstdint>
#include <string>

namespace backplane::sdk::events {

// A resource was created, deleted, restored, switched to another revision, or purged: its type and its id.
struct ResourceCreated {
  BACKPLANE_EVENT("resource.created", resource, item_id);
  std::string resource, item_id;
};
struct ResourceDeleted {
  BACKPLANE_EVENT("resource.deleted", resource, item_id);
  std::string resource, item_id;
};
struct ResourceRestored {
  BACKPLANE_EVENT("resource.restored", resource, item_id);
  std::string resource, item_id;
};
struct ResourceSwitched {
  BACKPLANE_EVENT("resource.switched", resource, item_id);
  std::string resource, item_id;
};
struct ResourcePurged {
  BACKPLANE_EVENT("resource.purged", resource, item_id);
  std::string resource, item_id;
};

// A resource was updated, modified or patched. `changes`: an object of JSON Pointers, each with "old" and "new"; one of
// them is absent where a member was added or removed.
struct ResourceUpdated {
  BACKPLANE_EVENT("resource.updated", resource, item_id, changes);
  std::string resource, item_id;
  Json changes;
};

// A payment was completed. `amount` in units of `currency` (ISO 4217: "EUR"), a JSON number: 12.5 is 12.50 EUR. A
// double keeps it exactly as written up to 15 digits, but sums of doubles drift: round it to whole cents before adding
// up. What books money had better publish an event of its own that has whole cents.
struct PaymentCompleted {
  BACKPLANE_EVENT("payment.completed", payment_id, amount, currency);
  std::string payment_id;
  double amount = 0;
  std::string currency;
};

// A user's account was created.
struct UserRegistered {
  BACKPLANE_EVENT("user.registered", user_id, email);
  std::string user_id, email;
};

// A plugin was loaded, or replaced by a newer load of it while the host served, or left out because it failed again and
// again: its id, its version, and which load of it this is, from 1.
struct PluginLoaded {
  BACKPLANE_EVENT("plugin.loaded", plugin, version, generation);
  std::string plugin, version;
  std::uint64_t generation = 0;
};
struct PluginReloaded {
  BACKPLANE_EVENT("plugin.reloaded", plugin, version, generation);
  std::string plugin, version;
  std::uint64_t generation = 0;
};
struct PluginQuarantined {
  BACKPLANE_EVENT("plugin.quarantined", plugin, version, generation);
  std::string plugin, version;
  std::uint64_t generation = 0;
};

}  // namespace backplane::sdk::events
