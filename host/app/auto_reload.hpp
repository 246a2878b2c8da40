// Reloads by itself what has changed on disk: libraries of plugins whose manifest entry says `reload: watch`; for
// developers those of all plugins, and the manifest.
#pragma once

#include <functional>
#include <memory>

#include "app/file_watch.hpp"
#include "app/reload.hpp"

namespace backplane::app {

class AutoReload {
 public:
  // `told` is called after each reload, on the watch's thread.
  using Told = std::function<void(const ReloadReport& report)>;

  // An error: the system's watches are used up.
  static base::Result<std::unique_ptr<AutoReload>> start(Reloader& reloader, Reloader::Files watched, Told told);
  AutoReload(const AutoReload&) = delete;
  AutoReload& operator=(const AutoReload&) = delete;

  // Looks anew at which files are to be watched: after a reload that somebody else asked for.
  void look_again();

 private:
  AutoReload(Reloader& reloader, Reloader::Files watched, Told told)
      : reloader_(reloader), watched_(watched), told_(std::move(told)) {}
  void changed(const std::vector<std::filesystem::path>& files);

  Reloader& reloader_;
  const Reloader::Files watched_;
  const Told told_;
  std::unique_ptr<FileWatch> watch_;  // the last: it ends first
};

}  // namespace backplane::app
