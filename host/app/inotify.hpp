// The directories that the kernel reports on. Which these are is said in rounds: what is not named again in a round is
// no longer watched behind it. One thread at a time.
#pragma once

#include <sys/inotify.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/result.hpp"

namespace backplane::app {

struct InotifyEvent {
  int directory = -1;      // as add() called it; -1: of all of them, since events were lost
  std::uint32_t mask = 0;  // <sys/inotify.h>
  std::string name;        // of the entry; empty: the directory itself
};

// What happens to a directory's entries and to itself; what happens to the files in it.
inline constexpr std::uint32_t entry_events =
    IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF;
inline constexpr std::uint32_t file_events = IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE;

class Inotify {
 public:
  static base::Result<Inotify> open();
  Inotify(Inotify&& other) noexcept;
  Inotify& operator=(Inotify&&) = delete;
  ~Inotify();

  // Readable when there are events.
  int descriptor() const { return descriptor_; }

  void begin_round();
  // The number by which events call this directory (that of any path to it). None: there is no such directory. Errors:
  // it may not be read (denied), or a limit of the system is reached and named (unavailable).
  base::Result<std::optional<int>> add(const std::filesystem::path& directory, std::uint32_t events);
  void end_round();

  // Some of what has happened so far, without waiting. Directories that are no longer watched are left out.
  std::vector<InotifyEvent> read();

 private:
  explicit Inotify(int descriptor) : descriptor_(descriptor) {}

  struct Named {
    int directory;
    std::uint32_t events;
  };
  int descriptor_;
  std::unordered_set<int> watched_;
  std::unordered_set<int> round_;
  std::unordered_map<std::string, Named> named_;
};

}  // namespace backplane::app
