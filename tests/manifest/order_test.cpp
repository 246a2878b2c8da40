#include "manifest/order.hpp"

#include "support/catch.hpp"

using namespace backplane::manifest;

namespace {

PluginSettings plugin(std::string id, std::vector<std::string> before = {}, std::vector<std::string> after = {}) {
  PluginSettings settings;
  settings.id = std::move(id);
  settings.before = std::move(before);
  settings.after = std::move(after);
  return settings;
}

std::string ordered(const std::vector<PluginSettings>& plugins) {
  const auto order = order_of(plugins);
  if (!order) return order.error().message;
  std::string text;
  for (const std::size_t i : *order) text += (text.empty() ? "" : " ") + plugins[i].id;
  return text;
}

}  // namespace

TEST_CASE("without constraints plugins stand in the order of the manifest") {
  CHECK(ordered({}) == "");
  CHECK(ordered({plugin("c"), plugin("a"), plugin("b")}) == "c a b");
}

TEST_CASE("before and after move a plugin no further than they must") {
  CHECK(ordered({plugin("a"), plugin("b"), plugin("c", {"a"})}) == "b c a");
  CHECK(ordered({plugin("a", {}, {"c"}), plugin("b"), plugin("c"), plugin("d")}) == "b c a d");
  CHECK(ordered({plugin("a", {}, {"b"}), plugin("b", {}, {"c"}), plugin("c")}) == "c b a");
}

TEST_CASE("a constraint may be given twice, from both sides, and on a plugin that is not there") {
  CHECK(ordered({plugin("a", {}, {"b"}), plugin("b", {"a"})}) == "b a");
  CHECK(ordered({plugin("a", {"none"}, {"nobody"}), plugin("b")}) == "a b");
}

TEST_CASE("a cycle is an error that names its plugins and no other") {
  CHECK(ordered({plugin("x"), plugin("a", {"b"}), plugin("b", {"a"}), plugin("y", {}, {"a"})}) ==
        "wanted an order of plugins, found a cycle: a -> b -> a");
  CHECK(ordered({plugin("y", {}, {"c"}), plugin("a", {"b"}), plugin("b", {"c"}), plugin("c", {"a"})}) ==
        "wanted an order of plugins, found a cycle: a -> b -> c -> a");
  CHECK(ordered({plugin("a", {"a"})}) == "wanted an order of plugins, found a cycle: a -> a");
}

TEST_CASE("a long chain is ordered") {
  std::vector<PluginSettings> plugins;
  for (int i = 0; i < 500; ++i)
    plugins.push_back(plugin("p" + std::to_string(i), {}, i == 499 ? std::vector<std::string>{} : std::vector{"p" + std::to_string(i + 1)}));
  const auto order = order_of(plugins);
  REQUIRE(order.has_value());
  CHECK(order->front() == 499);
  CHECK(order->back() == 0);
}
