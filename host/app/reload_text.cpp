#include "app/reload_text.hpp"

#include <iomanip>
#include <nlohmann/json.hpp>
#include <ostream>
#include <sstream>
#include <string>

namespace backplane::app {
namespace {

using base::Json;

std::string joined(const Json& list) {
  std::string text;
  for (const Json& one : list) text.append(text.empty() ? "" : ", ").append(one.get<std::string>());
  return text;
}

std::string in_ms(double time) {
  std::ostringstream text;
  text << std::fixed << std::setprecision(time < 10 ? 2 : 0) << time << " ms";
  return text.str();
}

// "price-check  changed (file)  generation 2 -> 3  done", and its steps.
void print_plugin(std::ostream& out, const Json& plugin) {
  out << plugin.value("id", "") << ": " << plugin.value("change", "") << " ("
      << joined(plugin.value("reasons", Json::array())) << "), ";
  if (plugin.contains("before") && plugin.contains("after"))
    out << "generation " << plugin["before"] << " -> " << plugin["after"] << ", ";
  out << plugin.value("outcome", "");
  if (plugin.contains("gate_ms")) out << ", gate " << in_ms(plugin["gate_ms"].get<double>());
  out << '\n';
  for (const Json& step : plugin.value("steps", Json::array()))
    out << "  " << std::left << std::setw(10) << step.value("step", "") << in_ms(step.value("took_ms", 0.0)) << '\n';
  for (const Json& change : plugin.value("handlers", Json::array())) out << "  " << change.get<std::string>() << '\n';
  if (plugin.contains("old_code")) out << "  the old generation is " << plugin.value("old_code", "") << '\n';
  if (plugin.contains("state")) out << "  its state is " << plugin.value("state", "") << '\n';
  if (plugin.contains("error")) out << "  " << plugin.value("error", "") << '\n';
}

void print_keys(std::ostream& out, const std::string& of, const Json& keys) {
  for (const Json& key : keys) {
    out << of << key.value("path", "");
    if (!key.value("before", "").empty() || !key.value("after", "").empty())
      out << ": " << key.value("before", "") << " -> " << key.value("after", "");
    out << '\n';
  }
}

void print_manifest(std::ostream& out, const Json& manifest) {
  const Json types = manifest.value("types", Json::object());
  for (const char* what : {"added", "removed"})
    for (const Json& name : types.value(what, Json::array()))
      out << "type " << name.get<std::string>() << ": " << what << '\n';
  const Json changed = types.value("changed", Json::object());
  for (const auto& [name, keys] : changed.items()) print_keys(out, "type " + name + ": ", keys);
  for (const Json& move : manifest.value("plugins", Json::object()).value("moved", Json::array())) {
    const std::string after = move.value("after", "");
    out << move.value("plugin", "") << ": moved, " << (after.empty() ? "comes first" : "comes after " + after) << '\n';
  }
  print_keys(out, "", manifest.value("limits", Json::array()));
  for (const Json& key : manifest.value("restart", Json::array()))
    out << key.value("path", "") << ": needs a restart\n";
}

}  // namespace

void print_reload(std::ostream& out, const Json& report) {
  for (const Json& problem : report.value("problems", Json::array())) {
    out << problem.value("file", "") << ':' << problem.value("line", 0) << ':' << problem.value("column", 0) << ": ";
    if (!problem.value("path", "").empty()) out << problem.value("path", "") << ": ";
    out << problem.value("message", "") << '\n';
  }
  print_manifest(out, report.value("manifest", Json::object()));
  for (const Json& plugin : report.value("plugins", Json::array())) print_plugin(out, plugin);
  if (const std::string outcome = report.value("outcome", ""); outcome != "failed")
    out << outcome << " (" << in_ms(report.value("took_ms", 0.0)) << ")\n";
}

}  // namespace backplane::app
