// How a watch calls, and is called.
#include <atomic>
#include <fstream>
#include <future>

#include "app/told_files.hpp"
#include "support/catch.hpp"

namespace fs = std::filesystem;
using backplane::app::FileWatch;
using backplane::tests::replace;
using backplane::tests::TemporaryDirectory;
using backplane::tests::ToldFiles;
using backplane::tests::watch;

TEST_CASE("Files are told as they were named") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path relative = fs::relative(folder.write("one", "first"));
  REQUIRE(relative.is_relative());
  const auto files = watch({relative}, told.recorder());
  replace(relative, "second");
  CHECK(told.eventually(relative, "second"));
}

TEST_CASE("The one that is told may say what is watched from now on") {
  TemporaryDirectory folder;
  ToldFiles told;
  const fs::path first = folder.write("one", "first");
  const fs::path second = folder.write("two", "first");
  std::atomic<bool> accepted{false};
  std::promise<FileWatch*> made;
  auto self = made.get_future().share();
  const auto files = watch({first}, [&, record = told.recorder()](const std::vector<fs::path>& changed) {
    if (changed[0] == first) accepted = self.get()->watch({second}).has_value();
    record(changed);
  });
  made.set_value(files.get());
  replace(first, "second");
  REQUIRE(told.eventually(first, "second"));
  replace(second, "second");
  CHECK(told.eventually(second, "second"));
  CHECK(accepted);
}

TEST_CASE("Destroying the watch waits for the call under way") {
  TemporaryDirectory folder;
  const fs::path file = folder.write("one", "first");
  std::promise<void> entered;
  std::promise<void> released;
  std::atomic<bool> finished{false};
  auto files = watch({file}, [&](const std::vector<fs::path>&) {
    entered.set_value();
    released.get_future().wait();
    finished = true;
  });
  replace(file, "second");
  entered.get_future().wait();
  auto destroyed = std::async(std::launch::async, [&] { files.reset(); });
  released.set_value();
  destroyed.wait();
  CHECK(finished);
}

TEST_CASE("When events are lost, everything is looked at anew") {
  TemporaryDirectory folder;
  const fs::path trigger = folder.write("trigger", "first");
  const fs::path file = folder / "build/one";
  ToldFiles told;
  std::promise<void> entered;
  std::promise<void> released;
  const auto files = watch({trigger, file}, [&, record = told.recorder()](const std::vector<fs::path>& changed) {
    if (changed[0] == trigger) {
      entered.set_value();
      released.get_future().wait();
    }
    record(changed);
  });
  replace(trigger, "second");
  entered.get_future().wait();
  int queue_length = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue_length;
  for (int i = 0; i <= queue_length / 2; ++i) fs::remove(folder.write("noise" + std::to_string(i % 2), ""));
  fs::create_directory(folder / "build");
  folder.write("build/one", "first");
  released.set_value();
  CHECK(told.eventually(file, "first"));
}
