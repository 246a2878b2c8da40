// A reload's report as JSON: for the API, and through it for the CLI.
#include <nlohmann/json.hpp>

#include "app/reload.hpp"
#include "base/log.hpp"

namespace backplane::app {
namespace {

using base::Json;
using Outcome = PluginReload::Outcome;

double in_ms(std::chrono::microseconds time) { return std::chrono::duration<double, std::milli>(time).count(); }

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::planned: return "planned";
    case Outcome::done: return "done";
    case Outcome::failed: return "failed";
    case Outcome::not_reached: return "not reached";
  }
  return "";
}

Json view_of(const PluginReload& one) {
  Json view{{"id", one.id}, {"change", one.change}, {"reasons", one.reasons}, {"outcome", name_of(one.outcome)}};
  if (one.before != 0) view["before"] = one.before;
  if (one.after != 0) view["after"] = one.after;
  if (!one.course.steps.empty()) {
    view["gate_ms"] = in_ms(one.course.gate);
    view["steps"] = Json::array();
    for (const SwitchStep& step : one.course.steps)
      view["steps"].push_back({{"step", step.name}, {"took_ms", in_ms(step.took)}});
  }
  if (!one.handlers.empty()) view["handlers"] = one.handlers;
  if (!one.course.old_code.empty()) view["old_code"] = one.course.old_code;
  if (!one.course.state.empty()) view["state"] = one.course.state;
  if (one.error) view["error"] = one.error->message;
  return view;
}

const char* outcome_of(const ReloadReport& report, bool is_plan) {
  if (report.error) return "failed";
  if (report.is_unchanged()) return "unchanged";
  return is_plan ? "planned" : "reloaded";
}

std::string joined(const std::vector<std::string>& reasons) {
  std::string text;
  for (const std::string& one : reasons) text.append(text.empty() ? "" : ", ").append(one);
  return text;
}

std::string generations_of(const PluginReload& one) {
  std::string text = one.before == 0 ? "" : "generation " + std::to_string(one.before);
  if (one.after != 0) text.append(text.empty() ? "generation " : " -> ").append(std::to_string(one.after));
  return text;
}

}  // namespace

void log_reload(const ReloadReport& report) {
  for (const manifest::Problem& problem : report.problems)
    base::log_error("reload", problem.file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column) +
                                  ": " + (problem.path.empty() ? "" : problem.path + ": ") + problem.message);
  for (const PluginReload& one : report.plugins) {
    const std::string what = one.id + " " + one.change + " (" + joined(one.reasons) + "), " + generations_of(one) +
                             ": " + name_of(one.outcome);
    if (one.error)
      base::log_error("reload", what + ": " + one.error->message);
    else
      base::log_info(
          "reload",
          what + (one.course.gate.count() == 0 ? "" : ", gate " + std::to_string(one.course.gate.count()) + " us"));
  }
  if (report.error)
    base::log_error("reload", report.error->message);
  else
    base::log_info(
        "reload", report.is_unchanged() ? "nothing differs" : "done in " + std::to_string(report.took.count()) + " us");
}

Json to_json(const ReloadReport& report, bool is_plan) {
  Json view{{"outcome", outcome_of(report, is_plan)},
            {"took_ms", in_ms(report.took)},
            {"plugins", Json::array()},
            {"manifest", manifest::to_json(report.difference)}};
  for (const PluginReload& one : report.plugins) view["plugins"].push_back(view_of(one));
  if (!report.problems.empty()) view["problems"] = Json::parse(manifest::to_json_text(report.problems));
  if (report.error) view["error"] = report.error->message;
  return view;
}

}  // namespace backplane::app
