// A whole host with the plugin `counting` (tests/fixtures), whose builds are put in one another's place.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/host.hpp"
#include "app/reload.hpp"
#include "events/bus.hpp"
#include "operation/request.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"
#include "support/temporary_directory.hpp"

namespace backplane::tests {

class ReloadRig {
 public:
  // Starts with this build of the plugin, and these further lines of the manifest.
  explicit ReloadRig(const std::string& build, const std::string& more = {});

  // Puts another build, or these bytes, in the place of the plugin's file, as a linker's rename would.
  void install(const std::string& build) const;
  void install_bytes(std::string_view bytes) const;
  std::filesystem::path library() const { return directory_ / "plugins/counting.so"; }

  // The manifest from now on: lines of the top level, of the entry of `counting`, and further entries.
  void write_manifest(const std::string& more, const std::string& of_plugin = {}, const std::string& others = {}) const;

  app::ReloadReport reload() { return host_->reload({}); }
  app::ReloadReport reload_plugin() {
    return host_->reload({.what = app::ReloadRequest::What::plugin, .plugin = "counting"});
  }

  // The same host again: ended, and started on what it left.
  void restart();

  app::Host& host() { return *host_; }
  operation::Outcome run(operation::Request request);

  // A note is created; what came of it, which must be good: {"build","counts":{...}}.
  base::Json create(const std::string& document = "{}");
  std::string build() { return create().value("build", ""); }

  // An event counted.<name>, in the log; waits until it is there.
  void publish(const std::string& id);

  std::vector<std::string> recorded() const;
  std::size_t times_recorded(const std::string& line) const;
  const Gate& gate() const { return gate_; }
  const std::filesystem::path& data_dir() const { return data_dir_; }

 private:
  TemporaryDirectory directory_;
  std::filesystem::path data_dir_;
  Gate gate_;
  std::unique_ptr<app::Host> host_;
};

operation::Request create_request(const std::string& document);

inline bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

}  // namespace backplane::tests
