// The child that sqlite_kill_test kills: writes units of three resources and two events until then, beside them the progress of
// a subscription, and reports all that was acknowledged as lines on standard output: "<unit>" and "floor <number>".
//
//   store_kill_writer <database> <round>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "store/open.hpp"

using namespace backplane;

namespace {

constexpr const char* subscription = "p/s";

model::Event event_of(const std::string& id) {
  model::Event event;
  event.id = id;
  event.type = "note.written";
  event.payload = model::Document::trusted(R"({"text":")" + std::string(100, 'y') + "\"}");
  return event;
}

store::UnitOfWork three_of(const std::string& name) {
  store::UnitOfWork unit{"ann", base::SystemClock().now(), {}};
  unit.events = {event_of(name + "-0"), event_of(name + "-1")};
  for (const char* const part : {"-0", "-1", "-2"})
    unit.writes.emplace_back(store::Create{{"", "note", name + part}, model::Status::stable,
                                           model::Document::trusted('"' + std::string(200, 'x') + '"')});
  return unit;
}

void report(const std::string& line) {
  if (write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(3);
}

// Calls `give` with what is to be called when its work is acknowledged, and waits for that.
template <class F>
void wait_for(F give) {
  std::atomic<bool> answered = false;
  give([&] {
    answered = true;
    answered.notify_one();
  });
  answered.wait(false);
}

void write_on(store::Store& store, const std::string& prefix) {
  for (int i = 0;; ++i) {
    const std::string name = prefix + std::to_string(i);
    wait_for([&](auto answered) {
      store.commit(three_of(name), [&name, answered](const store::CommitResult& result) {
        if (result) report(name + "\n");
        answered();
      });
    });
  }
}

void deliver_on(store::Store& store, std::uint64_t floor) {
  for (;; ++floor)
    wait_for([&](auto answered) {
      store::Delivery last{floor + 1, store::DeliveryState::waiting};
      store.deliveries().keep({subscription, 1, floor, {last}, {floor}}, [floor, answered](const base::Result<void>& kept) {
        if (kept) report("floor " + std::to_string(floor) + "\n");
        answered();
      });
    });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  auto store = store::open_sqlite({argv[1]});
  if (!store) {
    std::fprintf(stderr, "%s\n", store.error().message.c_str());
    return 1;
  }
  if (!(*store)->declare({{"note", {"/title"}}}, nullptr)) return 1;
  const auto cursor = (*store)->deliveries().open_cursor(subscription, 0, base::SystemClock().now());
  if (!cursor) return 1;
  std::vector<std::thread> writers;
  writers.emplace_back([&store, floor = cursor->floor + 1] { deliver_on(**store, floor); });
  for (const char* const writer : {"a", "b", "c", "d"})
    writers.emplace_back([&store, name = std::string("r") + argv[2] + writer] { write_on(**store, name); });
  for (std::thread& writer : writers) writer.join();
  return 0;
}
