// What a plugin says about itself in the note inside its file, checked: read before any of its code runs, and the
// ceiling on what it may register. Made by parse_metadata, then immutable; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "base/json_schema.hpp"
#include "base/result.hpp"
#include "manifest/settings.hpp"
#include "model/action.hpp"

namespace backplane::plugin {

// Where a plugin may hook in, or wants to: each of the phases, on each of the actions, on each of the types.
struct HookRange {
  std::uint32_t phases = 0;  // bits of model::Phase
  model::ActionSet actions;
  std::vector<std::string> types;  // "*": every type
};

// "before, on_success": the names of the phases whose bits are set.
std::string phases_to_string(std::uint32_t phases);

struct AbiVersion {
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
};

enum class Threading { concurrent, serial };
// During a reload: the old generation's handlers end before the new one's begin, or both may run for a while.
enum class Switchover { gate, overlap };
// After destroy(): the code stays in memory, or is unmapped.
enum class Unload { park, close };

struct Metadata {
  AbiVersion abi;
  std::string id;
  std::string version;  // semantic
  std::string description, license, homepage;
  std::vector<HookRange> hooks;
  std::vector<std::string> publish, subscribe;  // event type patterns
  manifest::Grants needs;                       // what it must be granted in order to work
  std::vector<std::string> requirements;        // its member "requires": what the host must offer; see offer.hpp
  std::shared_ptr<const base::JsonSchema> config_schema;  // NULL: any configuration will do
  base::Json config_schema_json;                          // the same, to be shown
  Threading threading = Threading::concurrent;
  std::optional<std::uint64_t> state_schema;  // of the state it hands over on reload; none: it keeps none
  Switchover switchover = Switchover::gate;
  Unload unload = Unload::park;
  std::vector<std::string> unknown;  // JSON Pointers of members that this host does not know: not an error
};

// Reads the text of a note: {"abi":"1.0","metadata":{...}}. too_large: it is longer than 64 KiB. invalid_argument: not JSON, or anything in it that is not
// as backplane.h says; the message lists every such place, each by JSON Pointer with what was wanted and found. Of a
// note with another major version only `abi` is read (and `id`, `version` if they are texts): what the rest means is not known.
base::Result<Metadata> parse_metadata(std::string_view note);

}  // namespace backplane::plugin
