#include <filesystem>

#include "app/dump_frames.hpp"
#include "app/place.hpp"
#include "app/program_run.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::test;
using app::ExitCode;
using Connection = ScriptedServer::Connection;

namespace {

// The checksums were made by another implementation of CRC-32C.
const std::string head = "93274a7b {\"backplane_dump\":1,\"time\":\"2026-01-01T00:00:00.000000Z\",\"tenant\":\"\",\"types\":[\"note\"]}\n";
const std::string resource_a = "c5728261 {\"resource\":{\"type\":\"note\",\"id\":\"a\"},\"revisions\":[{\"revision\":1,\"data\":{}}]}\n";
const std::string resource_b = "76738823 {\"resource\":{\"type\":\"note\",\"id\":\"b\"},\"revisions\":[{\"revision\":1,\"data\":{}}]}\n";
const std::string last = "d7793b35 {\"end\":{\"resources\":2,\"revisions\":2}}\n";
const std::string whole = head + resource_a + resource_b + last;

// A host that answers a dump with these chunks; without `ends` it then cuts the connection.
ScriptedServer dumping(std::vector<std::string> chunks, bool ends) {
  return ScriptedServer([chunks = std::move(chunks), ends](const Connection& connection, std::size_t) {
    connection.read();
    connection.begin_chunked(200);
    for (const auto& chunk : chunks) connection.chunk(chunk);
    if (ends) connection.chunk("");
  });
}

base::Result<void> take_all(app::DumpFrames& frames, const std::string& bytes, std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) BACKPLANE_CHECK(frames.take(std::string_view(bytes).substr(at, piece)));
  return frames.finish();
}

}  // namespace

TEST_CASE("a whole dump is recognised however it is cut into pieces") {
  for (const std::size_t piece : {1, 7, 100, 1000}) {
    app::DumpFrames frames;
    CHECK(take_all(frames, whole, piece));
    CHECK(frames.resources() == 2);
    CHECK(frames.last_resource() == "note/b");
  }
}

TEST_CASE("a dump with a changed bit, a missing frame or something after its end is not whole") {
  std::string changed = whole;
  changed[head.size() + 30] ^= 1;
  for (const auto& [bytes, code] : {std::pair{changed, base::Code::storage}, {head + resource_a + last, base::Code::unavailable},
                                    {head + resource_a, base::Code::unavailable}, {whole + resource_a, base::Code::storage},
                                    {std::string(), base::Code::unavailable}, {std::string("no dump\n"), base::Code::storage}}) {
    app::DumpFrames frames;
    const auto result = take_all(frames, bytes, 50);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == code);
  }
}

TEST_CASE("a dump goes to standard output or to a file") {
  const auto server = dumping({head + resource_a, resource_b, last}, true);
  CHECK(run_program({"dump", "--url", server.url()}).out == whole);

  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string file = folder->path() / "all.dump";
  const auto result = run_program({"dump", "-o", file, "--url", server.url()});
  CHECK(result.code == ExitCode::done);
  CHECK(result.out == "2 resources in " + file + "\n");
  CHECK(result.err.empty());
  CHECK(text_of(file) == whole);
  CHECK_FALSE(std::filesystem::exists(file + ".part"));
}

TEST_CASE("a dump's types and where to go on are its query") {
  std::vector<Received> requests;
  {
    const auto server = ScriptedServer::answering({{200, whole}}, requests);
    CHECK(run_program({"dump", "--type", "note", "--type", "tag", "--after", "note/a", "--url", server.url()}).code == ExitCode::done);
  }
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].line() == "GET /v1/dump?type=note&type=tag&after=note%2Fa HTTP/1.1");
}

