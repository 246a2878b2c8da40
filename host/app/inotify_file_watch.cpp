// The FileWatch of Linux.
#include <map>
#include <string>
#include <utility>

#include "app/file_watch.hpp"
#include "app/inotify_loop.hpp"
#include "app/path_walk.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Result;
namespace fs = std::filesystem;

// Files, and every directory entry that decides where their paths lead: of folders that are deleted and made again, and
// of links anywhere on the way, the folder that they lie in tells.
class FileScope final : public InotifyScope {
 public:
  explicit FileScope(const std::vector<fs::path>& files) {
    std::error_code error;
    for (const fs::path& file : files) files_.push_back({file.native(), fs::absolute(file, error)});
  }

  Result<void> cover(Inotify& inotify) override {
    Result<void> first = base::ok();
    steps_.clear();
    for (std::size_t i = 0; i < files_.size(); ++i)
      walk_path(files_[i].absolute, [&](const fs::path& directory, const std::string& name, Step step) {
        const bool is_last = step == Step::last;
        auto added = inotify.add(directory, is_last ? entry_events | file_events : entry_events);
        if (added && *added) steps_[{**added, name}].push_back(i);
        // A folder on the way that may not be listed is passed over: who builds plugins does not swap them there.
        const bool matters = !added && (is_last || added.error().code != Code::denied);
        if (matters && first) first = std::move(added).error();
      });
    return first;
  }

  std::vector<std::string> files() const override {
    std::vector<std::string> named;
    named.reserve(files_.size());
    for (const auto& file : files_) named.push_back(file.named);
    return named;
  }

  Reach on_event(const InotifyEvent& event, Settling& settling, Settling::Time now) override {
    if (event.directory < 0) {
      settling.touch_all(Sign::written, now);
      return Reach::elsewhere;
    }
    const bool is_of_directory = event.name.empty();
    if (is_of_directory && !is_structural(event)) return Reach::covered;
    bool is_on_a_way = false;
    const auto begin = steps_.lower_bound({event.directory, event.name});
    for (auto at = begin; at != steps_.end() && at->first.first == event.directory; ++at) {
      if (!is_of_directory && at->first.second != event.name) break;
      is_on_a_way = true;
      for (const std::size_t file : at->second) settling.touch(files_[file].named, sign_of(event), now);
    }
    return is_on_a_way && is_structural(event) ? Reach::elsewhere : Reach::covered;
  }

 private:
  struct File {
    std::string named;
    fs::path absolute;
  };
  std::vector<File> files_;
  std::map<std::pair<int, std::string>, std::vector<std::size_t>> steps_;
};

class InotifyFileWatch final : public FileWatch {
 public:
  explicit InotifyFileWatch(std::unique_ptr<InotifyLoop> loop) : loop_(std::move(loop)) {}

  Result<void> watch(std::vector<fs::path> files) override { return loop_->watch(std::make_unique<FileScope>(files)); }

 private:
  std::unique_ptr<InotifyLoop> loop_;
};

}  // namespace

Result<std::unique_ptr<FileWatch>> watch_files(FilesChanged changed, SettleTimes times) {
  BACKPLANE_TRY(auto loop, InotifyLoop::start(std::move(changed), times, Absence::awaits_return));
  return std::unique_ptr<FileWatch>(std::make_unique<InotifyFileWatch>(std::move(loop)));
}

}  // namespace backplane::app
