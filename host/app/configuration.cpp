#include "app/configuration.hpp"

#include <nlohmann/json.hpp>
#include <ostream>

#include "app/place.hpp"
#include "base/json.hpp"
#include "manifest/read.hpp"

namespace backplane::app {
namespace {

using base::Json;

Json as_json(const Fault& fault) {
  Json json{{"message", fault.message}};
  if (!fault.where.empty()) json["where"] = fault.where;
  if (!fault.path.empty()) json["path"] = fault.path;
  if (!fault.plugin.empty()) json["plugin"] = fault.plugin;
  return json;
}

std::string as_line(const Fault& fault) {
  std::string line;
  for (const std::string* part : {&fault.where, &fault.path})
    if (!part->empty()) line += *part + ": ";
  return line + fault.message;
}

}  // namespace

ExitCode report_faults(Context& context, const std::vector<Fault>& faults) {
  if (context.output.json) {
    Json problems = Json::array();
    for (const Fault& fault : faults) problems.push_back(as_json(fault));
    const Json document{{"title", "Wrong configuration"}, {"code", "configuration"}, {"problems", std::move(problems)}};
    context.console.err << base::to_text(document) << '\n';
  } else {
    for (const Fault& fault : faults) context.console.err << as_line(fault) << '\n';
    context.console.err << "backplane: " << faults.size() << (faults.size() == 1 ? " problem" : " problems") << '\n';
  }
  return ExitCode::configuration;
}

std::optional<manifest::Settings> read_configuration(const std::string& given, Context& context) {
  const auto file = manifest_of(given);
  if (!file) {
    report_faults(context, {{.message = file.error().message}});
    return {};
  }
  manifest::Reading reading = manifest::read_manifest(*file);
  if (reading.problems.empty() && reading.settings) return std::move(reading.settings);
  std::vector<Fault> faults;
  for (const manifest::Problem& problem : reading.problems) {
    const std::string place = ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
    faults.push_back({.where = problem.file + place, .path = problem.path, .message = problem.message});
  }
  report_faults(context, faults);
  return {};
}

}  // namespace backplane::app
