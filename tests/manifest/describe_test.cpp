#include "manifest/describe.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/json_schema.hpp"
#include "manifest/schema.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::manifest;

namespace {

// The file is what the table says. BACKPLANE_REGENERATE=1 writes it anew.
void check_committed(const std::string& name, const std::string& command, const std::string& generated) {
  const std::string path = std::string(BACKPLANE_CONFIG) + '/' + name;
  if (const char* regenerate = std::getenv("BACKPLANE_REGENERATE"); regenerate != nullptr && std::string_view(regenerate) == "1")
    std::ofstream(path, std::ios::binary) << generated;
  std::ostringstream committed;
  committed << std::ifstream(path, std::ios::binary).rdbuf();
  INFO(path << " is not what the table of keys says: run `backplane manifest " << command << " > " << path
            << "`, or this test with BACKPLANE_REGENERATE=1");
  CHECK((committed.str() == generated));
}

void check_keys(std::span<const Key> keys, const std::string& path) {
  for (const Key& key : keys) {
    INFO(path << key.name);
    CHECK(key.description.ends_with('.'));
    CHECK((key.required || !key.fallback.empty() || !key.otherwise.empty() || !key.members.empty() || key.kind == Kind::sections));
    CHECK_FALSE((key.required && !key.fallback.empty()));
    CHECK((key.kind == Kind::section || key.kind == Kind::sections) == !key.members.empty());
    check_keys(key.members, path + std::string(key.name) + '.');
  }
}

}  // namespace

TEST_CASE("the committed reference page is the one made from the table of keys") {
  check_committed("manifest-reference.md", "reference", manifest_reference());
}

TEST_CASE("the committed JSON Schema is the one made from the table of keys") {
  check_committed("manifest.schema.json", "schema", manifest_json_schema());
}

TEST_CASE("every key is described, and says what its absence means") { check_keys(manifest_keys(), ""); }

TEST_CASE("the JSON Schema takes a manifest and refuses a misspelt one") {
  const auto schema = base::JsonSchema::compile(base::Json::parse(manifest_json_schema()));
  REQUIRE(schema.has_value());
  const auto valid = [&](const char* manifest) { return schema->validate(base::Json::parse(manifest)).has_value(); };
  CHECK(valid(R"({"version": 1})"));
  CHECK(valid(R"({"version": 1, "http": {"listen": "[::1]:8080", "threads": "${N}", "max_body": "1MiB"}, "drain": "1m30s",
    "include": ["a.yaml"], "resources": [{"type": "note", "index": ["/title"]}],
    "plugins": [{"id": "a", "library": "a", "config": {"x": 1}, "order": {"after": ["b"]}, "required": false,
                 "grants": {"hooks": {"*": ["full"]}, "publish": ["a.*", "b.>", "*"]}}]})"));
  CHECK_FALSE(valid(R"({})"));
  CHECK_FALSE(valid(R"({"version": 2})"));
  CHECK_FALSE(valid(R"({"version": 1, "htpt": {}})"));
  CHECK_FALSE(valid(R"({"version": 1, "http": {"threads": 100}})"));
  CHECK_FALSE(valid(R"({"version": 1, "drain": "5"})"));
  CHECK_FALSE(valid(R"({"version": 1, "plugins": [{"id": "a"}]})"));
  CHECK_FALSE(valid(R"({"version": 1, "plugins": [{"id": "a", "library": "b", "grants": {"hooks": {"*": ["craete"]}}}]})"));
}
