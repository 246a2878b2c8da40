// The thread behind a watch: reads events, lets the scope say what they mean, waits until files have settled, and
// tells. The watches of files and of sources are each one of these and a scope.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "app/file_watch.hpp"
#include "app/inotify.hpp"
#include "app/settling.hpp"
#include "base/result.hpp"

namespace backplane::app {

// Which directories and files are watched. Its functions are called with the loop's lock held.
class InotifyScope {
 public:
  virtual ~InotifyScope() = default;

  // Names the directories to watch, as they lie now. Goes as far as it can; the first error is the result.
  virtual base::Result<void> cover(Inotify& inotify) = 0;

  // The files that cover() found, or was made for.
  virtual std::vector<std::string> files() const = 0;

  // Touches the files that the event is about. Elsewhere: paths lead elsewhere now, cover() again.
  enum class Reach { covered, elsewhere };
  virtual Reach on_event(const InotifyEvent& event, Settling& settling, Settling::Time now) = 0;
};

class InotifyLoop {
 public:
  static base::Result<std::unique_ptr<InotifyLoop>> start(FilesChanged changed, SettleTimes times, Absence absence);
  ~InotifyLoop();
  InotifyLoop(const InotifyLoop&) = delete;
  InotifyLoop& operator=(const InotifyLoop&) = delete;

  // Watches this instead of what was watched before; after an error, what was watched before. Any thread.
  base::Result<void> watch(std::unique_ptr<InotifyScope> scope);

 private:
  InotifyLoop(Inotify inotify, int wake, FilesChanged changed, SettleTimes times, Absence absence);
  void run();
  bool wait();
  std::vector<std::filesystem::path> take_news();
  void cover_again(Settling::Time now);

  std::mutex mutex_;
  Inotify inotify_;
  Settling settling_;
  std::unique_ptr<InotifyScope> scope_;
  std::string warned_;
  std::atomic<bool> stopping_{false};
  const int wake_;  // an eventfd: there is something else to do than before
  const FilesChanged changed_;
  std::thread thread_;
};

// What an event says of the file that it names.
Sign sign_of(const InotifyEvent& event);

// Whether the entry that it names is another one now, or the directory itself is.
bool is_structural(const InotifyEvent& event);

}  // namespace backplane::app
