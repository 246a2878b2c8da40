// The host as a plugin sees it: its log, the plugin's configuration, operations on resources, publishing events. Part
// of backplane.hpp.
//
// What a plugin asks for runs as an operation of its own: hooks and all, as actor "plugin:<id>", within the
// grants of its manifest entry. It is done when the call returns. Before that, handlers of this same plugin may be
// called on this same thread, also when it is "serial": hold no lock across it. Any thread, from the beginning of the
// plugin's constructor to the end of its destructor.
#pragma once

#include <backplane/publication.hpp>
#include <backplane/request.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace backplane::sdk {

// A light handle: copy it freely.
class Host {
 public:
  Host(const bp_host& table, bp_self* self, const bp_operation* cause = nullptr)
      : table_(&table), self_(self), cause_(cause) {}

  std::string_view name() const { return detail::view(table_->name); }
  std::string_view version() const { return detail::view(table_->version); }

  // The plugin's section `config` of the manifest, checked against its schema; {} when there is none. Valid until
  // the plugin is destroyed: `host.config().string("/path").value_or("audit.ndjson")`.
  Document config() const { return Document(*table_, table_->config(self_)); }

  // Writes one line to the host's log, under the plugin's id.
  void log(LogLevel level, std::string_view message) const {
    table_->log(self_, static_cast<std::uint32_t>(level), detail::to_c(message));
  }
  void trace(std::string_view message) const { log(LogLevel::trace, message); }
  void debug(std::string_view message) const { log(LogLevel::debug, message); }
  void info(std::string_view message) const { log(LogLevel::info, message); }
  void warning(std::string_view message) const { log(LogLevel::warning, message); }
  void error(std::string_view message) const { log(LogLevel::error, message); }

  // Operations. Each returns the resource that resulted, copied, and throws Error when it did not succeed: not_found,
  // denied, conflict, precondition_failed, rejected (by another plugin: reason and plugin tell), timeout (the handler's
  // time is up), cancelled (the operation went on without this handler), unsupported (a write in a dry run), ...
  Resource create(std::string_view type, std::string_view json, const Options& options = {}) const {
    return operate(Request::create(type, json).with(options));
  }
  Resource create_as(std::string_view type, std::string_view id, std::string_view json,
                     const Options& options = {}) const {
    return operate(Request::create(type, json, id).with(options));
  }
  Resource get(std::string_view type, std::string_view id) const { return operate(Request::get(type, id)); }
  Resource get_revision(std::string_view type, std::string_view id, std::uint64_t revision) const {
    return operate(Request::get_revision(type, id, revision));
  }
  Resource update(std::string_view type, std::string_view id, std::string_view json,
                  const Options& options = {}) const {
    return operate(Request::update(type, id, json).with(options));
  }
  Resource modify(std::string_view type, std::string_view id, std::string_view json,
                  const Options& options = {}) const {
    return operate(Request::modify(type, id, json).with(options));
  }
  // patch: a JSON Patch (RFC 6902). merge: a JSON Merge Patch (RFC 7396).
  Resource patch(std::string_view type, std::string_view id, std::string_view patch,
                 const Options& options = {}) const {
    return operate(Request::patch(type, id, patch, PatchFormat::json_patch).with(options));
  }
  Resource merge(std::string_view type, std::string_view id, std::string_view patch,
                 const Options& options = {}) const {
    return operate(Request::patch(type, id, patch, PatchFormat::merge_patch).with(options));
  }
  Resource remove(std::string_view type, std::string_view id, const Options& options = {}) const {
    return operate(Request::remove(type, id).with(options));
  }
  Resource restore(std::string_view type, std::string_view id, const Options& options = {}) const {
    return operate(Request::restore(type, id).with(options));
  }
  Resource switch_to(std::string_view type, std::string_view id, std::uint64_t revision,
                     const Options& options = {}) const {
    return operate(Request::switch_to(type, id, revision).with(options));
  }
  void purge(std::string_view type, std::string_view id, const Options& options = {}) const {
    operate(Request::purge(type, id).with(options));
  }

  // A page as JSON text, as over HTTP.
  std::string search(std::string_view type, std::string_view query = {}) const {
    return operate(Request::search(type, query)).json();
  }
  std::string list_revisions(std::string_view type, std::string_view id) const {
    return operate(Request::list_revisions(type, id)).json();
  }

  // The same with a receiver, called as receive(const Reply&) before the call returns: typed access to the
  // document without copying it.
  template <class Receive>
  void get(std::string_view type, std::string_view id, Receive&& receive) const {
    operate(Request::get(type, id), receive);
  }
  template <class Receive>
  void search(std::string_view type, std::string_view query, Receive&& receive) const {
    operate(Request::search(type, query), receive);
  }

  // A resource, or nothing when there is none; with a receiver, whether there is one.
  std::optional<Resource> try_get(std::string_view type, std::string_view id) const;
  template <class Receive>
  bool try_get(std::string_view type, std::string_view id, Receive&& receive) const;

  // Runs any request.
  Resource operate(const Request& request) const;
  template <class Receive>
  void operate(const Request& request, Receive&& receive) const {
    if (const auto error = try_operate(request, receive)) throw *error;
  }

