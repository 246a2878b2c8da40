#include <cstdlib>

#include "app/event_stream.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using app::EventStream;
using app::ExitCode;
using Connection = ScriptedServer::Connection;

namespace {

const std::string paid =
    R"({"event_id":"e1","event_type":"order.paid","timestamp":"2026-01-31T12:00:00.000000Z","actor_id":"ann","key":"o1","position":7,"payload":{"amount":12}})";

std::string page(const std::string& items, const std::string& next) { return "{\"items\":[" + items + "],\"next\":" + next + "}"; }

}  // namespace

TEST_CASE("each verb of event is its HTTP request") {
  struct Row {
    std::vector<std::string> arguments;
    std::string line;
    std::string body;
    std::string answer = "{}";
  };
  const std::vector<Row> rows{
      {{"publish", "order.paid"}, "POST /v1/events HTTP/1.1", R"({"event_type":"order.paid","payload":{}})"},
      {{"publish", "order.paid", R"({"amount":12})", "--id", "e1", "--key", "o1", "--source", "shop", "--promise", "queued"},
       "POST /v1/events?promise=queued HTTP/1.1",
       R"({"event_id":"e1","event_type":"order.paid","key":"o1","payload":{"amount":12},"source":"shop"})"},
      {{"query", "--type", "order.>", "--key", "o1", "--by", "ann", "--of-tenant", "t1", "--since", "2026-01-01T00:00:00Z", "--after", "3",
        "--limit", "5", "--json"},
       "GET /v1/events?type=order.%3E&tenant=t1&actor=ann&key=o1&since=2026-01-01T00%3A00%3A00Z&after=3&limit=5 HTTP/1.1", ""},
      {{"query", "--newest", "--before", "9", "--cloudevents"}, "GET /v1/events?before=9&order=newest&format=cloudevent HTTP/1.1", ""},
      {{"replay", "receipts/paid", "--after", "3"}, "POST /v1/subscriptions/receipts/paid/replay?after=3 HTTP/1.1", ""},
      {{"replay", "receipts/paid", "--since", "2026-01-01T00:00:00Z", "--no-wait"},
       "POST /v1/subscriptions/receipts/paid/replay?since=2026-01-01T00%3A00%3A00Z HTTP/1.1", ""},
      {{"subscriptions"}, "GET /v1/subscriptions HTTP/1.1", "", "[]"},
      {{"subscription", "receipts/paid"}, "GET /v1/subscriptions/receipts/paid HTTP/1.1", ""},
      {{"pause", "receipts/paid"}, "POST /v1/subscriptions/receipts/paid/pause HTTP/1.1", ""},
      {{"resume", "receipts/paid"}, "POST /v1/subscriptions/receipts/paid/resume HTTP/1.1", ""},
      {{"forget", "receipts/paid"}, "DELETE /v1/subscriptions/receipts/paid HTTP/1.1", ""},
      {{"dead-letters", "list", "--subscription", "receipts/paid", "--type", "order.*", "--after", "3", "--limit", "5"},
       "GET /v1/dead-letters?subscription=receipts%2Fpaid&type=order.%2A&after=3&limit=5 HTTP/1.1", "", page("", "null")},
      {{"dead-letters", "show", "12"}, "GET /v1/dead-letters/12 HTTP/1.1", ""},
      {{"dead-letters", "redrive", "12"}, "POST /v1/dead-letters/12/redrive HTTP/1.1", ""},
      {{"dead-letters", "redrive", "--type", "order.paid"}, "POST /v1/dead-letters/redrive?type=order.paid HTTP/1.1", ""},
      {{"dead-letters", "discard", "12"}, "DELETE /v1/dead-letters/12 HTTP/1.1", ""},
      {{"dead-letters", "discard", "--subscription", "gone/x"}, "DELETE /v1/dead-letters?subscription=gone%2Fx HTTP/1.1", ""},
  };
  for (auto row : rows) {
    row.arguments.insert(row.arguments.begin(), "event");
    const auto requests = requests_of(row.arguments, {}, {{200, row.answer}});
    REQUIRE(requests.size() == 1);
    CHECK(requests[0].line() == row.line);
    CHECK(requests[0].body == row.body);
  }
}

TEST_CASE("a payload comes from the arguments, from a file or from standard input, and must be JSON") {
  CHECK(requests_of({"event", "publish", "a", "-"}, R"({"x":1})").at(0).body == R"({"event_type":"a","payload":{"x":1}})");
  const ProgramRun result = run_program({"event", "publish", "a", "{x", "--url", "http://127.0.0.1:1"});
  CHECK(result.code != ExitCode::done);
  CHECK(result.err.find("payload") != std::string::npos);
}

TEST_CASE("a subscription that is not PLUGIN/NAME is a usage error") {
  const ProgramRun result = run_program({"event", "pause", "receipts", "--url", "http://127.0.0.1:1"});
  CHECK(result.code == ExitCode::usage);
  CHECK(result.err.find("wanted PLUGIN/NAME, found \"receipts\"") != std::string::npos);
}

