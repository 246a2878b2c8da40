// What a watch tells, kept with what each file held at that time.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/file_watch.hpp"
#include "base/guarded.hpp"
#include "support/temporary_directory.hpp"

namespace backplane::tests {

class ToldFiles {
 public:
  // For a watch; this must outlive it.
  app::FilesChanged recorder();

  std::size_t times(const std::filesystem::path& file) const;
  // What the file held when it was told last; empty: it was not told, or held nothing.
  std::string last(const std::filesystem::path& file) const;

  // Waits until the file was told with this content last.
  bool eventually(const std::filesystem::path& file, const std::string& content) const;

 private:
  base::Guarded<std::map<std::filesystem::path, std::vector<std::string>>> told_;
};

// A file that is changed to see that everything noticed before has been told, or will not be.
class Sentinel {
 public:
  explicit Sentinel(const std::filesystem::path& file);
  const std::filesystem::path& path() const { return file_; }

  // Changes the file in the way that takes longest to settle, and waits until it is told.
  bool passes(const ToldFiles& told);

 private:
  std::filesystem::path file_;
};

// A watch on these files.
std::unique_ptr<app::FileWatch> watch(std::vector<std::filesystem::path> files, app::FilesChanged changed,
                                      app::SettleTimes times = {});

// Puts a file there whole, by a rename.
void replace(const std::filesystem::path& file, const std::string& content);

}  // namespace backplane::tests
