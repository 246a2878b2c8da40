#include "app/told_files.hpp"

#include <fstream>

#include "support/catch.hpp"
#include "support/gate.hpp"

namespace backplane::tests {

app::FilesChanged ToldFiles::recorder() {
  return [this](const std::vector<std::filesystem::path>& changed) {
    for (const auto& file : changed) {
      std::string content = content_of(file);
      told_.with([&](auto& told) { told[file].push_back(std::move(content)); });
    }
  };
}

std::size_t ToldFiles::times(const std::filesystem::path& file) const {
  return told_.with([&](const auto& told) { return told.contains(file) ? told.at(file).size() : 0; });
}

std::string ToldFiles::last(const std::filesystem::path& file) const {
  return told_.with([&](const auto& told) { return told.contains(file) ? told.at(file).back() : std::string(); });
}

bool ToldFiles::eventually(const std::filesystem::path& file, const std::string& content) const {
  return tests::eventually([&] { return times(file) > 0 && last(file) == content; });
}

Sentinel::Sentinel(const std::filesystem::path& file) : file_(file) { std::ofstream(file_) << "."; }

bool Sentinel::passes(const ToldFiles& told) {
  const std::size_t before = told.times(file_);
  // A new link is a change of which the end is not seen.
  const std::filesystem::path beside = file_.string() + ".part";
  std::ofstream(beside) << content_of(file_) << ".";
  std::filesystem::remove(file_);
  std::filesystem::create_hard_link(beside, file_);
  std::filesystem::remove(beside);
  return eventually([&] { return told.times(file_) > before; });
}

std::unique_ptr<app::FileWatch> watch(std::vector<std::filesystem::path> files, app::FilesChanged changed,
                                      app::SettleTimes times) {
  auto made = app::watch_files(std::move(changed), times);
  REQUIRE(made);
  REQUIRE((*made)->watch(std::move(files)));
  return std::move(*made);
}

void replace(const std::filesystem::path& file, const std::string& content) {
  const std::filesystem::path beside = file.string() + ".part";
  std::ofstream(beside, std::ios::binary) << content;
  std::filesystem::rename(beside, file);
}

}  // namespace backplane::tests
