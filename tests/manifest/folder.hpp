// A fresh folder with the files of a manifest in it, gone at the end of the test.
#pragma once

#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "manifest/read.hpp"
#include "support/catch.hpp"

namespace backplane::manifest {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "backplane_manifest_XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

  // Writes a file, readable by its owner only.
  std::filesystem::path write(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    const auto file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    REQUIRE(::chmod(file.c_str(), mode) == 0);
    return file;
  }

  // Reads the manifest m.yaml, after writing it.
  Reading read(const std::string& text) const { return read_manifest(write("m.yaml", text), environment()); }

  // The problems of that, one a line, without the path of this folder.
  std::string problems(const std::string& text) const { return without_path(to_text(read(text).problems)); }

  // The settings of that; the test fails when there are none.
  Settings settings(const std::string& text) const {
    Reading reading = read(text);
    INFO(to_text(reading.problems));
    REQUIRE(reading.settings.has_value());
    return std::move(*reading.settings);
  }

  std::string without_path(std::string text) const {
    const std::string mine = path_.string() + '/';
    for (auto at = text.find(mine); at != std::string::npos; at = text.find(mine)) text.erase(at, mine.size());
    return text;
  }

  void set(const std::string& name, const std::string& value) { variables_[name] = value; }

 private:
  Environment environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      if (found == variables_.end()) return std::nullopt;
      return found->second;
    };
  }

  std::filesystem::path path_;
  std::map<std::string, std::string> variables_;
};

}  // namespace backplane::manifest
