// What the recorder keeps of the operations that pass it, and that a record comes back from its JSON as it was.
#include <nlohmann/json.hpp>

#include "operation/recorder.hpp"
#include "support/catch.hpp"

namespace backplane::tests {
namespace {

using namespace operation;

// Answers when it is told to, in any order.
class Answering final : public Operations {
 public:
  void submit(Request request, Done done) override { waiting_.push_back({std::move(request), std::move(done)}); }
  void answer(std::size_t which, base::Result<Answer> answer = Answer{.body = "{}"}) {
    waiting_.at(which).done(Outcome{"o1", std::move(answer), {}});
  }

 private:
  struct Waiting {
    Request request;
    Done done;
  };
  std::vector<Waiting> waiting_;
};

struct RecorderRig {
  base::ManualClock clock{base::UtcTime(std::chrono::seconds(1'700'000'000))};
  Answering answering;
  Recorder recorder{answering, clock, 100'000};
  std::size_t answered = 0;

  void submit(const std::string& id, const std::string& body = {}) {
    Request request{.action = model::Action::create, .caller = {"ann", "acme"}, .type = "note", .id = id, .body = body};
    recorder.submit(std::move(request), [this](const Outcome&) { ++answered; });
  }
  std::vector<std::string> ids(std::size_t most = 100) const {
    std::vector<std::string> ids;
    for (const auto& one : recorder.last(most)) ids.push_back(one->id);
    return ids;
  }
};

}  // namespace

TEST_CASE("a recorder keeps nothing until it is told how many") {
  RecorderRig rig;
  rig.submit("a");
  rig.answering.answer(0);
  CHECK(rig.answered == 1);
  CHECK(rig.ids().empty());
}

TEST_CASE("a recorder keeps the last operations in the order in which they began") {
  RecorderRig rig;
  rig.recorder.set_limit(3);
  for (const char* id : {"a", "b", "c", "d"}) rig.submit(id);
  for (const std::size_t which : {3, 1, 2}) rig.answering.answer(which);
  CHECK(rig.ids() == std::vector<std::string>{"b", "c", "d"});
  CHECK(rig.ids(2) == std::vector<std::string>{"c", "d"});
  rig.recorder.set_limit(1);
  CHECK(rig.ids() == std::vector<std::string>{"d"});
  rig.recorder.set_limit(0);
  CHECK(rig.ids().empty());
}

TEST_CASE("a recorder forgets the oldest when their bytes are too many") {
  RecorderRig rig;
  rig.recorder.set_limit(1000);
  for (std::size_t i = 0; i < 9; ++i) {
    rig.submit(std::to_string(i), std::string(15'000, 'x'));
    rig.answering.answer(i);
  }
  CHECK(rig.ids() == std::vector<std::string>{"3", "4", "5", "6", "7", "8"});
}

TEST_CASE("a recorder leaves out dry runs and repeats") {
  RecorderRig rig;
  rig.recorder.set_limit(10);
  rig.recorder.submit({.action = model::Action::create, .caller = {}, .type = "note", .mode = Mode::dry_run},
                      [](const Outcome&) {});
  rig.answering.answer(0);
  rig.submit("repeated");
  rig.answering.answer(1, Answer{.replayed = true});
  CHECK(rig.ids().empty());
}

TEST_CASE("a record has the id that the host gave, and what was answered") {
  RecorderRig rig;
  rig.recorder.set_limit(10);
  rig.submit("");
  rig.answering.answer(0, Answer{.body = R"({"id":"new"})", .id = "new"});
  rig.submit("b");
  rig.answering.answer(1, base::Error{base::Code::rejected, "too short", "title", {}, "title-check"});
  const auto records = rig.recorder.last(10);
  REQUIRE(records.size() == 2);
  CHECK(records[0]->id == "new");
  CHECK(records[0]->answer.value() == R"({"id":"new"})");
  CHECK(records[1]->answer.error().reason == "title");
}

TEST_CASE("a record comes back from its JSON") {
  Recorded recorded{.request = {.action = model::Action::patch,
                                .caller = {"ann", "acme"},
                                .type = "note",
                                .id = "n1",
                                .body = "no JSON",
                                .patch_format = PatchFormat::merge_patch,
                                .status = model::Status::draft,
                                .expected = model::Version{3, 1},
                                .revision = 7,
                                .query = "limit=2",
                                .deleted = store::Deleted::include,
                                .correlation_id = "c1"},
                    .time = base::UtcTime(std::chrono::microseconds(1'700'000'000'000'001)),
                    .id = "n1",
                    .answer = base::Error{base::Code::conflict, "taken", "why", {}, "p"}};
  const base::Json json = to_json(recorded);
  const auto back = recorded_from(json);
  REQUIRE(back);
  CHECK(to_json(*back) == json);
  CHECK(back->request.expected == recorded.request.expected);
  CHECK(back->answer.error() == recorded.answer.error());
  for (const char* member : {"time", "action", "error"}) {
    base::Json broken = json;
    broken[member] = 3;
    CAPTURE(member);
    CHECK_FALSE((recorded_from(broken) && recorded_from(broken)->answer.error().code != base::Code::invalid_argument));
  }
  CHECK_FALSE(recorded_from("text"));
}

}  // namespace backplane::tests
