// More operations than there are threads for: those that were taken are finished, those beyond the limit are turned away.
#include <algorithm>
#include <future>

#include "operation/rig.hpp"
#include "support/catch.hpp"
#include "support/gate.hpp"

using namespace backplane;
using namespace backplane::tests;
using namespace std::chrono_literals;
using base::Code;
using model::Action;

namespace {

constexpr std::size_t most_waiting = 3;

// One thread, which a handler before the create of a note holds up until the gate opens; and as many searches as may wait for it.
class Overload {
 public:
  Overload() {
    rig_.load({{.fixture = "nests", .config = rig_.recording(gate_.member()), .adjust = [](manifest::PluginSettings& entry) {
                  entry.grants.resources["task"] = {Action::create};
                }}});
    held_up_ = submit(request(Action::create, "n1", "{}"));
    REQUIRE(eventually([&] { return has_recorded("waiting"); }));
    for (std::size_t i = 0; i < most_waiting; ++i) waiting_.push_back(submit(request(Action::search)));
  }

  std::future<operation::Outcome> submit(operation::Request request) {
    const auto promise = std::make_shared<std::promise<operation::Outcome>>();
    rig_.conductor().submit(std::move(request), [promise](operation::Outcome outcome) { promise->set_value(std::move(outcome)); });
    return promise->get_future();
  }

  bool has_recorded(const std::string& line) const {
    const auto lines = rig_.recorded();
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  }

  static operation::Outcome outcome_of(std::future<operation::Outcome>& future) {
    REQUIRE(future.wait_for(20s) == std::future_status::ready);
    return future.get();
  }

  // Lets the handler go on, and returns how many of the operations that were taken succeeded.
  std::size_t finish() {
    gate_.open();
    std::size_t succeeded = outcome_of(held_up_).answer ? 1 : 0;
    for (auto& waiting : waiting_) succeeded += outcome_of(waiting).answer ? 1 : 0;
    return succeeded;
  }

  Rig& rig() { return rig_; }

 private:
  Rig rig_{[](manifest::OperationSettings& settings) {
    settings.budget = settings.deadline = 10min;
    settings.workers = settings.max_workers = 1;
    settings.max_waiting = most_waiting;
  }};
  Gate gate_{rig_.directory() / "gate"};
  std::future<operation::Outcome> held_up_;
  std::vector<std::future<operation::Outcome>> waiting_;
};

}  // namespace

TEST_CASE("an operation beyond those that may wait for a thread is turned away at once, and those that wait are finished") {
  Overload overload;
  auto beyond = overload.submit(request(Action::search));
  REQUIRE(beyond.wait_for(0s) == std::future_status::ready);
  const base::Error error = error_of(beyond.get());
  CHECK(error.code == Code::unavailable);
  CHECK(error.message == "the host is overloaded: wanted at most 3 operations that wait for a thread (operations.max_waiting), found more");
  CHECK(overload.rig().conductor().waiting() == most_waiting);
  CHECK(overload.rig().conductor().turned_away() == 1);
  CHECK(overload.finish() == 1 + most_waiting);
}

TEST_CASE("a host that has caught up takes operations again") {
  Overload overload;
  CHECK(error_of(overload.rig().act(Action::search, "")).code == Code::unavailable);
  CHECK(overload.finish() == 1 + most_waiting);
  CHECK(body_of(overload.rig().act(Action::search, ""))["items"].size() == 1);
  CHECK(overload.rig().conductor().waiting() == 0);
}

TEST_CASE("the operation of a handler is taken however many wait for a thread") {
  Overload overload;
  CHECK(error_of(overload.rig().act(Action::search, "")).code == Code::unavailable);
  CHECK(overload.finish() == 1 + most_waiting);
  CHECK(overload.has_recorded("nested 0"));
}

TEST_CASE("a get that needs no thread is answered however many wait for one") {
  Overload overload;
  CHECK(error_of(overload.rig().get("n1")).code == Code::not_found);
  CHECK(overload.finish() == 1 + most_waiting);
}
