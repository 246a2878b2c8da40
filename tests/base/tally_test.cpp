#include "base/tally.hpp"

#include <memory>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using backplane::base::Tally;

TEST_CASE("a tally is what all threads added, those that have ended included") {
  Tally tally, other;
  tally.add();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int n = 0; n < 1000; ++n) tally.add();
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(tally.load() == 4001);
  CHECK(other.load() == 0);
}

TEST_CASE("a new tally begins at 0, whatever was counted in its place before") {
  for (int i = 0; i < 3; ++i) {
    Tally tally;
    CHECK(tally.load() == 0);
    tally.add();
    std::thread([&] { tally.add(); }).join();
    CHECK(tally.load() == 2);
  }
}

TEST_CASE("there may be more tallies than a thread has at hand at first") {
  std::vector<std::unique_ptr<Tally>> tallies;
  for (int i = 0; i < 1000; ++i) tallies.push_back(std::make_unique<Tally>());
  for (const auto& tally : tallies) tally->add();
  for (const auto& tally : tallies) CHECK(tally->load() == 1);
}
