#include "app/auto_reload.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace backplane::app {

base::Result<std::unique_ptr<AutoReload>> AutoReload::start(Reloader& reloader, Reloader::Files watched, Told told) {
  std::unique_ptr<AutoReload> made(new AutoReload(reloader, watched, std::move(told)));
  BACKPLANE_TRY(made->watch_, watch_files([one = made.get()](const std::vector<std::filesystem::path>& files) {
                  one->changed(files);
                }));
  BACKPLANE_CHECK(made->watch_->watch(reloader.files_to_watch(watched)));
  return made;
}

void AutoReload::look_again() {
  if (auto watching = watch_->watch(reloader_.files_to_watch(watched_)); !watching)
    base::log_error("reload", "files are not watched: " + watching.error().message);
}

void AutoReload::changed(const std::vector<std::filesystem::path>& files) {
  const bool is_manifest = std::ranges::find(files, reloader_.manifest_file()) != files.end();
  const ReloadReport report = reloader_.reload(
      {.what = is_manifest ? ReloadRequest::What::everything : ReloadRequest::What::files, .files = files});
  look_again();
  told_(report);
}

}  // namespace backplane::app
