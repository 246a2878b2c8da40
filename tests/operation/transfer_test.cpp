// Dump and load: what comes out goes in, and what is damaged does not.
#include "operation/frame.hpp"
#include "operation/rig.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using base::Code;
using model::Action;

namespace {

std::string dump_of(Rig& rig, operation::DumpRequest wanted = {}) {
  std::string stream;
  wanted.caller.actor = "ann";
  const auto totals = rig.transfers().dump(wanted, [&](std::string_view bytes) {
    stream += bytes;
    return true;
  });
  if (!totals) FAIL(totals.error().message);
  return stream;
}

operation::LoadOutcome load_into(Rig& rig, const std::string& stream, store::OnConflict on_conflict = store::OnConflict::fail,
                                 std::uint64_t skip = 0) {
  bool given = false;
  operation::LoadRequest wanted{{"loader", {}}, on_conflict, skip};
  return rig.transfers().load(
      wanted,
      [&]() -> base::Result<std::optional<std::string>> {
        if (std::exchange(given, true)) return std::optional<std::string>();
        return std::optional(stream);
      },
      [](const operation::TransferTotals&) {});
}

}  // namespace

TEST_CASE("what was dumped and loaded is dumped again byte for byte, history and deletion included") {
  Rig rig;
  REQUIRE(rig.create("a", R"({"title":"one","weight":1.50e2})").answer);
  REQUIRE(rig.update("a", R"({"title":"two"})").answer);
  REQUIRE(rig.create("b", R"({"z":1,"a":[1,{"q":"}"}]})").answer);
  REQUIRE(rig.act(Action::remove, "b").answer);
  const std::string first = dump_of(rig);
  Rig other;
  const auto outcome = load_into(other, first);
  CHECK_FALSE(outcome.error);
  CHECK(outcome.totals.loaded == 2);
  const std::string second = dump_of(other);
  CHECK(second.substr(second.find('\n')) == first.substr(first.find('\n')));
}

TEST_CASE("a resource that is there already fails the load, is skipped or is overwritten, as asked") {
  Rig rig;
  REQUIRE(rig.create("a", R"({"title":"theirs"})").answer);
  const std::string stream = dump_of(rig);
  Rig other;
  REQUIRE(other.create("a", R"({"title":"ours"})").answer);
  const auto failed = load_into(other, stream);
  REQUIRE(failed.error);
  CHECK(failed.error->code == Code::already_exists);
  CHECK(failed.totals.resources == 0);
  CHECK(load_into(other, stream, store::OnConflict::skip).totals.skipped == 1);
  CHECK(body_of(other.get("a"))["data"]["title"] == "ours");
  CHECK(load_into(other, stream, store::OnConflict::overwrite).totals.loaded == 1);
  CHECK(body_of(other.get("a"))["data"]["title"] == "theirs");
}

TEST_CASE("a stream that is damaged, cut off or no dump is refused with the place") {
  Rig rig;
  REQUIRE(rig.create("a", R"({"title":"one"})").answer);
  const std::string stream = dump_of(rig);
  Rig other;
  std::string damaged = stream;
  damaged[damaged.find("one")] = 'O';
  auto outcome = load_into(other, damaged);
  REQUIRE(outcome.error);
  CHECK(outcome.error->message.find("checksum") != std::string::npos);
  const std::string cut = stream.substr(0, stream.rfind('\n', stream.size() - 2) + 1);
  outcome = load_into(other, cut);
  REQUIRE(outcome.error);
  CHECK(outcome.error->message.find("not whole") != std::string::npos);
  const std::string escaped = stream.substr(0, stream.find('\n') + 1) +
                              operation::frame_of(R"({"resource":{"type":"note","id":"a","deleted":false,"created_at":"2026-01-01T00:00:00Z",)"
                                                  R"("created_by":"x","updated_at":"2026-01-01T00:00:00Z","updated_by":"x"},)"
                                                  R"("\u0072evisions":[{"revision":1}]})");
  CHECK(load_into(other, escaped).error);
  CHECK(load_into(other, "").error);
  CHECK(load_into(other, "hello\n").error);
  CHECK(load_into(other, operation::frame_of(R"({"backplane_dump":2})")).error->code == Code::unsupported);
}

TEST_CASE("a dump can be resumed after a resource, and a load after so many") {
  Rig rig;
  for (const char* id : {"a", "b", "c"}) REQUIRE(rig.create(id, "{}").answer);
  operation::DumpRequest rest;
  rest.after_type = "note";
  rest.after_id = "b";
  const std::string tail = dump_of(rig, rest);
  CHECK(tail.find("\"id\":\"c\"") != std::string::npos);
  CHECK(tail.find("\"id\":\"b\"") == std::string::npos);
  Rig other;
  const auto outcome = load_into(other, dump_of(rig), store::OnConflict::fail, 2);
  CHECK(outcome.totals.resources == 3);
  CHECK(outcome.totals.loaded == 1);
  CHECK(error_of(other.get("a")).code == Code::not_found);
}

TEST_CASE("dump fires its hooks once a type, load once a resource, and a rejection ends it") {
  Rig rig;
  rig.load({{.fixture = "good", .config = rig.recording()}});
  REQUIRE(rig.create("a", "{}").answer);
  const std::string stream = dump_of(rig);
  CHECK(rig.recorded().back() == "handle after dump task ");
  Rig other;
  other.load({{.fixture = "good", .config = other.recording()}});
  CHECK_FALSE(load_into(other, stream).error);
  CHECK(other.recorded().back() == "handle after load note a");
}
