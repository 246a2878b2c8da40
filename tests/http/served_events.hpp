// An HTTP server over a real bus with a log, and over the plugins of a test.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "events/subscribed.hpp"
#include "http/wire.hpp"
#include "manifest/read.hpp"
#include "operation/rig.hpp"

namespace backplane::test {

struct ServedEvents {
  tests::Rig rig;
  std::unique_ptr<http::Server> server;

  explicit ServedEvents(const events::BusLimits& limits = {}, tests::Log log = tests::Log::kept) : rig({}, limits, log) {}
  ~ServedEvents() { server.reset(); }

  // Loads the plugins, if any, and serves.
  ServedEvents& with(const std::vector<tests::Plug>& plugs = {}) {
    rig.load(plugs);
    manifest::HttpSettings settings = manifest::default_settings().http;
    settings.port = 0;
    settings.threads = 2;
    http::Surroundings surroundings;
    surroundings.ready = [] { return true; };
    auto started = http::Server::start(settings, rig.conductor(), rig.transfers(), rig.bus(), std::move(surroundings));
    if (!started) throw std::runtime_error(started.error().message);
    server = std::move(*started);
    return *this;
  }

  Reply ask(std::string_view method, std::string_view target, std::string_view fields = "", std::string_view body = "") const {
    Wire wire(server->port());
    wire.send(request(method, target, fields, body));
    auto reply = wire.read();
    if (!reply) throw std::runtime_error("no answer");
    return *reply;
  }
  Reply get(std::string_view target, std::string_view fields = "") const { return ask("GET", target, fields); }
  Reply post(std::string_view target, std::string_view body = "", std::string_view fields = "") const {
    return ask("POST", target, std::string(body.empty() ? "" : "Content-Type: application/json\r\n").append(fields), body);
  }
  // POST /v1/events of events that only have these types; all of them are in the log then.
  void publish(const std::vector<std::string>& types) const {
    for (const std::string& type : types) post("/v1/events", R"({"event_type":")" + type + R"("})");
  }
};

}  // namespace backplane::test
