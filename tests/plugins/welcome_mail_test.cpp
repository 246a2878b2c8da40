// The plugin welcome_mail without a server: what it refuses. What it sends: welcome_mail.py.
#include <backplane/testing.hpp>

#include "app/scripted_server.hpp"
#include "sdk/library.hpp"
#include "support/catch.hpp"

using namespace backplane::sdk;
using namespace std::chrono_literals;
using backplane::test::closed_port;
using backplane::test::ScriptedServer;
using events::UserRegistered;
using nlohmann::json;
using testing::Delivered;
using testing::GivenEvent;
using testing::TestHost;

namespace {

std::string smtp_at(std::uint16_t port) { return "smtp://127.0.0.1:" + std::to_string(port); }

}  // namespace

TEST_CASE("a mail that no server takes is a fault that names the server") {
  sdk_test::Library library("welcome_mail");
  const std::string server = smtp_at(closed_port());
  TestHost host(library.entry(), {{"server", server}, {"from", "noreply@example.org"}});
  host.publish(UserRegistered{"u1", "ann@example.org"});
  const auto deliveries = host.run_background();
  REQUIRE(deliveries.size() == 1);
  CHECK(deliveries[0].outcome == Delivered::fault);
  CHECK(deliveries[0].message.find(server + ": ") == 0);
}

TEST_CASE("an address that is not plainly one is refused before any server is asked, and not repeated in the log") {
  sdk_test::Library library("welcome_mail");
  TestHost host(library.entry(), {{"server", smtp_at(closed_port())}, {"from", "noreply@example.org"}});
  const std::vector<std::string> addresses{"",
                                           "ann",
                                           "@",
                                           "ann@",
                                           "@example.org",
                                           "ann@example.org\r\nBcc: mallory@example.org",
                                           "ann@example.org\nBcc: mallory@example.org",
                                           "ann@example.org\r",
                                           "ann\r\n@example.org",
                                           "ann@example.org,mallory@example.org",
                                           "ann@example.org, mallory@example.org",
                                           "Ann <ann@example.org>",
                                           "<ann@example.org>",
                                           "\"ann\"@example.org",
                                           "ann@example.org>",
                                           "ann @example.org",
                                           "ann@exa mple.org",
                                           "ann@mallory@example.org",
                                           "ann@example..org",
                                           ".ann@example.org",
                                           "ann.@example.org",
                                           "a..b@example.org",
                                           "ann@[127.0.0.1]",
                                           "ann(comment)@example.org",
                                           "ann@example.org;mallory@example.org",
                                           "\xC3\xA4nn@example.org",
                                           "ann@ex\xC3\xA4mple.org",
                                           "ann\t@example.org",
                                           "group:ann@example.org;",
                                           "ann@-",
                                           std::string(65, 'a') + "@example.org",
                                           "a@" + std::string(64, 'b') + ".org",
                                           "a@" + std::string(127, 'b') + "." + std::string(127, 'c')};
  for (const std::string& address : addresses) host.publish(UserRegistered{"u1", address});
  const auto deliveries = host.run_background();
  REQUIRE(deliveries.size() == addresses.size());
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    INFO(json(addresses[i]));
    CHECK(deliveries[i].outcome == Delivered::done);
    CHECK(host.logged()[i].level == LogLevel::warning);
    CHECK(host.logged()[i].message.find("no mail for event " + deliveries[i].event_id + ": the address ") == 0);
    CHECK(host.logged()[i].message.find("mallory") == std::string::npos);
  }
}

TEST_CASE("an event without an address is a fault that names the member") {
  sdk_test::Library library("welcome_mail");
  TestHost host(library.entry(), {{"server", smtp_at(closed_port())}, {"from", "noreply@example.org"}});
  host.publish("user.registered", {{"user_id", "u1"}});
  CHECK(host.run_background().at(0).message == "user.registered: /email: wanted a string, found nothing");
}

TEST_CASE("a server that does not speak is given up within the handler's time") {
  ScriptedServer silent([](const ScriptedServer::Connection& connection, std::size_t) { connection.wait_for_end(); });
  sdk_test::Library library("welcome_mail");
  TestHost host(library.entry(), {{"server", "smtp" + silent.url().substr(4)}, {"from", "noreply@example.org"}});
  host.publish(UserRegistered{"u1", "ann@example.org"}, GivenEvent().budget(300ms));
  const auto began = std::chrono::steady_clock::now();
  const auto deliveries = host.run_background();
  CHECK(deliveries.at(0).outcome == Delivered::fault);
  CHECK(deliveries.at(0).message.find("timed out") != std::string::npos);
  CHECK(std::chrono::steady_clock::now() - began < 5s);
}

TEST_CASE("a configuration that would send nothing, or a password in the clear, ends the load") {
  sdk_test::Library library("welcome_mail");
  CHECK_THROWS_WITH(TestHost(library.entry(), {{"server", "smtp://127.0.0.1"}, {"from", "nobody"}}),
                    "from: the address has no @");
  const json open{
      {"server", "smtp://127.0.0.1"}, {"from", "noreply@example.org"}, {"user", "me"}, {"password", "pass"}};
  CHECK_THROWS_WITH(TestHost(library.entry(), open),
                    "user: wanted tls: required or an smtps:// server, so that nobody reads the password");
}

TEST_CASE("mails are not sent again when old events are replayed") {
  sdk_test::Library library("welcome_mail");
  TestHost host(library.entry(), {{"server", smtp_at(closed_port())}, {"from", "noreply@example.org"}});
  REQUIRE(host.subscriptions().size() == 1);
  CHECK(host.subscriptions()[0].mode == DeliveryMode::background);
  CHECK_FALSE(host.subscriptions()[0].take_replays);
}

TEST_CASE("welcome_mail is unmapped when it is closed, also after it has worked") {
  sdk_test::Library library("welcome_mail");
  {
    TestHost host(library.entry(), {{"server", smtp_at(closed_port())}, {"from", "noreply@example.org"}});
    host.publish(UserRegistered{"u1", "ann@example.org"});
    CHECK(host.run_background().at(0).outcome == Delivered::fault);
  }
  CHECK(library.unmaps());
}
