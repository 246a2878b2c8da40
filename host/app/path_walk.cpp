#include "app/path_walk.hpp"

#include <deque>
#include <system_error>

namespace backplane::app {
namespace {

namespace fs = std::filesystem;

constexpr int most_links = 40;  // as the kernel has it

// The names of a path, to be looked up before those that are left.
void put_first(std::deque<std::string>& names, const fs::path& path) {
  std::deque<std::string> first;
  for (const fs::path& name : path.relative_path())
    if (!name.empty() && name != ".") first.push_back(name.string());
  names.insert(names.begin(), first.begin(), first.end());
}

}  // namespace

fs::path walk_path(const fs::path& absolute, const VisitEntry& visit) {
  std::deque<std::string> names;
  put_first(names, absolute);
  fs::path at = "/";
  int links = 0;
  while (!names.empty()) {
    const std::string name = names.front();
    names.pop_front();
    if (name == "..") {
      at = at.parent_path();  // it has no links in it
      continue;
    }
    visit(at, name, names.empty() ? Step::last : Step::through);
    std::error_code error;
    const fs::path entry = at / name;
    const fs::file_status found = fs::symlink_status(entry, error);
    if (!fs::exists(found)) return {};
    if (!fs::is_symlink(found)) {
      at = entry;
      continue;
    }
    const fs::path target = fs::read_symlink(entry, error);
    if (error || ++links > most_links) return {};
    if (target.is_absolute()) at = "/";
    put_first(names, target);
  }
  return at;
}

}  // namespace backplane::app
