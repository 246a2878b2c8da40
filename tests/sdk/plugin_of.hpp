// Plugins of a test in one expression: the constructor's body is a function.
#pragma once

#include <backplane/testing.hpp>

namespace sdk_test {

using namespace backplane::sdk;
using testing::Given;

// Lets a test say what a plugin registers: `Lambda::made = [&](Lambda& plugin) { plugin.handle(...)...; };`.
class Lambda : public Plugin {
 public:
  explicit Lambda(Host host) : Plugin(host) { made(*this); }
  using Plugin::handle;
  using Plugin::on_event;

  static inline std::function<void(Lambda&)> made;
};

inline testing::TestHost plugin_of(std::function<void(Lambda&)> made,
                                   nlohmann::json config = nlohmann::json::object()) {
  Lambda::made = std::move(made);
  return testing::host_of<Lambda>(std::move(config));
}

}  // namespace sdk_test
