#include "model/resource.hpp"

#include <charconv>

#include "model/members.hpp"

namespace backplane::model {

std::string_view name_of(Status status) {
  switch (status) {
    case Status::stable: return "stable";
    case Status::draft: return "draft";
  }
  return "stable";
}

std::optional<Status> status_named(std::string_view name) {
  if (name == "stable") return Status::stable;
  if (name == "draft") return Status::draft;
  return std::nullopt;
}

std::string to_string(Version version) {
  std::string text = std::to_string(version.revision);
  if (version.edit != 0) text += '.' + std::to_string(version.edit);
  return text;
}

std::optional<Version> version_from(std::string_view text) {
  Version version;
  const char* const end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, version.revision);
  if (error != std::errc{} || version.revision == 0) return std::nullopt;
  if (at == end) return version;
  if (*at != '.') return std::nullopt;
  const auto edit = std::from_chars(at + 1, end, version.edit);
  if (edit.ec != std::errc{} || edit.ptr != end || version.edit == 0) return std::nullopt;
  return version;
}

std::string to_text(const Resource& resource) {
  const Revision& current = resource.current;
  Members members(320 + current.document.text().size());
  members.text("type", resource.key.type).text("id", resource.key.id).number("revision", current.version.revision);
  if (current.version.edit != 0) members.number("edit", current.version.edit);
  members.text("status", name_of(current.status))
      .time("created_at", resource.created_at)
      .text("created_by", resource.created_by)
      .time("updated_at", resource.updated_at)
      .text("updated_by", resource.updated_by)
      .flag("deleted", resource.deleted)
      .put("data", current.document.text());
  return members.take();
}

std::string to_text(const Revision& revision, bool is_current) {
  Members members(256);
  members.number("revision", revision.version.revision);
  if (revision.version.edit != 0) members.number("edit", revision.version.edit);
  members.number("parent", revision.parent)
      .text("status", name_of(revision.status))
      .time("created_at", revision.created_at)
      .text("created_by", revision.created_by)
      .time("updated_at", revision.updated_at)
      .text("updated_by", revision.updated_by)
      .flag("current", is_current);
  return members.take();
}

}  // namespace backplane::model
