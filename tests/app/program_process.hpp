// The program itself as a process, and a place for a host to run in.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "app/place.hpp"

namespace backplane::test {

class Process {
 public:
  // What it writes goes to the file `output`, both streams.
  Process(std::vector<std::string> arguments, const std::string& output);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  void signal(int number) const;
  bool has_ended();

  // The exit code; the process must end by itself.
  int wait();

 private:
  pid_t pid_ = -1;
  int status_ = 0;
};

// A manifest in a folder of its own, and where a host on it writes.
struct Place {
  // Lines of the manifest beside the data folder and the resource type `note`.
  explicit Place(const std::string& plugins = {});
  std::string manifest() const { return folder.path() / "backplane.yaml"; }
  std::string ready() const { return folder.path() / "ready"; }
  std::string output() const { return folder.path() / "output"; }
  std::vector<std::string> run() const { return {"run", manifest(), "--http", "127.0.0.1:0", "--ready-file", ready()}; }

  // The URL, once the host serves.
  std::string await_url(Process& process) const;

  app::TemporaryFolder folder;
};

}  // namespace backplane::test
