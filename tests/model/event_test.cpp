#include "model/event.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::model;

namespace {

std::string segments(std::size_t count) {
  std::string type = "a";
  for (std::size_t i = 1; i < count; ++i) type += ".a";
  return type;
}

}  // namespace

TEST_CASE("an event type is one to sixteen segments between dots") {
  for (const char* good : {"a", "order.confirmed", "plugin.audit-log.re_loaded2", "9.-._"}) CHECK(check_event_type(good).has_value());
  CHECK(check_event_type(segments(16)).has_value());
  CHECK(check_event_type(std::string(255, 'a')).has_value());
  for (const char* wrong : {"", ".", "a.", ".a", "a..b", "Order", "order.*", "order.>", "*", "a b", "caf\xc3\xa9"}) {
    INFO(wrong);
    const auto result = check_event_type(wrong);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == base::Code::invalid_argument);
    CHECK_THAT(result.error().message, Catch::StartsWith("event type: wanted 1 to 16 segments"));
  }
  CHECK_FALSE(check_event_type(segments(17)).has_value());
  CHECK_FALSE(check_event_type(std::string(256, 'a')).has_value());
}

TEST_CASE("an event id is printable and without space, a key is any text without NUL") {
  CHECK(check_event_id("01890a5d-ac96-774b-bcce-b302099a8057").has_value());
  CHECK(check_event_id(std::string(128, '!')).has_value());
  for (const std::string& wrong : {std::string(), std::string("a b"), std::string("a\n"), std::string("\xc3\xa9"), std::string(129, 'a')})
    CHECK(check_event_id(wrong).error().code == base::Code::invalid_argument);
  CHECK(check_event_key("").has_value());
  CHECK(check_event_key("caf\xc3\xa9 42").has_value());
  CHECK(check_event_key(std::string(256, 'k')).has_value());
  for (const std::string& wrong : {std::string("a\0b", 3), std::string("\xff"), std::string(257, 'k')})
    CHECK_THAT(check_event_key(wrong).error().message, Catch::StartsWith("event key: wanted at most 256 bytes"));
}

TEST_CASE("the envelope of an event leaves out what is empty, but for its payload") {
  Event event;
  event.id = "e1";
  event.type = "order.confirmed";
  event.time = base::from_rfc3339("2026-01-02T03:04:05.000006Z").value();
  CHECK(to_text(event) == R"({"event_id":"e1","event_type":"order.confirmed","timestamp":"2026-01-02T03:04:05.000006Z","payload":{}})");
}

TEST_CASE("the envelope of an event has its members in their order, quoted where they must be") {
  Event event;
  event.id = "e1";
  event.type = "order.confirmed";
  event.time = base::from_rfc3339("2026-01-02T03:04:05Z").value();
  event.tenant = "acme";
  event.actor = "ann";
  event.source = "plugin:orders";
  event.key = "a \"quoted\" key";
  event.correlation_id = "c1";
  event.causation_id = "o1";
  event.subject = "order/7";
  event.depth = 3;
  event.position = 42;
  event.payload = Document::parse(R"({"amount": 7})").value();
  CHECK(to_text(event) ==
        R"({"event_id":"e1","event_type":"order.confirmed","timestamp":"2026-01-02T03:04:05.000000Z","tenant_id":"acme",)"
        R"("actor_id":"ann","source":"plugin:orders","key":"a \"quoted\" key","correlation_id":"c1","causation_id":"o1",)"
        R"("position":42,"payload":{"amount":7}})");
}

TEST_CASE("the types that the host publishes itself are nobody else's to publish") {
  for (const char* good : {"order.paid", "resources.created", "plugin", "resource", "pluginx.loaded"}) CHECK(model::check_published_type(good));
  for (const char* reserved : {"resource.created", "plugin.loaded"}) {
    const auto refused = model::check_published_type(reserved);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == base::Code::denied);
  }
  CHECK(model::check_published_type("a..b").error().code == base::Code::invalid_argument);
}
