#include "model/name.hpp"

#include <string>

#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::model;

TEST_CASE("a resource id is made of unreserved characters and never climbs out of a folder") {
  for (const char* good : {"a", "A-z_0.9~", "...", ".a", "01890a5d-ac96-774b-bcce-b302099a8057"}) CHECK(check_resource_id(good).has_value());
  CHECK(check_resource_id(std::string(128, 'a')).has_value());
  for (const char* wrong : {"", ".", "..", "../x", "../../etc/passwd", "a/b", "a\\b", "/", "%2e%2e", "a b", "a\n", "caf\xc3\xa9", "a:b", "*"}) {
    INFO(wrong);
    const auto result = check_resource_id(wrong);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == base::Code::invalid_argument);
    CHECK(result.error().message.starts_with("resource id: wanted "));
  }
  CHECK_FALSE(check_resource_id(std::string(129, 'a')).has_value());
  CHECK_FALSE(check_resource_id(std::string("a\0b", 3)).has_value());
}

TEST_CASE("a resource type starts with a small letter") {
  for (const char* good : {"note", "a", "a-b_c9"}) CHECK(check_resource_type(good).has_value());
  for (const char* wrong : {"", "Note", "9a", "-a", "_a", "a.b", "*", "a/b"}) CHECK_FALSE(check_resource_type(wrong).has_value());
  CHECK(check_resource_type(std::string(64, 'a')).has_value());
  CHECK_FALSE(check_resource_type(std::string(65, 'a')).has_value());
}

TEST_CASE("a plugin id is small letters, digits and inner hyphens") {
  for (const char* good : {"audit-log", "a", "9lives"}) CHECK(check_plugin_id(good).has_value());
  for (const char* wrong : {"", "-a", "a_b", "Audit", "a.b"}) CHECK_FALSE(check_plugin_id(wrong).has_value());
  CHECK(check_plugin_id(std::string(64, 'a')).has_value());
  CHECK_FALSE(check_plugin_id(std::string(65, 'a')).has_value());
}

TEST_CASE("actors, tenants and keys are printable") {
  CHECK(check_actor("plugin:audit-log").has_value());
  for (const char* wrong : {"", "a b", "a\tb", "\x7f", "\xc3\xa9"}) CHECK_FALSE(check_actor(wrong).has_value());
  CHECK_FALSE(check_actor(std::string(129, 'a')).has_value());
  CHECK(check_tenant("").has_value());
  CHECK_FALSE(check_tenant("a b").has_value());
  CHECK(check_idempotency_key("one two").has_value());
  CHECK_FALSE(check_idempotency_key("").has_value());
  CHECK_FALSE(check_idempotency_key("a\nb").has_value());
  CHECK_FALSE(check_idempotency_key(std::string(256, 'a')).has_value());
}

TEST_CASE("a wrong name is quoted in the message, cut and escaped") {
  const auto result = check_resource_id(std::string("\n\xff") + std::string(10'000, 'a'));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().message.size() < 400);
  CHECK(result.error().message.find('\n') == std::string::npos);
  CHECK(is_utf8(result.error().message));
}

TEST_CASE("UTF-8 is recognised as RFC 3629 defines it") {
  for (const char* good : {"", "ascii", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) CHECK(is_utf8(good));
  for (const char* wrong : {"\x80", "\xc3", "\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xe2\x82", "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf4\x90\x80\x80",
                            "\xf5\x80\x80\x80", "\xff", "a\xc3"})
    CHECK_FALSE(is_utf8(wrong));
  CHECK_FALSE(is_utf8(std::string_view("a\0b", 3)));
}
