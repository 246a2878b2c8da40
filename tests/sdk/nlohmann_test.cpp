#include <backplane/nlohmann.hpp>

#include "plugin_of.hpp"
#include "support/catch.hpp"

using namespace sdk_test;

namespace {

struct Note {
  std::string title;
  int pages = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Note, title, pages)

}  // namespace

TEST_CASE("a document is read into a struct and written back from it") {
  auto host = plugin_of([](Lambda& plugin) {
    plugin
        .handle([](Operation& op) {
          auto note = input_as<Note>(op);
          note.pages += 1;
          replace(op, note);
          CHECK(to_json(op.input())["pages"] == 4);
          CHECK(to_json(op.previous()).is_null());
        })
        .before(Action::write);
  });
  const auto fired = host.fire(Phase::before, Action::update, Given().input({{"title", "Tea"}, {"pages", 3}}));
  CHECK(fired.faults.empty());
  CHECK(fired.document == nlohmann::json{{"title", "Tea"}, {"pages", 4}});
}

TEST_CASE("a document that is no such struct is an Error that says why") {
  auto host =
      plugin_of([](Lambda& plugin) { plugin.handle([](Operation& op) { input_as<Note>(op); }).before(Action::write); });
  const auto fired = host.fire(Phase::before, Action::update, Given().input({{"title", "Tea"}}));
  REQUIRE(fired.faults.size() == 1);
  CHECK(fired.faults[0].status == Status::invalid_document);
  CHECK(fired.faults[0].message.find("pages") != std::string::npos);
}
