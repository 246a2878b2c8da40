#include "app/scratch_host.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include "app/host.hpp"
#include "app/place.hpp"
#include "base/log.hpp"
#include "events/bus.hpp"
#include "operation/conductor.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;
using namespace std::chrono_literals;

constexpr auto settled_within = 10s;

// What came of a step beside its answer.
class Aftermath {
 public:
  explicit Aftermath(events::Bus& bus) : bus_(bus) {}

  // Waits until what was set off is done, then tells of it: what happened since it was last asked.
  Result<Json> await() {
    Json json = Json::object();
    const auto deadline = std::chrono::steady_clock::now() + settled_within;
    while (!is_settled() && std::chrono::steady_clock::now() < deadline) std::this_thread::sleep_for(200us);
    if (!is_settled()) json["unsettled"] = true;
    add_deliveries(json);
    BACKPLANE_CHECK(add_events(json));
    return json;
  }

 private:
  bool is_settled() const {
    for (const events::QueueFigures& queue : bus_.background().figures())
      if (queue.waiting != 0 || queue.spilled) return false;
    for (const events::ConsumerFigures& consumer : std::as_const(bus_).durable().figures())
      if (consumer.behind != 0 || consumer.busy != 0) return false;
    return true;
  }

  void add_deliveries(Json& json) {
    for (const auto& instance : bus_.table()->plugins()) {
      for (const plugin::Subscription& subscription : instance->subscriptions()) {
        auto& [delivered, failed] = counted_[events::full_name(subscription)];
        const std::uint64_t now_delivered = subscription.counts->delivered.load();
        const std::uint64_t now_failed = subscription.counts->failed.load();
        if (now_delivered != delivered || now_failed != failed)
          json["deliveries"][events::full_name(subscription)] = {{"delivered", now_delivered - delivered},
                                                                 {"failed", now_failed - failed}};
        delivered = now_delivered;
        failed = now_failed;
      }
    }
  }

  Result<void> add_events(Json& json) {
    const auto log = bus_.log();
    if (!log) return base::ok();
    BACKPLANE_CHECK((*log)->events().read_events({.after = position_}, [&](const model::Event& event) {
      position_ = event.position;
      // Of the scratch host itself, whenever they come into the log.
      if (event.type.starts_with("plugin.")) return true;
      json["events"].push_back(
          {{"event_type", event.type}, {"source", event.source}, {"payload", event.payload.json()}});
      return true;
    }));
    return base::ok();
  }

  events::Bus& bus_;
  std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> counted_;
  std::uint64_t position_ = 0;
};

Json error_answer(const Error& error) {
  Json json{{"code", base::name_of(error.code)}, {"message", error.message}};
  if (!error.reason.empty()) json["reason"] = error.reason;
  if (!error.plugin.empty()) json["plugin"] = error.plugin;
  if (!error.details.empty()) json["details"] = Json::parse(error.details, nullptr, false);
  return {{"error", std::move(json)}};
}

Json answer_to(Host& host, const operation::Recorded& recorded) {
  std::promise<operation::Outcome> promise;
  host.operations().submit(recorded.request, [&](operation::Outcome done) { promise.set_value(std::move(done)); });
  const operation::Outcome outcome = promise.get_future().get();
  if (!outcome.answer) return error_answer(outcome.answer.error());
  return {{"answer", Json::parse(outcome.answer->body, nullptr, false)}};
}

Json answer_to(Host& host, const model::Event& event) {
  std::promise<std::optional<Error>> promise;
  std::vector<model::Event> events{event};
  const auto kind = host.bus().has_log() ? plugin::Promise::durable : plugin::Promise::memory;
  host.bus().submit(std::move(events), kind, [&](const base::Result<std::vector<plugin::Published>>& done) {
    promise.set_value(done ? std::optional<Error>() : done.error());
  });
  const auto error = promise.get_future().get();
  return error ? error_answer(*error) : Json::object();
}

// ---- in the child: a line of JSON for each step, and one that says how it ended ----

Result<void> perform_steps(const Scratch& scratch, std::ostream& out) {
  const base::UtcTime begin = scratch.script.front().time;
  BACKPLANE_CHECK(fill_scratch(scratch.settings, scratch.dumps, begin));
  base::ManualClock clock(begin);
  BACKPLANE_TRY(const auto host, Host::start(scratch.settings, {.probe = probe_program(), .clock = &clock}));
  Aftermath aftermath(host->bus());
  BACKPLANE_TRY([[maybe_unused]] const Json of_the_start, aftermath.await());
  for (const Step& step : scratch.script) {
    clock.set(step.time);
    Json result = std::visit([&](const auto& what) { return answer_to(*host, what); }, step.what);
    BACKPLANE_TRY(const Json rest, aftermath.await());
    result.update(rest);
    out << base::to_text({{"step", std::move(result)}}) << std::endl;
  }
  host->stop();
  return base::ok();
}

[[noreturn]] void perform_as_child(const Scratch& scratch, const std::filesystem::path& into) {
  base::set_log(base::LogLevel::error, base::LogFormat::text);
  std::ofstream out(into);
  const auto done = perform_steps(scratch, out);
  Json last{{"end", true}};
  if (!done)
    last = {{"failed", static_cast<int>(done.error().code)},
            {"message", done.error().message},
            {"plugin", done.error().plugin}};
  out << base::to_text(last) << std::endl;
  ::_exit(0);
}

// ---- in the parent ----

Error died(const Scratch& scratch, int status, std::size_t done) {
  std::string why = WIFSIGNALED(status)
                        ? "signal " + std::to_string(WTERMSIG(status)) + ", " + ::strsignal(WTERMSIG(status))
                        : "exit code " + std::to_string(WEXITSTATUS(status));
  const std::string where = done < scratch.script.size()
                                ? "step " + std::to_string(done + 1) + ", " + name_of(scratch.script[done])
                                : "the stop";
  const std::string message = scratch.plugin.library_path.string() + " ended the process (" + why + ") in " + where;
  return {Code::plugin_fault, message, {}, {}, scratch.plugin.id};
}

Result<std::vector<Json>> read_results(const Scratch& scratch, const std::filesystem::path& file, int status) {
  std::vector<Json> results;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) break;
    if (json.contains("end")) return results;
    if (json.contains("failed"))
      return Error{
          static_cast<Code>(json["failed"].get<int>()), json.value("message", ""), {}, {}, json.value("plugin", "")};
    results.push_back(std::move(json["step"]));
  }
  return died(scratch, status, results.size());
}

}  // namespace

Result<std::vector<Json>> perform(const Scratch& scratch) {
  const auto folder = TemporaryFolder::make();
  if (!folder) return folder.error();
  const auto file = folder->path() / "results";
  const pid_t child = ::fork();
  if (child < 0) return Error{Code::unavailable, std::string("no process for the rehearsal: ") + std::strerror(errno)};
  if (child == 0) perform_as_child(scratch, file);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return read_results(scratch, file, status);
}

}  // namespace backplane::app
