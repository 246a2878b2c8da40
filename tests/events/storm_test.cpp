// Many at once, and handlers that set off more: publishing to the limit of depth, one id from many threads, subscribing too late.
#include <algorithm>
#include <thread>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

std::size_t times_of(const Lines& lines, const std::string& wanted) {
  return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), wanted));
}

const std::string too_deep = "published " + std::to_string(static_cast<int>(base::Code::depth_exceeded));

template <class F>
void on_threads(int threads, const F& act) {
  std::vector<std::thread> all;
  for (int i = 0; i < threads; ++i) all.emplace_back([&act, i] { act(i); });
  for (std::thread& one : all) one.join();
}

}  // namespace

TEST_CASE("an event that sets itself off ends at the limit of depth, in every mode of delivery") {
  for (const char* mode : {"sync", "background", "durable"}) {
    CAPTURE(mode);
    Rig rig;
    rig.load({subscriber(rig, {subscription("a", "nested.>", mode, R"("do":"publish")")})});
    REQUIRE(publish(rig, event("nested.1")));
    REQUIRE(eventually([&] { return rig.recorded().size() == 2 * 17; }));
    const Lines lines = rig.recorded();
    CHECK(times_of(lines, "a nested.17  1") == 1);
    CHECK(times_of(lines, "a nested.18  1") == 0);
    CHECK(times_of(lines, too_deep) == 1);
    CHECK(times_of(lines, "published 0") == 16);
  }
}

TEST_CASE("two subscribers that set off each other's events end at the limit of depth as well") {
  Rig rig({}, {.max_depth = 6});
  rig.load({subscriber(rig, {subscription("a", "nested.>", "sync", R"("do":"publish")"), subscription("b", "nested.>", "sync", R"("do":"publish")")})});
  REQUIRE(publish(rig, event("nested.1")));
  // Each event sets off two: 1 + 2 + ... + 64, and those of the last level are too deep.
  const Lines lines = rig.recorded();
  CHECK(times_of(lines, "published 0") == 2 + 4 + 8 + 16 + 32 + 64);
  CHECK(times_of(lines, too_deep) == 128);
  CHECK(rig.store().events().last_position() == 127);
}

TEST_CASE("publishers on many threads, whose subscribers publish too: each event once, each in the log") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "go", "sync", R"("do":"publish")"), subscription("b", "go", "background", R"("do":"publish")"),
                             subscription("c", "go", "durable", R"("do":"publish")"), subscription("d", "nested.*", "durable")})});
  std::atomic<int> failed{0};
  on_threads(16, [&](int) {
    for (int i = 0; i < 20; ++i) failed += publish(rig, event("go")) ? 0 : 1;
  });
  CHECK(failed == 0);
  CHECK(eventually([&] { return times_of(rig.recorded(), "d nested.1  1") == 3 * 320; }));
  const Lines lines = rig.recorded();
  for (const char* name : {"a", "b", "c"}) CHECK(times_of(lines, std::string(name) + " go  1") == 320);
  CHECK(rig.store().events().last_position() == 4 * 320);
}

TEST_CASE("one id published from 32 threads is one row and one delivery, and all get its position") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync"), subscription("b", "*", "background"), subscription("c", "*", "durable")})});
  REQUIRE(publish(rig, event("first")));
  const model::Event one = event("same", "x");
  std::atomic<int> fresh{0};
  std::atomic<int> elsewhere{0};
  on_threads(32, [&](int) {
    for (int i = 0; i < 4; ++i) {
      const auto published = publish(rig, one, plugin::Promise::durable);
      fresh += published && !published->known ? 1 : 0;
      elsewhere += published && published->position == 2 ? 0 : 1;
    }
  });
  CHECK(fresh == 1);
  CHECK(elsewhere == 0);
  CHECK(rig.store().events().last_position() == 2);
  // What comes after it has come to all of them.
  REQUIRE(publish(rig, event("last", "x")));
  REQUIRE(eventually([&] { return times_of(rig.recorded(), "b last x 1") + times_of(rig.recorded(), "c last x 1") == 2; }));
  const Lines lines = rig.recorded();
  for (const char* name : {"a", "b", "c"}) CHECK(times_of(lines, std::string(name) + " same x 1") == 1);
}

TEST_CASE("a handler may not subscribe: that is refused, and changes nothing") {
  Rig rig;
  rig.load({subscriber(rig, {subscription("a", "*", "sync", R"("do":"subscribe")"), subscription("b", "*", "background", R"("do":"subscribe")")})});
  std::atomic<int> failed{0};
  on_threads(8, [&](int) {
    for (int i = 0; i < 10; ++i) failed += publish(rig, event("one")) ? 0 : 1;
  });
  CHECK(failed == 0);
  const std::string refused = "subscribed " + std::to_string(static_cast<int>(base::Code::unsupported));
  REQUIRE(eventually([&] { return times_of(rig.recorded(), refused) == 160; }));
  CHECK(rig.recorded().size() == 320);
  CHECK(rig.registry().instances().front()->subscriptions().size() == 2);
}
