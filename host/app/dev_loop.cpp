#include "app/dev_loop.hpp"

#include <ostream>

#include "app/reload_text.hpp"

namespace backplane::app {

base::Result<void> DevLoop::start(const RunOptions& options) {
  if (options.build.empty()) return base::ok();
  BuildCommand::Told told{.line =
                              [this](std::string_view line) {
                                const std::lock_guard lock(mutex_);
                                console_.out << "build: " << line << std::endl;
                              },
                          .ended = [this](const base::Result<BuildEnd>& end) { tell_end(end); }};
  BACKPLANE_TRY(build_, BuildCommand::make({.command = options.build}, std::move(told)));
  std::vector<SourceTree> trees;
  for (const std::string& folder : options.sources) trees.push_back({.folder = folder});
  if (trees.empty()) trees.push_back({.folder = "."});
  BACKPLANE_TRY(source_watch_, watch_sources([this](const std::vector<std::filesystem::path>&) { build_->request(); }));
  BACKPLANE_CHECK(source_watch_->watch(std::move(trees)));
  build_->request();
  return base::ok();
}

void DevLoop::tell(const ReloadReport& report) {
  if (report.is_unchanged()) return;
  const std::lock_guard lock(mutex_);
  print_reload(console_.out, to_json(report, false));
  if (report.error) console_.out << "reload failed: " << report.error->message << '\n';
  console_.out.flush();
}

void DevLoop::tell_end(const base::Result<BuildEnd>& end) {
  const std::lock_guard lock(mutex_);
  if (!end) {
    console_.out << "build: " << end.error().message << std::endl;
    return;
  }
  switch (end->how) {
    case BuildEnd::How::cut_off: return;
    case BuildEnd::How::killed: console_.out << "build: ended by signal " << end->status << std::endl; return;
    case BuildEnd::How::exited:
      console_.out << "build: "
                   << (end->succeeded() ? "done" : "failed with exit status " + std::to_string(end->status))
                   << " after " << end->took.count() << " ms" << std::endl;
  }
}

}  // namespace backplane::app
