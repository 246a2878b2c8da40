// Ten subscribers in plugins of their own, one that fails, one that hangs and one that is slow: the other seven are given everything, in
// order, and what waits for the three stays within its bounds.
#include <algorithm>
#include <map>

#include "events/subscribed.hpp"
#include "support/catch.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using Lines = std::vector<std::string>;

namespace {

constexpr int events_published = 600;
constexpr int keys = 4;
constexpr std::size_t most_waiting = 32;

events::BusLimits narrow() {
  events::BusLimits limits;
  limits.background = {.most_waiting = most_waiting, .most_bytes = 1 << 20, .most_busy = 2};
  limits.durable.most_busy = 2;
  limits.durable.most_read = most_waiting;
  return limits;
}

// s0 to s9: s3 fails, s5 hangs until the gate opens, s7 is slow.
std::vector<Plug> ten(const Rig& rig, const std::string& mode, const Gate& gate) {
  std::vector<Plug> plugs;
  for (int i = 0; i < 10; ++i) {
    const std::string what = i == 3 ? "fault" : i == 5 ? "block" : i == 7 ? "slow" : "";
    const std::string name = "s" + std::to_string(i);
    Plug plug = subscriber(rig, {subscription(name, "*", mode, R"("do":")" + what + "\"")}, name, gate.member());
    const auto adjust = plug.adjust;
    plug.adjust = [adjust, i](manifest::PluginSettings& entry) {
      adjust(entry);
      if (i == 5) entry.deadline = 30ms;
    };
    plugs.push_back(std::move(plug));
  }
  return plugs;
}

bool is_good(int subscriber) { return subscriber != 3 && subscriber != 5 && subscriber != 7; }

// The types given to a subscriber, by key.
std::map<std::string, Lines> given_by_key(const Lines& lines, const std::string& name) {
  std::map<std::string, Lines> given;
  for (const std::string& line : lines) {
    std::istringstream words(line);
    std::string who, type, key;
    words >> who >> type >> key;
    // The host says meanwhile that one is quarantined.
    if (who == name && !type.starts_with("plugin.")) given[key].push_back(type);
  }
  return given;
}

std::map<std::string, Lines> all_events() {
  std::map<std::string, Lines> all;
  for (int i = 0; i < events_published; ++i) all["k" + std::to_string(i % keys)].push_back("n" + std::to_string(i));
  return all;
}

bool good_ones_have_all(const Rig& rig) {
  const Lines lines = rig.recorded();
  if (lines.size() < 7u * events_published) return false;
  for (int i = 0; i < 10; ++i) {
    std::size_t given = 0;
    for (const auto& [key, types] : given_by_key(lines, "s" + std::to_string(i))) given += types.size();
    if (is_good(i) && given < events_published) return false;
  }
  return true;
}

// Publishes all of them; the most that waited for one subscriber meanwhile.
template <class F>
std::size_t publish_all(Rig& rig, const F& waiting) {
  std::size_t most = 0;
  for (int i = 0; i < events_published; ++i) {
    REQUIRE(publish(rig, event("n" + std::to_string(i), "k" + std::to_string(i % keys)), plugin::Promise::durable));
    most = std::max<std::size_t>(most, waiting());
  }
  return most;
}

// Of the threads that hung in s5.
bool nobody_is_inside(Rig& rig) { return rig.registry().instances().at(5)->stuck_threads() == 0; }

void check_good_ones(const Rig& rig) {
  REQUIRE(eventually([&] { return good_ones_have_all(rig); }));
  const Lines lines = rig.recorded();
  for (int i = 0; i < 10; ++i)
    if (is_good(i)) CHECK(given_by_key(lines, "s" + std::to_string(i)) == all_events());
}

}  // namespace

TEST_CASE("of ten background subscribers seven are given all in order, beside one that fails, one that hangs and one that is slow") {
  Rig rig({}, narrow());
  const Gate gate(rig.directory() / "gate");
  rig.load(ten(rig, "background", gate));
  const std::size_t most = publish_all(rig, [&] {
    std::uint64_t waiting = 0;
    for (const auto& one : rig.bus().background().figures()) waiting = std::max(waiting, one.waiting);
    return waiting;
  });
  check_good_ones(rig);
  CHECK(most <= most_waiting + 2);
  // The slow one comes to it all, from the log.
  CHECK(gate.open_until([&] { return given_by_key(rig.recorded(), "s7") == all_events(); }));
  CHECK(gate.open_until([&] {
    rig.registry().instances().at(5)->breaker.close();  // as an operator does
    return rig.bus().background().figures().at(5).waiting == 0 && nobody_is_inside(rig);
  }));
}

TEST_CASE("of ten durable subscribers seven are given all in order, beside one that fails, one that hangs and one that is slow") {
  Rig rig({}, narrow());
  const Gate gate(rig.directory() / "gate");
  rig.load(ten(rig, "durable", gate));
  const std::size_t most = publish_all(rig, [&] {
    std::uint64_t put_off = 0;
    for (const auto& one : rig.bus().durable().figures()) put_off = std::max(put_off, one.waiting + one.busy);
    return put_off;
  });
  check_good_ones(rig);
  // Of those that fail one of each key waits, and what comes after it is parked, in the store.
  CHECK(most <= keys + 2);
  CHECK(gate.open_until([&] { return given_by_key(rig.recorded(), "s7") == all_events(); }));
  CHECK(gate.open_until([&] { return nobody_is_inside(rig); }));
  const auto dead = rig.store().deliveries().dead_letters({});
  REQUIRE(dead);
  CHECK(dead->empty());
}
