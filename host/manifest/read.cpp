#include "manifest/read.hpp"

#include <cstdlib>

#include "manifest/apply.hpp"
#include "manifest/check.hpp"
#include "manifest/source.hpp"

namespace backplane::manifest {
namespace {

namespace fs = std::filesystem;

fs::path made_absolute(const fs::path& path) {
  std::error_code error;
  fs::path whole = fs::absolute(path, error);
  return (error ? path : whole).lexically_normal();
}

}  // namespace

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Reading read_manifest(const fs::path& file, const Environment& environment) {
  Problems problems;
  const auto [sources, complete] = read_sources(file, environment, problems);
  if (sources.empty()) return {std::nullopt, problems.take()};

  Settings settings;
  settings.file = made_absolute(file);
  const std::vector<Key> in_fragments = fragment_keys();
  apply(manifest_keys(), sources.front(), settings, problems);
  for (std::size_t i = 1; i < sources.size(); ++i) apply(in_fragments, sources[i], settings, problems);
  settings.store.path = settings.data_dir / settings.store.path;
  // Names that seem to be missing may stand in a file that could not be read.
  if (complete) check_references(sources, settings, problems);

  if (!problems.empty()) return {std::nullopt, problems.take()};
  return {std::move(settings), {}};
}

Settings default_settings() {
  Settings settings;
  Problems ignored;  // that required keys are absent
  apply(manifest_keys(), Source{"", made_absolute("."), {}}, settings, ignored);
  settings.store.path = settings.data_dir / settings.store.path;
  return settings;
}

}  // namespace backplane::manifest