  // Runs any request without throwing for it: nothing when it succeeded, else why it did not. (What `receive` throws
  // is thrown on.)
  template <class Receive>
  std::optional<Error> try_operate(const Request& request, Receive&& receive) const;
  std::optional<Error> try_operate(const Request& request) const {
    return try_operate(request, [](const Reply&) {});
  }

  // Publishes an event: a struct made by BACKPLANE_EVENT, or a type and a payload, the text of a JSON object (empty:
  // {}). Returns when the sync subscribers have been called and the promise holds; what they do or fail to do is not
  // told. They may be this plugin's, on this same thread: hold no lock across it. Inside a handler the event belongs to
  // what is being handled: its tenant, its correlation, one more than its depth.
  //   Error denied: beyond the metadata or the grants. invalid_argument: malformed. too_large. unavailable: a queue is
  //   full, or the host is stopping. depth_exceeded: events that set off events, too deeply. storage: it could not be
  //   kept. cancelled: the operation or event went on without this handler. unsupported: in a dry run; Promise::durable
  //   on a host without an event log; a host without events. After any of them nobody was called.
  template <class E, detail::ForEvent<E> = 0>
  Published publish(const E& event, const PublishOptions& options = {}) const {
    return publish(E::event_type(), json_of(event), options);
  }
  Published publish(std::string_view type, std::string_view json = {}, const PublishOptions& options = {}) const {
    Published published;
    if (const auto error = send(options.c(type, json), published)) throw *error;
    return published;
  }

  // The same without throwing for it: nothing when it was published, else why it was not.
  template <class E, detail::ForEvent<E> = 0>
  std::optional<Error> try_publish(const E& event, const PublishOptions& options = {}) const {
    return try_publish(E::event_type(), json_of(event), options);
  }
  std::optional<Error> try_publish(std::string_view type, std::string_view json = {},
                                   const PublishOptions& options = {}) const {
    Published published;
    return send(options.c(type, json), published);
  }

  // Whether this host has events at all: where it has none, subscribing and publishing is Error unsupported.
  bool offers_events() const { return detail::find_events(*table_, self_) != nullptr; }

  // A table of functions beyond the core, by name and revision ("backplane.events/1"), or null.
  const void* get_interface(std::string_view name) const { return table_->get_interface(self_, detail::to_c(name)); }

  const bp_host& table() const { return *table_; }
  bp_self* self() const { return self_; }

 private:
  std::optional<Error> send(const bp_publication& publication, Published& published) const;

  const bp_host* table_;
  bp_self* self_;
  const bp_operation* cause_;
};

inline Resource Host::operate(const Request& request) const {
  std::optional<Resource> resource;
  operate(request, [&](const Reply& reply) { resource.emplace(reply); });
  if (!resource)
    throw Error(Status::internal,
                std::string(name_of(static_cast<Action>(request.c().action))) + ": the host gave no reply");
  return *std::move(resource);
}

inline std::optional<Resource> Host::try_get(std::string_view type, std::string_view id) const {
  std::optional<Resource> resource;
  try_get(type, id, [&](const Reply& reply) { resource.emplace(reply); });
  return resource;
}

template <class Receive>
bool Host::try_get(std::string_view type, std::string_view id, Receive&& receive) const {
  const auto error = try_operate(Request::get(type, id), receive);
  if (error && error->status() != Status::not_found) throw *error;
  return !error;
}

template <class Receive>
std::optional<Error> Host::try_operate(const Request& request, Receive&& receive) const {
  auto pass_on = [&](const bp_reply* reply) { receive(Reply(*table_, *reply)); };
  detail::Callback<decltype(pass_on)> callback{pass_on, nullptr};
  bp_error error = detail::empty_error();
  const std::int32_t status = table_->operate(
      self_, cause_, &request.c(),
      [](void* user_data, const bp_reply* reply) { static_cast<decltype(callback)*>(user_data)->call(reply); },
      &callback, &error);
  callback.rethrow();
  if (status == BP_OK) return std::nullopt;
  return detail::error_of(status, error, name_of(static_cast<Action>(request.c().action)));
}

inline std::optional<Error> Host::send(const bp_publication& publication, Published& published) const {
  const std::string what = "publish " + quote(detail::view(publication.event_type));
  const auto* events = detail::find_events(*table_, self_);
  if (events == nullptr) return detail::no_events(what);
  bp_error error = detail::empty_error();
  bp_published out{};
  out.struct_size = sizeof out;
  const std::int32_t status = detail::complete(*events).publish(self_, &publication, &out, &error);
  if (status != BP_OK) return detail::error_of(status, error, what);
  published.position = detail::field(out, &bp_published::position);
  published.known = detail::field(out, &bp_published::known) != 0;
  return std::nullopt;
}

inline Pointer::Pointer(const Host& host, std::string_view text) : text_(text) {
  bp_error error = detail::empty_error();
  const std::int32_t status = host.table().compile_pointer(host.self(), detail::to_c(text), &pointer_, &error);
  if (status != BP_OK) throw detail::error_of(status, error, text);
}

}  // namespace backplane::sdk
