// A resource and its revisions: plain values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "model/document.hpp"

namespace backplane::model {

struct ResourceKey {
  std::string tenant;  // empty: no tenant
  std::string type;
  std::string id;
  bool operator==(const ResourceKey&) const = default;
};

// The values are those of the ABI.
enum class Status : std::uint32_t { stable = 0, draft = 1 };
std::string_view name_of(Status status);
std::optional<Status> status_named(std::string_view name);

// Names one state of a resource: a revision, and how often that one was modified in place.
struct Version {
  std::uint64_t revision = 0;  // from 1
  std::uint64_t edit = 0;
  bool operator==(const Version&) const = default;
};

// "3", or "3.2" for the second edit of draft revision 3: what an ETag holds between its quotes.
std::string to_string(Version version);
std::optional<Version> version_from(std::string_view text);

// One revision of a resource.
struct Revision {
  Version version;
  std::uint64_t parent = 0;  // the revision it came from; 0: none
  Status status = Status::stable;
  base::UtcTime created_at;
  std::string created_by;
  base::UtcTime updated_at;  // later than created_at when it was modified in place
  std::string updated_by;
  Document document;
};

// A resource as it stands.
struct Resource {
  ResourceKey key;
  bool deleted = false;
  base::UtcTime created_at;  // of the resource: its first revision
  std::string created_by;
  base::UtcTime updated_at;  // the last change of any kind, delete, restore and switch included
  std::string updated_by;
  Revision current;
};

// The answer of the API: {"type","id","revision","status","created_at","created_by","updated_at","updated_by",
// "deleted","data"}; an edited draft has "edit" after "revision".
std::string to_text(const Resource& resource);

// One entry of list_revisions: {"revision","parent","status","created_at","created_by","updated_at","updated_by",
// "current"}, with "edit" as above.
std::string to_text(const Revision& revision, bool is_current);

}  // namespace backplane::model
