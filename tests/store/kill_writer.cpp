// The child that sqlite_kill_test kills: writes units of three resources until then, and reports each that was
// acknowledged as a line on standard output.
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

store::UnitOfWork three_of(const std::string& name) {
  store::UnitOfWork unit{"ann", base::SystemClock().now(), {}};
  for (const char* const part : {"-0", "-1", "-2"})
    unit.writes.emplace_back(store::Create{{"", "note", name + part}, model::Status::stable,
                                           model::Document::trusted('"' + std::string(200, 'x') + '"')});
  return unit;
}

void write_on(store::Store& store, const std::string& prefix) {
  for (int i = 0;; ++i) {
    const std::string name = prefix + std::to_string(i);
    std::atomic<bool> answered = false;
    store.commit(three_of(name), [&](const store::CommitResult& result) {
      const std::string line = name + "\n";
      if (result && write(STDOUT_FILENO, line.data(), line.size()) < 0) _exit(3);
      answered = true;
      answered.notify_one();
    });
    answered.wait(false);
  }
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
  std::vector<std::thread> writers;
  for (const char* const writer : {"a", "b", "c", "d"})
    writers.emplace_back([&store, name = std::string("r") + argv[2] + writer] { write_on(**store, name); });
  for (std::thread& writer : writers) writer.join();
  return 0;
}
