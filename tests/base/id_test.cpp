#include "base/id.hpp"

#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace backplane::base;
using namespace std::chrono_literals;

TEST_CASE("an id is a UUID of version 7 that holds its time") {
  const std::string id = new_uuid(UtcTime(std::chrono::milliseconds(0x7fff12345678)));
  REQUIRE(id.size() == 36);
  CHECK(id.substr(0, 14) == "7fff1234-5678-");
  for (std::size_t i = 0; i < id.size(); ++i) {
    INFO(id << " at " << i);
    if (i == 8 || i == 13 || i == 18 || i == 23) CHECK(id[i] == '-');
    else CHECK(std::string_view("0123456789abcdef").find(id[i]) != std::string_view::npos);
  }
  CHECK(id[14] == '7');
  CHECK(std::string_view("89ab").find(id[19]) != std::string_view::npos);
}

TEST_CASE("the ids of one thread rise, within a millisecond and when the clock goes back") {
  std::string last;
  for (int i = 0; i < 20'000; ++i) {
    const UtcTime time = UtcTime(1'000'000s) + std::chrono::milliseconds(i / 5000) - (i % 7 == 0 ? 50ms : 0ms);
    std::string id = new_uuid(time);
    REQUIRE(id > last);
    last = std::move(id);
  }
}

TEST_CASE("ids of several threads are different") {
  std::vector<std::vector<std::string>> made(4);
  std::vector<std::thread> threads;
  for (auto& mine : made)
    threads.emplace_back([&mine] {
      for (int i = 0; i < 5000; ++i) mine.push_back(new_uuid(UtcTime(2'000'000s)));
    });
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> all;
  for (const auto& mine : made) all.insert(mine.begin(), mine.end());
  CHECK(all.size() == made.size() * 5000);
}
