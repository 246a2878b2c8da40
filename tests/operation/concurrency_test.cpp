// Many writers at once: nobody overwrites what he has not seen.
#include <atomic>
#include <set>
#include <thread>

#include "operation/rig.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using base::Code;
using model::Action;

namespace {

// Runs `work(index)` on each of so many threads.
template <class F>
void on_threads(int count, F work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) threads.emplace_back([&work, i] { work(i); });
  for (auto& thread : threads) thread.join();
}

}  // namespace

TEST_CASE("of 8 writers with 1,000 conditional updates each, as many are acknowledged as there are new revisions") {
  Rig rig;
  REQUIRE(rig.create("n1", R"({"title":"start"})").answer);
  std::atomic<std::uint64_t> acknowledged{0};
  std::atomic<int> surprises{0};
  std::mutex mutex;
  std::set<std::uint64_t> revisions;
  on_threads(8, [&](int writer) {
    model::Version seen{1, 0};
    for (int i = 0; i < 1000; ++i) {
      operation::Request update = request(Action::update, "n1", "{\"title\":\"" + std::to_string(writer) + "-" + std::to_string(i) + "\"}");
      update.expected = seen;
      const operation::Outcome outcome = rig.run(update);
      if (outcome.answer) {
        ++acknowledged;
        seen = *outcome.answer->version;
        const std::lock_guard lock(mutex);
        revisions.insert(seen.revision);
      } else {
        if (outcome.answer.error().code != Code::precondition_failed) ++surprises;
        seen = *rig.get("n1").answer->version;
      }
    }
  });
  CHECK(surprises == 0);
  CHECK(acknowledged >= 1000);
  CHECK(revisions.size() == acknowledged);
  CHECK(rig.get("n1").answer->version->revision == acknowledged + 1);
}

TEST_CASE("concurrent patches of different members are all kept") {
  Rig rig;
  REQUIRE(rig.create("n1", "{}").answer);
  on_threads(8, [&](int writer) {
    for (int i = 0; i < 20; ++i) {
      operation::Request patch = request(Action::patch, "n1", "{\"m" + std::to_string(writer) + "-" + std::to_string(i) + "\":true}");
      patch.patch_format = operation::PatchFormat::merge_patch;
      if (!rig.run(patch).answer) std::abort();
    }
  });
  CHECK(body_of(rig.get("n1"))["data"].size() == 160);
}

TEST_CASE("where handlers decide upon patches, a patch is applied to what they saw or refused as a conflict") {
  Rig rig;
  rig.load({{.fixture = "scripted"}});
  REQUIRE(rig.create("n1", "{}").answer);
  std::atomic<std::size_t> kept{0};
  on_threads(8, [&](int writer) {
    for (int i = 0; i < 20; ++i) {
      operation::Request patch = request(Action::patch, "n1", "{\"m" + std::to_string(writer) + "-" + std::to_string(i) + "\":true}");
      patch.patch_format = operation::PatchFormat::merge_patch;
      const auto outcome = rig.run(patch);
      if (outcome.answer) ++kept;
      else if (outcome.answer.error().code != Code::conflict) std::abort();
    }
  });
  CHECK(kept > 0);
  CHECK(body_of(rig.get("n1"))["data"].size() == kept);
}

TEST_CASE("where handlers decide upon updates, what they saw as the previous document still is at the commit") {
  Rig rig;
  rig.load({{.fixture = "scripted"}});
  REQUIRE(rig.create("n1", "{}").answer);
  std::atomic<std::uint64_t> kept{0};
  on_threads(8, [&](int writer) {
    for (int i = 0; i < 20; ++i) {
      const auto outcome = rig.update("n1", "{\"m\":\"" + std::to_string(writer) + "-" + std::to_string(i) + "\"}");
      if (outcome.answer) ++kept;
      else if (outcome.answer.error().code != Code::conflict) std::abort();
    }
  });
  CHECK(rig.get("n1").answer->version->revision == kept + 1);
}

TEST_CASE("of many creates with one id one wins") {
  Rig rig;
  std::atomic<int> won{0};
  on_threads(8, [&](int) {
    if (rig.create("n1", "{}").answer) ++won;
  });
  CHECK(won == 1);
}

TEST_CASE("of many requests with one idempotency key one is done") {
  Rig rig;
  on_threads(8, [&](int) {
    operation::Request create = request(Action::create, "", R"({"title":"once"})");
    create.idempotency_key = "k";
    const auto outcome = rig.run(create);
    if (!outcome.answer && outcome.answer.error().code != Code::conflict) std::abort();
  });
  CHECK(body_of(rig.act(Action::search, ""))["items"].size() == 1);
}
