// Every key of the manifest, once: its type, default, range and description, and the member of Settings that it fills. The
// reader (apply.hpp), the JSON Schema for editors, the reference page (describe.hpp) and the comparison of two manifests
// (difference.hpp) are all made from this table.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"
#include "manifest/scalar.hpp"
#include "manifest/settings.hpp"

namespace backplane::manifest {

enum class Kind {
  boolean,
  integer,
  bytes,       // "64KiB"
  duration,    // "200ms"
  text,
  choice,      // one of Key::choices
  path,        // of a file or folder, relative to the file that it stands in
  data_path,   // of a file, relative to data_dir
  listen,      // "127.0.0.1:8080"
  texts,       // a list
  paths,       // a list
  actions,     // by resource type or "*", a list of actions and groups of them
  json_schema, // path of a JSON file that holds a JSON Schema; the value is the schema itself
  document,    // any map; the value is the same as JSON
  include,     // a text or a list of them; see source.hpp
  section,     // a map of Key::members
  sections,    // a list of such maps
};

struct Choice {
  std::int64_t index;
  std::string_view name;  // empty in a value that was read out of Settings
  bool operator==(const Choice& other) const { return index == other.index; }
};

using Value = std::variant<bool, std::int64_t, Duration, std::string, Choice, std::filesystem::path, Listen,
                           std::vector<std::string>, std::vector<std::filesystem::path>, ActionsByType, base::Json>;

// The ways between a key and what it fills: the struct of the enclosing section is the owner.
struct Access {
  void (*assign)(void* owner, Value value) = nullptr;
  std::optional<Value> (*read)(const void* owner) = nullptr;  // nothing: the key is absent
  void* (*enter)(void* owner) = nullptr;                      // section: its struct; sections: a new element
  const void* (*look)(const void* owner) = nullptr;           // section: its struct
};

struct Key {
  std::string_view name;
  Kind kind;
  std::string_view description;
  std::string_view fallback{};   // the default, as a manifest would say it; empty: none
  std::string_view otherwise{};  // what a key without a default means when it is absent
  bool required = false;
  bool in_fragments = false;     // may stand at the top of an included file
  std::int64_t least = 0;        // integer, bytes, duration (in microseconds)
  std::int64_t most = INT64_MAX;
  std::span<const std::string_view> choices{};
  std::string_view pattern{};    // text, texts: what `check` wants, as an ECMAScript regular expression
  base::Result<void> (*check)(std::string_view) = nullptr;
  std::span<const Key> members{};
  bool at_reload = false;        // outside of resources and plugins: a reload applies it; else it needs a restart
  Access access{};               // empty for what is read before (include) or only checked (version)
};

// The keys at the top of a manifest; their owner is a Settings.
std::span<const Key> manifest_keys();

// Those of them that an included file may have.
std::vector<Key> fragment_keys();

}  // namespace backplane::manifest
