// A plugin built with this header on hosts that know less of it.
#include "plugin_of.hpp"
#include "support/catch.hpp"

#include <cstddef>

using namespace sdk_test;

TEST_CASE("a function that an older host does not have is Error unsupported, and the rest works") {
  Status patched{}, operated{};
  Lambda::made = [&](Lambda& plugin) {
    plugin
        .handle([&](Operation& op) {
          op.replace(R"({"title":"Tea"})");
          patched = op.try_merge("{}")->status();
          operated = op.host().try_operate(Request::get("note", "1"))->status();
          CHECK(op.remaining().count() == 0);
        })
        .before(Action::create);
  };
  static constexpr bp_plugin functions = Instance<Lambda>::functions();
  testing::TestHost host([] { return &functions; }, nlohmann::json::object(), offsetof(bp_host, op_patch));
  const auto fired = host.fire(Phase::before, Action::create, Given().input(nlohmann::json::object()));
  CHECK(fired.faults.empty());
  CHECK(fired.document == nlohmann::json{{"title", "Tea"}});
  CHECK(patched == Status::unsupported);
  CHECK(operated == Status::unsupported);
}

TEST_CASE("a table cut anywhere is refused or works, and never crashes") {
  for (std::uint32_t size = 0; size <= sizeof(bp_host); ++size) {
    Lambda::made = [](Lambda& plugin) {
      plugin
          .handle([](Operation& op) {
            op.input().string("/title");
            op.host().info(op.input().json());
            op.set("/title", "Tea");
          })
          .before(Action::create);
    };
    static constexpr bp_plugin functions = Instance<Lambda>::functions();
    try {
      testing::TestHost host([] { return &functions; }, nlohmann::json::object(), size);
      host.fire(Phase::before, Action::create, Given().input({{"title", "x"}}));
    } catch (const Error& error) {
      CHECK(error.status() == Status::unsupported);
    }
  }
}

TEST_CASE("members beyond the host's struct_size are absent") {
  bp_error error{};
  const std::string words = "reason";
  error.reason = detail::to_c(words);
  error.struct_size = offsetof(bp_error, reason);
  CHECK(detail::field(error, &bp_error::reason).size == 0);
  error.struct_size = offsetof(bp_error, reason) + sizeof(bp_string) - 1;
  CHECK(detail::field(error, &bp_error::reason).size == 0);
  error.struct_size += 1;
  CHECK(detail::view(detail::field(error, &bp_error::reason)) == "reason");
}
