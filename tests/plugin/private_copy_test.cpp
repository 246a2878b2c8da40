#include "plugin/private_copy.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <optional>

#include "support/temporary_directory.hpp"
#include "support/catch.hpp"

using backplane::base::Code;
using backplane::plugin::prepare_run_directory;
using backplane::plugin::PrivateCopy;
using backplane::tests::content_of;
using backplane::tests::fixture;
using backplane::tests::TemporaryDirectory;

TEST_CASE("the run directory is made for the host's user alone") {
  const TemporaryDirectory directory;
  const auto run = directory / "data/run";
  REQUIRE(prepare_run_directory(run).has_value());
  std::filesystem::permissions(run, std::filesystem::perms::all);
  REQUIRE(prepare_run_directory(run).has_value());
  CHECK(std::filesystem::status(run).permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE("a run directory that is a file is refused with its name") {
  const TemporaryDirectory directory;
  const auto refused = prepare_run_directory(directory.write("run", ""));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().code == Code::storage);
  CHECK(refused.error().message == (directory / "run").string() + ": wanted a directory, found something else");
}

TEST_CASE("a copy has the file's content under a telling name, and goes with its object") {
  const TemporaryDirectory directory;
  std::filesystem::path path;
  {
    const auto copy = PrivateCopy::make(fixture("good"), directory.path(), "audit-log", 7);
    REQUIRE(copy.has_value());
    path = copy->path();
    CHECK(path.filename().string() == "audit-log.7-" + std::to_string(getpid()) + ".so");
    CHECK(content_of(path) == content_of(fixture("good")));
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("a source that is missing or no regular file is refused") {
  const TemporaryDirectory directory;
  CHECK(PrivateCopy::make(directory / "missing.so", directory.path(), "a", 1).error().code == Code::not_found);
  CHECK(PrivateCopy::make(directory.path(), directory.path(), "a", 1).error().message ==
        "wanted a shared library, found a directory");
  REQUIRE(mkfifo((directory / "pipe").c_str(), 0600) == 0);
  CHECK(PrivateCopy::make(directory / "pipe", directory.path(), "a", 1).error().code == Code::invalid_argument);
  CHECK(std::distance(std::filesystem::directory_iterator(directory.path()), {}) == 1);
}

TEST_CASE("a copy's name is given once as long as it is in use") {
  const TemporaryDirectory directory;
  std::optional first = PrivateCopy::make(fixture("good"), directory.path(), "a", 1);
  REQUIRE(first->has_value());
  CHECK(PrivateCopy::make(fixture("good"), directory.path(), "a", 1).error().code == Code::conflict);
  CHECK(std::filesystem::exists((*first)->path()));
  first.reset();
  CHECK(PrivateCopy::make(fixture("good"), directory.path(), "a", 1).has_value());
}

TEST_CASE("copies of hosts that are gone are removed, those in use and other files stay") {
  const TemporaryDirectory directory;
  // A host that dies without a word: its lock dies with it.
  const pid_t host = fork();
  if (host == 0) {
    const auto copy = PrivateCopy::make(fixture("good"), directory.path(), "killed", 1);
    static_cast<void>(copy);
    kill(getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(waitpid(host, &status, 0) == host);
  const auto own_pid = "container.1-" + std::to_string(getpid()) + ".so";
  directory.write(own_pid, "left by a host of another process id space with the same id");
  directory.write("notes.txt", "");
  const auto used = PrivateCopy::make(fixture("good"), directory.path(), "used", 1);
  REQUIRE(used.has_value());
  REQUIRE(std::filesystem::exists(directory / ("killed.1-" + std::to_string(host) + ".so")));

  REQUIRE(prepare_run_directory(directory.path()).has_value());
  CHECK_FALSE(std::filesystem::exists(directory / ("killed.1-" + std::to_string(host) + ".so")));
  CHECK_FALSE(std::filesystem::exists(directory / own_pid));
  CHECK(std::filesystem::exists(used->path()));
  CHECK(std::filesystem::exists(directory / "notes.txt"));
}
