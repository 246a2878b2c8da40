#include <nlohmann/json.hpp>

#include "base/json_schema.hpp"
#include "manifest/folder.hpp"
#include "manifest/order.hpp"

using namespace backplane;
using namespace backplane::manifest;

namespace {

// The manifest of the source tree, with libraries that need not be built for it.
Settings shipped(const Folder& folder) {
  for (const char* name : {"title_check", "audit_log", "failure_log", "call_counter", "event_audit", "users", "payments", "receipts",
                           "rewards", "invoice_balance", "webhooks", "welcome_mail"})
    folder.write(std::string("plugins/lib") + name + ".so", "");
  const Reading reading = read_manifest(std::string(BACKPLANE_CONFIG) + "/backplane.yaml", [&](const std::string& name) {
    return name == "BACKPLANE_PLUGIN_DIR" ? std::optional((folder.path() / "plugins").string()) : std::nullopt;
  });
  INFO(to_text(reading.problems));
  REQUIRE(reading.settings.has_value());
  return *reading.settings;
}

}  // namespace

TEST_CASE("the manifest that is shipped is good") {
  const Folder folder;
  const Settings settings = shipped(folder);
  CHECK(settings.http.address == "127.0.0.1");
  CHECK(settings.http.port == 8080);
  const auto order = order_of(settings.plugins);
  REQUIRE(order.has_value());
  std::string ids;
  for (const std::size_t i : *order) ids += settings.plugins[i].id + ' ';
  CHECK(ids == "title-check audit-log failure-log call-counter event-audit users welcome-mail payments receipts rewards invoice-balance webhooks ");
  for (const PluginSettings& plugin : settings.plugins) CHECK_FALSE(plugin.library_path.empty());
}

TEST_CASE("the schema of notes that is shipped wants a title") {
  const Folder folder;
  const Settings settings = shipped(folder);
  const auto& note = settings.resources.at(0);
  CHECK(note.type == "note");
  CHECK(note.index == std::vector<std::string>{"/title", "/priority"});
  const auto schema = base::JsonSchema::compile(*note.schema);
  REQUIRE(schema.has_value());
  CHECK(schema->validate(base::Json::parse(R"({"title": "x", "body": "y", "tags": ["a"], "priority": 3})")).has_value());
  CHECK_FALSE(schema->validate(base::Json::parse(R"({"body": "y"})")).has_value());
  CHECK_FALSE(schema->validate(base::Json::parse(R"({"title": "x", "priority": 1.5})")).has_value());
  CHECK(settings.resources.at(1).type == "task");
}
