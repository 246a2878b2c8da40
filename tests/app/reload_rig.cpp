#include "app/reload_rig.hpp"

#include <algorithm>
#include <fstream>
#include <future>

#include "manifest/read.hpp"
#include "operation/conductor.hpp"

namespace backplane::tests {
namespace {

constexpr auto patience = std::chrono::seconds(60);

std::unique_ptr<app::Host> start(const std::filesystem::path& manifest) {
  manifest::Reading reading = manifest::read_manifest(manifest);
  if (!reading.settings) FAIL(manifest::to_text(reading.problems));
  auto host = app::Host::start(std::move(*reading.settings), {.probe = BACKPLANE_PROBE});
  if (!host) FAIL(host.error().message);
  return std::move(*host);
}

}  // namespace

ReloadRig::ReloadRig(const std::string& build, const std::string& more)
    : data_dir_(directory_ / "data"), gate_(directory_ / "gate") {
  std::filesystem::create_directories(library().parent_path());
  install(build);
  write_manifest(more);
  host_ = start(directory_ / "backplane.yaml");
}

void ReloadRig::install(const std::string& build) const {
  std::ifstream file(fixture("counting_" + build), std::ios::binary);
  install_bytes(std::string(std::istreambuf_iterator<char>(file), {}));
}

void ReloadRig::install_bytes(std::string_view bytes) const {
  const auto part = library().string() + ".part";
  std::ofstream(part, std::ios::binary) << bytes;
  std::filesystem::permissions(part, std::filesystem::perms::owner_all);
  std::filesystem::rename(part, library());
}

void ReloadRig::write_manifest(const std::string& more, const std::string& of_plugin, const std::string& others) const {
  std::ofstream file(directory_ / "backplane.yaml");
  file << "version: 1\ndata_dir: data\nhttp: { listen: \"127.0.0.1:0\" }\n";
  if (more.find("resources:") == std::string::npos) file << "resources: [{ type: note }]\n";
  file << more << "\nplugins:\n  - id: counting\n    library: plugins/counting.so\n";
  file << "    config: {\"record\":\"" << (directory_ / "record").string() << "\"," << gate_.member() << "}\n"
       << "    grants: { resources: { note: [read, write] }, hooks: { \"*\": [full] }, subscribe: [\"*\"] }\n"
       << of_plugin << '\n'
       << others;
}

void ReloadRig::restart() {
  host_->stop();
  host_.reset();
  host_ = start(directory_ / "backplane.yaml");
}

operation::Request create_request(const std::string& document) {
  operation::Request request;
  request.action = model::Action::create;
  request.caller.actor = "ann";
  request.type = "note";
  request.body = document;
  return request;
}

// No assertion of Catch2's on the way: tests call it on several threads.
operation::Outcome ReloadRig::run(operation::Request request) {
  std::promise<operation::Outcome> promise;
  auto outcome = promise.get_future();
  host_->operations().submit(std::move(request), [&](operation::Outcome done) { promise.set_value(std::move(done)); });
  if (outcome.wait_for(patience) != std::future_status::ready) std::abort();
  return outcome.get();
}

base::Json ReloadRig::create(const std::string& document) {
  const auto outcome = run(create_request(document));
  if (!outcome.answer) FAIL(outcome.answer.error().message);
  return base::Json::parse(outcome.answer->body).at("data");
}

void ReloadRig::publish(const std::string& id) {
  model::Event event;
  event.id = event.correlation_id = id;
  event.type = "counted.once";
  event.time = base::SystemClock().now();
  event.actor = event.source = "test";
  std::promise<bool> promise;
  auto published = promise.get_future();
  std::vector<model::Event> events;
  events.push_back(std::move(event));
  host_->bus().submit(
      std::move(events), plugin::Promise::durable,
      [&](const base::Result<std::vector<plugin::Published>>& done) { promise.set_value(done.has_value()); });
  if (published.wait_for(patience) != std::future_status::ready || !published.get()) std::abort();
}

std::vector<std::string> ReloadRig::recorded() const {
  std::ifstream file(directory_ / "record");
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

std::size_t ReloadRig::times_recorded(const std::string& line) const {
  const auto lines = recorded();
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
}

}  // namespace backplane::tests
