// backplane run --dev: builds when sources change, and tells what a reload made of it, where the developer looks.
#pragma once

#include <memory>
#include <mutex>

#include "app/build_command.hpp"
#include "app/console.hpp"
#include "app/options.hpp"
#include "app/reload.hpp"
#include "app/source_watch.hpp"

namespace backplane::app {

class DevLoop {
 public:
  explicit DevLoop(Console& console) : console_(console) {}
  DevLoop(const DevLoop&) = delete;
  DevLoop& operator=(const DevLoop&) = delete;

  // Watches the sources, and builds once to begin with, where there is a command for that.
  base::Result<void> start(const RunOptions& options);

  // For Host: what became of a reload. Any thread.
  void tell(const ReloadReport& report);

 private:
  void tell_end(const base::Result<BuildEnd>& end);

  Console& console_;
  std::mutex mutex_;                           // of the console
  std::unique_ptr<BuildCommand> build_;        // null: none was given
  std::unique_ptr<SourceWatch> source_watch_;  // the last: it ends first
};

}  // namespace backplane::app
