#include "app/program_process.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "support/catch.hpp"

namespace backplane::test {
namespace {

using namespace std::chrono_literals;

std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

Process::Process(std::vector<std::string> arguments, const std::string& output) {
  std::vector<char*> argv;
  arguments.insert(arguments.begin(), BACKPLANE_PROGRAM);
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const int file = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  pid_ = ::fork();
  if (pid_ == 0) {
    ::dup2(file, STDOUT_FILENO);
    ::dup2(file, STDERR_FILENO);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(file);
}

Process::~Process() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void Process::signal(int number) const { ::kill(pid_, number); }

bool Process::has_ended() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) == pid_) pid_ = 0;
  return pid_ == 0;
}

int Process::wait() {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!has_ended() && std::chrono::steady_clock::now() < deadline) std::this_thread::yield();
  REQUIRE(pid_ == 0);
  REQUIRE(WIFEXITED(status_));
  return WEXITSTATUS(status_);
}

Place::Place(const std::string& plugins) : folder(std::move(*app::TemporaryFolder::make())) {
  std::ofstream(manifest(), std::ios::binary) << "version: 1\ndata_dir: ./data\nresources:\n  - type: note\n" + plugins;
}

std::string Place::await_url(Process& process) const {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  while (!std::filesystem::exists(ready()) && !process.has_ended() && std::chrono::steady_clock::now() < deadline)
    std::this_thread::yield();
  INFO(whole_file(output()));
  REQUIRE(std::filesystem::exists(ready()));
  const std::string text = whole_file(ready());
  return text.substr(0, text.find('\n'));
}

}  // namespace backplane::test