TEST_CASE("a dump that is cut fails, leaves no file and says how to get the rest") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string file = folder->path() / "all.dump";
  const bool ends = GENERATE(true, false);  // by the host, or by the network
  const auto server = dumping({head, resource_a, resource_b.substr(0, 20)}, ends);
  const auto result = run_program({"dump", "-o", file, "--url", server.url()});
  CHECK(result.code == ExitCode::unreachable);
  INFO(result.err);
  CHECK(result.err.find(ends ? "without its last frame" : "cut before the answer was whole") != std::string::npos);
  CHECK(result.err.find("for the rest: backplane dump --after note/a") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(file));
  CHECK(text_of(file + ".part") == head + resource_a + resource_b.substr(0, 20));
}

TEST_CASE("a dump into a folder that is not there fails and says so") {
  const auto server = dumping({whole}, true);
  const auto result = run_program({"dump", "-o", "/nonexistent/all.dump", "--url", server.url()});
  CHECK(result.code == ExitCode::failed);
  CHECK(result.err.find("cannot write /nonexistent/all.dump.part: No such file or directory") != std::string::npos);
}

TEST_CASE("progress is told on a terminal, on request, and not with --json") {
  const auto server = dumping({head + resource_a, resource_b, last}, true);
  const std::vector<std::string> dump{"dump", "--url", server.url()};
  CHECK(run_program(dump, "", {false, true}).err.starts_with("\r1 resources, "));
  CHECK(run_program(dump).err.empty());
  CHECK(run_program({"dump", "--url", server.url(), "--json"}, "", {false, true}).err.empty());
  CHECK(run_program({"dump", "--url", server.url(), "--progress"}).err.starts_with("1 resources, "));
}

TEST_CASE("a load streams the file and tells the totals") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string file = folder->path() / "all.dump";
  const std::string large = whole + std::string(300'000, 'x');
  write_text(file, large);
  const std::string totals = R"({"resources":2,"revisions":2,"loaded":1,"skipped":1})";
  const auto requests = requests_of({"load", file, "--on-conflict", "skip", "--skip", "1"}, "", {{200, totals}});
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].line() == "POST /v1/load?on_conflict=skip&skip=1 HTTP/1.1");
  CHECK(requests[0].has("Content-Type: application/vnd.backplane.dump"));
  CHECK(requests[0].body == large);
  CHECK(run_against(200, totals, {"load", file}).out == totals + "\n");
  CHECK(run_against(200, totals, {"load", file}, {true, false}).out == "1 of 2 resources loaded, 1 skipped\n");
}

TEST_CASE("a load takes standard input") {
  const auto requests = requests_of({"load", "-"}, whole);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].body == whole);
}

TEST_CASE("a load that the host ends says how to go on") {
  const auto folder = app::TemporaryFolder::make();
  REQUIRE(folder);
  const std::string file = folder->path() / "all.dump";
  write_text(file, whole);
  const auto result = run_against(409, R"({"status":409,"detail":"note/b exists","code":"already_exists","totals":{"resources":1,"loaded":1}})",
                                  {"load", file});
  CHECK(result.code == ExitCode::conflict);
  CHECK(result.err == "backplane: already_exists: note/b exists; 1 resources of the dump are done; to go on: backplane load " + file + " --skip 1\n");
}

TEST_CASE("a load whose connection is cut says how to go on") {
  const ScriptedServer server([](const Connection& connection, std::size_t) { connection.read_head(); });
  const auto result = run_program({"load", "-", "--url", server.url()}, whole);
  CHECK(result.code == ExitCode::unreachable);
  CHECK(result.err.find("to go on: backplane load - --on-conflict skip") != std::string::npos);
}

TEST_CASE("a load that never reaches the host, or has no file, says just that") {
  const std::string url = "http://127.0.0.1:" + std::to_string(closed_port());
  const auto refused = run_program({"load", "-", "--url", url}, whole);
  CHECK(refused.code == ExitCode::unreachable);
  CHECK(refused.err.find("to go on") == std::string::npos);
  CHECK(run_program({"load", "/nonexistent"}).err == "backplane: invalid_argument: cannot read /nonexistent: No such file or directory\n");
  CHECK(run_program({"load", "/tmp"}).err == "backplane: invalid_argument: cannot read /tmp: Is a directory\n");
}
