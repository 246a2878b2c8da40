#include "operation/frame.hpp"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/checksum.hpp"
#include "base/json_text.hpp"
#include "model/name.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t checksum_digits = 8;

std::string checksum_of(std::string_view json) {
  std::array<char, checksum_digits + 1> digits{};
  std::snprintf(digits.data(), digits.size(), "%08x", static_cast<unsigned>(base::crc32c({json})));
  return digits.data();
}

// An entry of "revisions": as in a listing, with the document. All members but "data" are our own, so that the text of
// the document is put in as it is.
std::string with_data(const model::Revision& revision, bool is_current) {
  std::string text = to_text(revision, is_current);
  text.pop_back();
  return text.append(",\"data\":").append(revision.document.text()).append("}");
}

Error wrong(std::string_view member, std::string_view wanted) {
  return {Code::invalid_argument, "frame: " + std::string(member) + ": wanted " + std::string(wanted)};
}

base::Result<std::string> text_at(const base::Json& object, const char* member) {
  const auto value = object.find(member);
  if (value == object.end() || !value->is_string()) return wrong(member, "a string");
  return value->get<std::string>();
}

base::Result<base::UtcTime> time_at(const base::Json& object, const char* member) {
  BACKPLANE_TRY(const auto text, text_at(object, member));
  return base::from_rfc3339(text);
}

base::Result<std::uint64_t> number_at(const base::Json& object, const char* member) {
  const auto value = object.find(member);
  constexpr std::uint64_t most = std::uint64_t{1} << 53;
  if (value == object.end() || !value->is_number_unsigned() || value->get<std::uint64_t>() > most)
    return wrong(member, "a whole number up to 2^53");
  return value->get<std::uint64_t>();
}

// `text` is what `entry` was parsed from: the document is taken from there, as its writer wrote it.
base::Result<model::Revision> revision_from(const base::Json& entry, std::string_view text) {
  if (!entry.is_object()) return wrong("revisions", "objects");
  model::Revision revision;
  BACKPLANE_TRY(revision.version.revision, number_at(entry, "revision"));
  if (revision.version.revision == 0) return wrong("revision", "a number from 1");
  if (entry.contains("edit")) {
    BACKPLANE_TRY(revision.version.edit, number_at(entry, "edit"));
  }
  BACKPLANE_TRY(revision.parent, number_at(entry, "parent"));
  BACKPLANE_TRY(const auto status, text_at(entry, "status"));
  const auto known = model::status_named(status);
  if (!known) return wrong("status", "stable or draft");
  revision.status = *known;
  BACKPLANE_TRY(revision.created_at, time_at(entry, "created_at"));
  BACKPLANE_TRY(revision.created_by, text_at(entry, "created_by"));
  BACKPLANE_TRY(revision.updated_at, time_at(entry, "updated_at"));
  BACKPLANE_TRY(revision.updated_by, text_at(entry, "updated_by"));
  const std::string_view data = base::member_of(text, "data");
  if (data.empty()) return wrong("data", "the document");
  revision.document = model::Document::trusted(std::string(data));
  return revision;
}

base::Result<void> read_revisions(const base::Json& list, std::string_view text, store::Scanned& out) {
  if (!list.is_array() || list.empty()) return wrong("revisions", "a list of at least one revision");
  const auto texts = base::elements_of(text);
  if (texts.size() != list.size()) return wrong("revisions", "the member's name written without escapes");
  bool has_current = false;
  std::uint64_t last = 0;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const base::Json& entry = list[i];
    BACKPLANE_TRY(auto revision, revision_from(entry, texts[i]));
    if (revision.version.revision <= last) return wrong("revisions", "numbers in rising order");
    last = revision.version.revision;
    if (entry.value("current", base::Json()) == base::Json(true)) {
      if (has_current) return wrong("revisions", "one current revision");
      has_current = true;
      out.resource.current = std::move(revision);
    } else {
      out.revisions.push_back(std::move(revision));
    }
  }
  if (!has_current) return wrong("revisions", "one current revision");
  return base::ok();
}

}  // namespace

std::string frame_of(std::string_view json) {
  return checksum_of(json).append(" ").append(json).append("\n");
}

base::Result<std::string_view> json_of_frame(std::string_view line) {
  if (line.size() < checksum_digits + 3 || line[checksum_digits] != ' ')
    return Error{Code::invalid_argument, "frame: wanted eight hex digits, a space and a JSON object, found " +
                                             base::quote_json(line.substr(0, 40))};
  const std::string_view json = line.substr(checksum_digits + 1);
  const std::string computed = checksum_of(json);
  if (line.substr(0, checksum_digits) != computed)
    return Error{Code::invalid_argument, "frame: damaged: wanted the checksum " + std::string(line.substr(0, checksum_digits)) +
                                             ", found " + computed};
  return json;
}

std::string to_frame_json(const store::Scanned& scanned) {
  const model::Resource& resource = scanned.resource;
  base::Json head{{"type", resource.key.type},
                  {"id", resource.key.id},
                  {"deleted", resource.deleted},
                  {"created_at", base::to_rfc3339(resource.created_at)},
                  {"created_by", resource.created_by},
                  {"updated_at", base::to_rfc3339(resource.updated_at)},
                  {"updated_by", resource.updated_by}};
  std::string text = "{\"resource\":" + base::to_text(head) + ",\"revisions\":[";
  bool current_is_out = false;
  for (const model::Revision& revision : scanned.revisions) {
    if (!current_is_out && resource.current.version.revision < revision.version.revision) {
      text.append(with_data(resource.current, true)).append(",");
      current_is_out = true;
    }
    text.append(with_data(revision, false)).append(",");
  }
  if (!current_is_out) text.append(with_data(resource.current, true));
  else text.pop_back();
  return text.append("]}");
}

base::Result<store::Scanned> from_frame_json(std::string_view json, const std::string& tenant, const base::JsonLimits& limits) {
  BACKPLANE_TRY(const auto frame, base::parse_json(json, limits));
  const auto head = frame.find("resource");
  const auto list = frame.find("revisions");
  if (head == frame.end() || !head->is_object() || list == frame.end()) return wrong("resource", "an object, and revisions");
  store::Scanned scanned;
  model::Resource& resource = scanned.resource;
  resource.key.tenant = tenant;
  BACKPLANE_TRY(resource.key.type, text_at(*head, "type"));
  BACKPLANE_TRY(resource.key.id, text_at(*head, "id"));
  BACKPLANE_CHECK(model::check_resource_type(resource.key.type));
  BACKPLANE_CHECK(model::check_resource_id(resource.key.id));
  const auto deleted = head->find("deleted");
  if (deleted == head->end() || !deleted->is_boolean()) return wrong("deleted", "true or false");
  resource.deleted = deleted->get<bool>();
  BACKPLANE_TRY(resource.created_at, time_at(*head, "created_at"));
  BACKPLANE_TRY(resource.created_by, text_at(*head, "created_by"));
  BACKPLANE_TRY(resource.updated_at, time_at(*head, "updated_at"));
  BACKPLANE_TRY(resource.updated_by, text_at(*head, "updated_by"));
  const std::string compact = base::minify_json(json);
  BACKPLANE_CHECK(read_revisions(*list, base::member_of(compact, "revisions"), scanned));
  return scanned;
}

}  // namespace backplane::operation
