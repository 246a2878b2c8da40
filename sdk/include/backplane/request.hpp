// Operations that a plugin asks for: the request, its options, the reply. Part of backplane.hpp.
#pragma once

#include <backplane/action.hpp>
#include <backplane/document.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backplane::sdk {

// How a patch is written.
enum class PatchFormat : std::uint32_t {
  json_patch = BP_JSON_PATCH,    // RFC 6902: an array of operations
  merge_patch = BP_MERGE_PATCH,  // RFC 7396: an object
};

// The status of the revision that a request writes; `keep`: as the resource is, and a new one stable.
enum class RequestedStatus : std::uint32_t {
  keep = BP_KEEP_STATUS,
  stable = BP_MAKE_STABLE,
  draft = BP_MAKE_DRAFT,
};

// What any writing operation may be given besides its document:
// `host.update("note", id, json, Options().expecting(note))`.
class Options {
 public:
  // Only if this is the current revision (and edit, for a draft); Error precondition_failed otherwise.
  Options& expecting(std::uint64_t revision, std::uint64_t edit = 0) {
    expected_ = {revision, edit};
    return *this;
  }
  template <class Found>  // a Resource or a Reply
  auto expecting(const Found& found) -> decltype(found.edit(), std::declval<Options&>()) {
    return expecting(found.revision(), found.edit());
  }

  // A repeat with the same key gets the stored answer and does nothing again. Not for enlisted requests.
  Options& idempotency_key(std::string_view key) {
    key_ = key;
    return *this;
  }

  // create, update, modify, patch: the revision is a draft, or stable. Without either it is what the resource was, and
  // a new one is stable.
  Options& draft() {
    status_ = RequestedStatus::draft;
    return *this;
  }
  Options& stable() {
    status_ = RequestedStatus::stable;
    return *this;
  }

 private:
  friend class Request;
  struct Expected {
    std::uint64_t revision, edit;
  };
  std::optional<Expected> expected_;
  std::string key_;
  RequestedStatus status_ = RequestedStatus::keep;
};

// One operation to ask for; made by the functions named after the actions. It refers to the texts it was given: use
// it while they live. Host has a shorter form for each; requests of their own are for Operation::enlist and
// Host::operate.
class Request {
 public:
  // An empty id: the host makes one (UUIDv7), which the reply tells; an enlisted create names its own.
  static Request create(std::string_view type, std::string_view json, std::string_view id = {}) {
    return Request(Action::create, type, id, json);
  }
  static Request get(std::string_view type, std::string_view id) { return Request(Action::get, type, id); }
  static Request get_revision(std::string_view type, std::string_view id, std::uint64_t revision) {
    return Request(Action::get_revision, type, id).at(revision);
  }
  static Request list_revisions(std::string_view type, std::string_view id) {
    return Request(Action::list_revisions, type, id);
  }
  // query as over HTTP: "filter=...&sort=...&limit=..."
  static Request search(std::string_view type, std::string_view query) {
    Request request(Action::search, type, {});
    request.request_.query = detail::to_c(query);
    return request;
  }
  static Request update(std::string_view type, std::string_view id, std::string_view json) {
    return Request(Action::update, type, id, json);
  }
  static Request modify(std::string_view type, std::string_view id, std::string_view json) {
    return Request(Action::modify, type, id, json);
  }
  static Request patch(std::string_view type, std::string_view id, std::string_view patch, PatchFormat format) {
    Request request(Action::patch, type, id, patch);
    request.request_.patch_format = static_cast<std::uint32_t>(format);
    return request;
  }
  static Request remove(std::string_view type, std::string_view id) { return Request(Action::remove, type, id); }
  static Request restore(std::string_view type, std::string_view id) { return Request(Action::restore, type, id); }
  static Request purge(std::string_view type, std::string_view id) { return Request(Action::purge, type, id); }
  static Request switch_to(std::string_view type, std::string_view id, std::uint64_t revision) {
    return Request(Action::switch_to, type, id).at(revision);
  }

  // Adds the options; they are referred to as well.
  Request& with(const Options& options) {
    request_.status = static_cast<std::uint32_t>(options.status_);
    request_.conditional = options.expected_ ? 1 : 0;
    request_.expected_revision = options.expected_ ? options.expected_->revision : 0;
    request_.expected_edit = options.expected_ ? options.expected_->edit : 0;
    request_.idempotency_key = detail::to_c(options.key_);
    return *this;
  }

  const bp_request& c() const { return request_; }

 private:
  Request(Action action, std::string_view type, std::string_view id, std::string_view document = {}) {
    request_.struct_size = sizeof request_;
    request_.action = bits(action);
    request_.type = detail::to_c(type);
    request_.id = detail::to_c(id);
    request_.document = detail::to_c(document);
  }

  Request& at(std::uint64_t revision) {
    request_.revision = revision;
    return *this;
  }

  bp_request request_{};
};

// The answer to a request, lent until the receiver returns: read what is wanted, keep nothing of it.
class Reply {
 public:
  Reply(const bp_host& host, const bp_reply& reply) : host_(&host), reply_(&reply) {}

  std::string_view type() const { return detail::view(field(&bp_reply::type)); }
  std::string_view id() const { return detail::view(field(&bp_reply::id)); }
  std::uint64_t revision() const { return field(&bp_reply::revision); }
  std::uint64_t edit() const { return field(&bp_reply::edit); }
  RevisionStatus status() const { return static_cast<RevisionStatus>(field(&bp_reply::status)); }
  bool deleted() const { return field(&bp_reply::deleted) != 0; }
  // Microseconds since 1970-01-01 UTC, and who asked for it.
  std::int64_t created_us() const { return field(&bp_reply::created_us); }
  std::int64_t updated_us() const { return field(&bp_reply::updated_us); }
  std::string_view created_by() const { return detail::view(field(&bp_reply::created_by)); }
  std::string_view updated_by() const { return detail::view(field(&bp_reply::updated_by)); }
  // The resource's document; of search and list_revisions the page, as over HTTP; none after a purge.
  Document document() const { return Document(*host_, field(&bp_reply::document)); }

 private:
  template <class T>
  T field(T bp_reply::*member) const {
    return detail::field(*reply_, member);
  }

  const bp_host* host_;
  const bp_reply* reply_;
};

// A resource as a reply told it, copied: keep it as long as you like. To read members of its document, use the
// forms that take a receiver (`host.get("note", id, [](const Reply& note) { ... })`).
class Resource {
 public:
  explicit Resource(const Reply& reply)
      : type_(reply.type()),
        id_(reply.id()),
        json_(reply.document().json()),
        revision_(reply.revision()),
        edit_(reply.edit()),
        status_(reply.status()),
        deleted_(reply.deleted()) {}

  const std::string& type() const { return type_; }
  const std::string& id() const { return id_; }
  const std::string& json() const { return json_; }  // the document's text
  std::uint64_t revision() const { return revision_; }
  std::uint64_t edit() const { return edit_; }
  RevisionStatus status() const { return status_; }
  bool deleted() const { return deleted_; }

 private:
  std::string type_, id_, json_;
  std::uint64_t revision_, edit_;
  RevisionStatus status_;
  bool deleted_;
};

}  // namespace backplane::sdk
