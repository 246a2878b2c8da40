#include "plugin/trial_life.hpp"

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "plugin/probe_process.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Result;

// What the probe is told: in a file that only the host's user can read, since a config may hold secrets.
Result<std::filesystem::path> write_part(const manifest::PluginSettings& settings, const OpenPlaces& places) {
  auto file = places.run_directory / (settings.id + ".part.json");
  const base::Json part{{"id", settings.id},
                        {"library", settings.library_path.string()},
                        {"run_directory", places.run_directory.string()},
                        {"config", settings.config.json()}};
  std::ofstream out(file);
  out << base::to_text(part) << std::flush;
  if (!out) return Error{Code::storage, file.string() + " cannot be written"};
  return file;
}

Error at_step(const std::string& step, const manifest::PluginSettings& settings, std::string_view why) {
  const std::string place = "plugin '" + settings.id + "': step " + step + ": ";
  if (why.starts_with(place)) why.remove_prefix(place.size());
  return {Code::plugin_fault, place + settings.library_path.string() + ": " + std::string(why), {}, {}, settings.id};
}

// Reads the lines of the probe to the end: see probe_main.cpp.
Result<void> follow(ProbeProcess probe, const manifest::PluginSettings& settings, const OpenPlaces& places) {
  std::string step;
  while (const auto line = probe.next_line(places.trial_deadline)) {
    if (line->starts_with("step ")) step = line->substr(5);
    else if (line->starts_with("bad ")) return at_step(step, settings, std::string_view(*line).substr(4));
    else if (*line == "good") return base::ok();
  }
  if (!step.empty()) return at_step(step, settings, "wanted it to return, found the process " + probe.how_it_ended());
  return Error{Code::unavailable, places.probe.string() + ": wanted the program that tries plugins out, found one that reports nothing"};
}

}  // namespace

Result<void> trial_life(const manifest::PluginSettings& settings, const OpenPlaces& places) {
  BACKPLANE_TRY(const auto part, write_part(settings, places));
  const std::array<std::filesystem::path, 2> arguments{"--life", part};
  auto probe = ProbeProcess::start(places.probe, arguments);
  auto lived = probe ? follow(std::move(*probe), settings, places) : Result<void>(std::move(probe).error());
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  return lived;
}

}  // namespace backplane::plugin
