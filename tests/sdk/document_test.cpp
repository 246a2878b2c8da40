#include "plugin_of.hpp"
#include "support/catch.hpp"

#include <backplane/changes.hpp>

using namespace sdk_test;

namespace {

void read(nlohmann::json input, std::function<void(Operation&)> reader) {
  auto host = plugin_of([&](Lambda& plugin) { plugin.handle(reader).before(Action::create); });
  const auto fired = host.fire(Phase::before, Action::create, Given().input(std::move(input)));
  INFO((fired.faults.empty() ? "" : fired.faults[0].message));
  REQUIRE(fired.faults.empty());
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.message();
  }
  return "no Error";
}

const nlohmann::json note = {{"title", "Tea"},
                             {"pages", 3},
                             {"price", 2.5},
                             {"big", 18446744073709551615u},
                             {"minus", -4},
                             {"open", true},
                             {"none", nullptr},
                             {"tags", {"a", "b", "c"}},
                             {"author", {{"name", "Ann"}, {"a/b", 1}}}};

}  // namespace

TEST_CASE("values are read by type, and a value of another kind or none is nothing") {
  read(note, [](Operation& op) {
    const Document input = op.input();
    CHECK(input.string("/title") == "Tea");
    CHECK(input.integer("/pages") == 3);
    CHECK(input.unsigned_integer("/big") == 18446744073709551615u);
    CHECK_FALSE(input.integer("/big"));
    CHECK_FALSE(input.unsigned_integer("/minus"));
    CHECK(input.number("/price") == 2.5);
    CHECK(input.number("/pages") == 3.0);
    CHECK(input.boolean("/open") == true);
    CHECK(input.at("/none").is_null());
    CHECK_FALSE(input.string("/pages"));
    CHECK_FALSE(input.integer("/price"));
    CHECK(input.string("/absent").value_or("fallback") == "fallback");
    CHECK(input.string("/author/name") == "Ann");
    CHECK(input.integer("/author/a~1b") == 1);
    CHECK(input.at("").size() == 9);
    CHECK(input.at("/tags").size() == 3);
  });
}

TEST_CASE("a required value that is missing or of another kind is an Error that names it") {
  read(note, [](Operation& op) {
    CHECK(message_of([&] { op.input().required_string("/absent"); }) == "/absent: wanted a value, found nothing");
    CHECK(message_of([&] { op.input().required_string("/pages"); }) ==
          "/pages: wanted a value of kind string, found integer");
    CHECK(message_of([&] { op.input().required_boolean(Pointer(op.host(), "/title")); }) ==
          "/title: wanted a value of kind boolean, found string");
  });
}

TEST_CASE("a text that is no JSON Pointer is an Error, compiled or not") {
  read(note, [](Operation& op) {
    CHECK(message_of([&] { op.input().find("title"); }) ==
          "\"title\": wanted a JSON Pointer, such as /title or /tags/0");
    CHECK(message_of([&] { Pointer(op.host(), "title"); }) == "\"title\": wanted a JSON Pointer");
  });
}

TEST_CASE("arrays and objects are walked, with or without keys, until the function says false") {
  read(note, [](Operation& op) {
    std::string seen;
    CHECK(op.input().each("/tags", [&](const Value& tag) { seen += tag.as_string(); }));
    CHECK(op.input().each("/author", [&](std::string_view key, const Value&) { seen += " " + std::string(key); }));
    CHECK(op.input().each("/tags", [&](const Value& tag) { return (seen += tag.as_string()).back() != 'b'; }));
    CHECK(seen == "abc a/b nameab");
    CHECK_FALSE(op.input().each("/title", [](const Value&) {}));
    CHECK_FALSE(op.input().each("/absent", [](const Value&) {}));
  });
}

TEST_CASE("an exception out of a walk stops it and goes on to the caller") {
  read(note, [](Operation& op) {
    int calls = 0;
    CHECK_THROWS_AS(op.input().each("/tags",
                                    [&](const Value&) {
                                      ++calls;
                                      throw std::out_of_range("enough");
                                    }),
                    std::out_of_range);
    CHECK(calls == 1);
  });
}

TEST_CASE("a part of a document is had as JSON text") {
  read(note, [](Operation& op) {
    CHECK(op.input().text("/tags") == R"(["a","b","c"])");
    CHECK_FALSE(op.input().text("/absent"));
  });
}

TEST_CASE("where there is no document nothing is found") {
  read(note, [](Operation& op) {
    CHECK_FALSE(op.previous());
    CHECK_FALSE(op.previous().string("/title"));
    CHECK(op.previous().json().empty());
    CHECK_FALSE(op.previous().each("", [](const Value&) {}));
    CHECK_FALSE(op.previous().text(""));
  });
}

TEST_CASE("changes between two documents are told by JSON Pointer, with old and new") {
  std::vector<std::string> changes;
  auto host = plugin_of([&](Lambda& plugin) {
    plugin.handle([&](Operation& op) { changes.push_back(changes_between(op.previous(), op.result(), 4).text()); })
        .on_success(Action::full);
  });
  const auto between = [&](const Given& given) {
    host.fire(Phase::on_success, Action::update, given);
    return nlohmann::json::parse(changes.back());
  };
  using nlohmann::json;
  CHECK(between(Given()
                    .previous({{"a", 1}, {"gone", true}, {"same", {1, 2}}})
                    .result({{"a", 2}, {"came", "x"}, {"same", {1, 2}}})) ==
        json::parse(R"({"/a":{"old":1,"new":2},"/gone":{"old":true},"/came":{"new":"x"}})"));
  CHECK(between(Given().previous({{"list", {1, 2}}}).result({{"list", {1, 3, 4}}})) ==
        json::parse(R"({"/list/1":{"old":2,"new":3},"/list/2":{"new":4}})"));
  CHECK(between(Given().previous({{"list", {1, 2}}}).result({{"list", {1}}})) ==
        json::parse(R"({"/list/1":{"old":2}})"));
  CHECK(between(Given().previous({{"a", {{"b/c", 1}}}}).result({{"a", {{"b/c", 2}}}})) ==
        json::parse(R"({"/a/b~1c":{"old":1,"new":2}})"));
  CHECK(between(Given().previous({{"a", {1}}}).result({{"a", "x"}})) == json::parse(R"({"/a":{"old":[1],"new":"x"}})"));
  CHECK(between(Given().previous({{"a", 1}}).result({{"a", 1}})) == json::object());
  CHECK(between(Given().result({{"a", 1}})) == json::parse(R"({"/a":{"new":1}})"));
  CHECK(between(Given().previous({{"a", 1}})) == json::parse(R"({"/a":{"old":1}})"));
  CHECK(between(Given()) == json::object());
  CHECK(between(Given().result({{"a", 1}, {"b", 1}, {"c", 1}, {"d", 1}, {"e", 1}}))[""] == json{{"truncated", true}});
}
