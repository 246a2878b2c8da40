// The SourceWatch of Linux.
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "app/inotify_loop.hpp"
#include "app/path_walk.hpp"
#include "app/source_name.hpp"
#include "app/source_watch.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;
namespace fs = std::filesystem;

constexpr const char* build_folder_mark = "CMakeCache.txt";

// All folders below some, and the entries that decide where these are.
class SourceScope final : public InotifyScope {
 public:
  SourceScope(const std::vector<SourceTree>& trees, std::size_t most_folders) : most_folders_(most_folders) {
    std::error_code error;
    for (const SourceTree& tree : trees) {
      // Without a slash at its end, which the paths below it would begin with.
      fs::path named = tree.folder.has_filename() ? tree.folder : tree.folder.parent_path();
      if (named.empty()) named = ".";
      trees_.push_back({named, fs::absolute(named, error)});
      for (const fs::path& folder : tree.except) except_.push_back(fs::absolute(folder, error));
    }
  }

  Result<void> cover(Inotify& inotify) override;
  std::vector<std::string> files() const override { return files_; }
  Reach on_event(const InotifyEvent& event, Settling& settling, Settling::Time now) override;

 private:
  struct Tree {
    fs::path named;
    fs::path absolute;
  };
  struct Folder {
    fs::path named;
    fs::path real;
  };
  Result<void> cover_way(Inotify& inotify, const Tree& tree, fs::path& real);
  Result<void> cover_below(Inotify& inotify, Folder top);
  void list(const Folder& folder, std::vector<Folder>& below);
  bool is_left_out(const fs::path& folder) const;

  // Whether what the event says moves trees or folders.
  bool touch_trees_behind(const InotifyEvent& event, Settling& settling, Settling::Time now) const;
  bool touch_in_folder(const InotifyEvent& event, Settling& settling, Settling::Time now) const;

  std::size_t most_folders_;
  std::vector<Tree> trees_;
  std::vector<fs::path> except_;
  std::set<fs::path> real_except_;
  std::map<std::pair<int, std::string>, std::vector<fs::path>> ways_;  // to the folders of trees, as named
  std::unordered_map<int, fs::path> folders_;                          // as named
  std::vector<std::string> files_;
};

Result<void> SourceScope::cover(Inotify& inotify) {
  Result<void> first = base::ok();
  ways_.clear();
  folders_.clear();
  files_.clear();
  real_except_.clear();
  std::error_code error;
  for (const fs::path& folder : except_) real_except_.insert(fs::weakly_canonical(folder, error));
  for (const Tree& tree : trees_) {
    fs::path real;
    auto covered = cover_way(inotify, tree, real);
    if (covered && fs::is_directory(real, error)) covered = cover_below(inotify, {tree.named, real});
    if (!covered && first) first = std::move(covered);
  }
  return first;
}

Result<void> SourceScope::cover_way(Inotify& inotify, const Tree& tree, fs::path& real) {
  Result<void> first = base::ok();
  real = walk_path(tree.absolute, [&](const fs::path& directory, const std::string& name, Step) {
    auto added = inotify.add(directory, entry_events);
    if (added && *added) ways_[{**added, name}].push_back(tree.named);
    if (!added && added.error().code != Code::denied && first) first = std::move(added).error();
  });
  return first;
}

Result<void> SourceScope::cover_below(Inotify& inotify, Folder top) {
  std::vector<Folder> left{std::move(top)};
  while (!left.empty()) {
    const Folder folder = std::move(left.back());
    left.pop_back();
    BACKPLANE_TRY(const auto added, inotify.add(folder.real, entry_events | file_events));
    // None: it has gone since. Known: it lies in two trees, and is told by the first.
    if (!added || !folders_.emplace(*added, folder.named).second) continue;
    if (folders_.size() > most_folders_)
      return Error{Code::too_large,
                   folder.named.string() + ": wanted at most " + std::to_string(most_folders_) +
                       " folders of sources to watch, found more: name a smaller folder, or leave folders out"};
    list(folder, left);
  }
  return base::ok();
}

void SourceScope::list(const Folder& folder, std::vector<Folder>& below) {
  std::error_code error;
  for (auto at = fs::directory_iterator(folder.real, error); !error && at != fs::directory_iterator();
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    std::error_code gone;
    const bool is_folder = fs::is_directory(at->symlink_status(gone));
    if (is_folder && !is_left_out(at->path())) below.push_back({folder.named / name, at->path()});
    if (!is_folder && is_source_name(name)) files_.push_back((folder.named / name).native());
  }
}

bool SourceScope::is_left_out(const fs::path& folder) const {
  std::error_code error;
  return is_sourceless_name(folder.filename().native()) || real_except_.contains(folder) ||
         fs::exists(folder / build_folder_mark, error);
}

InotifyScope::Reach SourceScope::on_event(const InotifyEvent& event, Settling& settling, Settling::Time now) {
  if (event.directory < 0) {
    settling.touch_all(Sign::written, now);
    return Reach::elsewhere;
  }
  const bool trees_moved = touch_trees_behind(event, settling, now);
  const bool folders_moved = touch_in_folder(event, settling, now);
  return trees_moved || folders_moved ? Reach::elsewhere : Reach::covered;
}

bool SourceScope::touch_trees_behind(const InotifyEvent& event, Settling& settling, Settling::Time now) const {
  const auto way = ways_.find({event.directory, event.name});
  if (way == ways_.end() || !is_structural(event)) return false;
  for (const fs::path& tree : way->second) settling.touch_below(tree.native(), Sign::written, now);
  return true;
}

bool SourceScope::touch_in_folder(const InotifyEvent& event, Settling& settling, Settling::Time now) const {
  const auto folder = folders_.find(event.directory);
  if (folder == folders_.end()) return false;
  const fs::path named = event.name.empty() ? folder->second : folder->second / event.name;
  if (event.name.empty() || (event.mask & IN_ISDIR) != 0) {
    if (!is_structural(event) || is_sourceless_name(event.name)) return false;
    settling.touch_below(named.native(), Sign::written, now);
    return true;
  }
  if (is_source_name(event.name)) settling.touch(named.native(), sign_of(event), now);
  return event.name == build_folder_mark && is_structural(event);
}

class InotifySourceWatch final : public SourceWatch {
 public:
  InotifySourceWatch(std::unique_ptr<InotifyLoop> loop, std::size_t most_folders)
      : loop_(std::move(loop)), most_folders_(most_folders) {}

  Result<void> watch(std::vector<SourceTree> trees) override {
    return loop_->watch(std::make_unique<SourceScope>(trees, most_folders_));
  }

 private:
  std::unique_ptr<InotifyLoop> loop_;
  const std::size_t most_folders_;
};

}  // namespace

Result<std::unique_ptr<SourceWatch>> watch_sources(FilesChanged changed, SourceWatchOptions options) {
  BACKPLANE_TRY(auto loop, InotifyLoop::start(std::move(changed), options.times, Absence::is_news));
  return std::unique_ptr<SourceWatch>(std::make_unique<InotifySourceWatch>(std::move(loop), options.most_folders));
}

}  // namespace backplane::app