TEST_CASE("a query prints a line an event, in color on a terminal, and says where there is more") {
  const std::vector<std::string> query{"event", "query", "--limit", "1"};
  const ProgramRun plain = run_against(200, page(paid, "7"), query);
  CHECK(plain.out == "7  2026-01-31T12:00:00.000000Z  order.paid  actor=ann  key=o1  {\"amount\":12}\n");
  CHECK(plain.err == "there are more: go on with --after 7\n");
  const ProgramRun colored = run_against(200, page(paid, "null"), query, {.out = true});
  CHECK(colored.out.find("\x1b[") != std::string::npos);
  CHECK(colored.err.empty());
  ::setenv("NO_COLOR", "1", 1);
  CHECK(run_against(200, page(paid, "null"), query, {.out = true}).out == plain.out);
  ::unsetenv("NO_COLOR");
}

TEST_CASE("a query of all pages asks for page after page") {
  const auto requests = requests_of({"event", "query", "--all"}, {}, {{200, page(paid, "7")}, {200, page(paid, "null")}});
  REQUIRE(requests.size() == 2);
  CHECK(requests[1].line() == "GET /v1/events?after=7&limit=1000 HTTP/1.1");
}

TEST_CASE("control characters of an event do not reach the terminal") {
  const ProgramRun result = run_against(200, page(R"({"event_type":"a","key":"\u001b[2J","position":1,"payload":{"x":"\u0007"}})", "null"),
                                        {"event", "query"});
  CHECK(result.out.find('\x1b') == std::string::npos);
  CHECK(result.out.find('\x07') == std::string::npos);
}

TEST_CASE("a tail that is cut off goes on behind what it has shown") {
  std::vector<Received> requests;
  {
    const ScriptedServer server([&](const Connection& connection, std::size_t number) {
      requests.push_back(connection.read());
      connection.begin_chunked(200);
      if (number == 0) {
        connection.chunk("id: 6\n\nid: 7\ndata: " + paid + "\n\nid: 8\nda");
        return;
      }
      connection.chunk("id: 8\ndata: {\"event_type\":\"order.sent\",\"position\":8,\"payload\":{}}\n\n");
      connection.wait_for_end();
    });
    const ProgramRun result = run_program({"event", "tail", "--type", "order.*", "--count", "2", "--url", server.url()});
    CHECK(result.code == ExitCode::done);
    CHECK(result.out.find("order.paid") < result.out.find("order.sent"));
    CHECK(result.out.find("order.sent") != std::string::npos);
  }
  REQUIRE(requests.size() == 2);
  CHECK(requests[0].line() == "GET /v1/events/stream?type=order.%2A HTTP/1.1");
  CHECK_FALSE(requests[0].has("Last-Event-ID: 7"));
  CHECK(requests[1].has("Last-Event-ID: 7"));
}

TEST_CASE("a tail of the last events begins before them") {
  const ScriptedServer server([&](const Connection& connection, std::size_t number) {
    const Received request = connection.read();
    if (number == 0) {
      CHECK(request.line() == "GET /v1/events?order=newest&limit=1 HTTP/1.1");
      return connection.answer(200, page(paid, "7"));
    }
    CHECK(request.line() == "GET /v1/events/stream?after=6 HTTP/1.1");
    connection.begin_chunked(200);
    connection.chunk("id: 7\ndata: " + paid + "\n\n");
    connection.wait_for_end();
  });
  const ProgramRun result = run_program({"event", "tail", "--last", "1", "--count", "1", "--json", "--url", server.url()});
  CHECK(result.code == ExitCode::done);
  CHECK(result.out == paid + "\n");
}

TEST_CASE("a tail of a host that refuses it says why") {
  const ProgramRun result = run_against(501, R"({"code":"unsupported","detail":"events: wanted an event log","status":501})", {"event", "tail"});
  CHECK(result.code != ExitCode::done);
  CHECK(result.err.find("wanted an event log") != std::string::npos);
}

TEST_CASE("a replay waits until it is done, and tells how far it is") {
  const auto state = [](int position, const std::string& more) {
    return R"({"name":"r/p","generation":2,"position":)" + std::to_string(position) + more + "}";
  };
  const ScriptedServer server([&](const Connection& connection, std::size_t number) {
    connection.read();
    connection.answer(200, number < 2 ? state(static_cast<int>(number), R"(,"replay_up_to":9)") : state(9, ""));
  });
  const ProgramRun result = run_program({"event", "replay", "r/p", "--progress", "--url", server.url()});
  CHECK(result.code == ExitCode::done);
  CHECK(result.err.find("at position 0 of 9") != std::string::npos);
  CHECK(result.out.find("\"position\":9") != std::string::npos);
}

TEST_CASE("server-sent events are read however they are cut into pieces") {
  const std::string text = ": a comment\nid: 1\n\nid: 2\nevent: missed\ndata: one\ndata: two\n\ndata: three\r\n\r\n";
  for (const std::size_t piece : {1, 3, 100}) {
    EventStream stream;
    std::vector<std::string> seen;
    for (std::size_t at = 0; at < text.size(); at += piece)
      stream.take(std::string_view(text).substr(at, piece), [&](const EventStream::Message& message) {
        seen.push_back(message.id + " " + message.kind + " " + message.data);
        return true;
      });
    CHECK(seen == std::vector<std::string>{"2 missed one\ntwo", "2 message three"});
    CHECK(stream.last_id() == "2");
  }
}
