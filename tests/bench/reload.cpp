// What a reload costs: a plugin with a hook and a state is put in its own place again and again, in a host with durable
// writes.
//
//   alone           reloads one after another, nobody else there: how long each takes, and its gate is closed
//   under load      the same beside four callers who create notes, which the plugin's hook changes; and each of its steps
//   others          the latency of creates of another type, which no hook sees, with and without reloads beside them
//   by itself       from the rename of a new file (reload: watch) to the first answer of its code
//   parked          what each generation costs whose code stays in memory, in resident memory of the process
//   restart         beside all that: the host ended and started again in this process
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>

#include "app/host.hpp"
#include "base/assertion.hpp"
#include "manifest/read.hpp"
#include "operation/request.hpp"

namespace backplane::bench {
namespace {

using Clock = std::chrono::steady_clock;
using Times = std::vector<double>;  // in ms

double since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

double at(Times times, double part) {
  std::sort(times.begin(), times.end());
  return times.empty()
             ? 0
             : times[std::min(times.size() - 1, static_cast<std::size_t>(part * static_cast<double>(times.size())))];
}

double resident_kb() {
  long pages = 0;
  std::ifstream statm("/proc/self/statm");
  statm >> pages >> pages;
  return static_cast<double>(pages * sysconf(_SC_PAGESIZE)) / 1024;
}

class Bench {
 public:
  explicit Bench(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    install(BACKPLANE_RELOADED);
    std::ofstream(folder_ / "backplane.yaml") << R"(version: 1
data_dir: data
log: { level: error }
http: { listen: "127.0.0.1:0" }
resources: [{ type: note }, { type: task }]
plugins:
  - id: reloaded
    library: ./reloaded.so
    grants: { hooks: { "*": [full] } }
    reload: watch
)";
    start();
  }

  void start() {
    auto reading = manifest::read_manifest(folder_ / "backplane.yaml");
    BACKPLANE_ASSERT(reading.settings.has_value());
    auto host = app::Host::start(std::move(*reading.settings),
                                 {.probe = BACKPLANE_PROBE, .reloaded = [](const app::ReloadReport&) {}});
    if (!host) std::fprintf(stderr, "%s\n", host.error().message.c_str());
    BACKPLANE_ASSERT(host.has_value());
    host_ = std::move(*host);
  }

  double restart() {
    const auto began = Clock::now();
    host_->stop();
    host_.reset();
    start();
    create("note");
    return since(began);
  }

  void install(const std::filesystem::path& library) const {
    std::filesystem::copy_file(library, folder_ / "part", std::filesystem::copy_options::overwrite_existing);
    std::filesystem::rename(folder_ / "part", folder_ / "reloaded.so");
  }

  // Its answer.
  std::string create(const char* type) {
    operation::Request request;
    request.action = model::Action::create;
    request.caller.actor = "bench";
    request.type = type;
    request.body = "{}";
    std::promise<operation::Outcome> promise;
    host_->operations().submit(std::move(request),
                               [&](operation::Outcome done) { promise.set_value(std::move(done)); });
    const auto outcome = promise.get_future().get();
    BACKPLANE_ASSERT(outcome.answer.has_value());
    return outcome.answer->body;
  }

  struct Reloads {
    Times took, gate;
    std::map<std::string, Times> steps{};
  };
  Reloads reload(int times) {
    Reloads reloads;
    for (int i = 0; i < times; ++i) {
      const auto report = host_->reload({.what = app::ReloadRequest::What::plugin, .plugin = "reloaded"});
      if (report.error) std::fprintf(stderr, "%s\n", report.error->message.c_str());
      BACKPLANE_ASSERT(!report.error);
      reloads.took.push_back(static_cast<double>(report.took.count()) / 1000);
      const auto& course = report.plugins[0].course;
      reloads.gate.push_back(static_cast<double>(course.gate.count()) / 1000);
      for (const auto& step : course.steps)
        reloads.steps[step.name].push_back(static_cast<double>(step.took.count()) / 1000);
    }
    return reloads;
  }

  // The latencies of four callers while `work` runs.
  template <class F>
  Times beside(const char* type, F work) {
    std::atomic<bool> done{false};
    std::vector<std::future<Times>> callers;
    for (int i = 0; i < 4; ++i)
      callers.push_back(std::async(std::launch::async, [&] {
        Times times;
        while (!done) {
          const auto began = Clock::now();
          create(type);
          times.push_back(since(began));
        }
        return times;
      }));
    work();
    done = true;
    Times all;
    for (auto& caller : callers)
      for (const double time : caller.get()) all.push_back(time);
    return all;
  }

  double by_itself(const char* library, const std::string& mark) {
    install(library);
    const auto began = Clock::now();
    while (create("note").find(mark) == std::string::npos) {
    }
    return since(began);
  }

  // Kilobytes for each of `times` generations that stay.
  double parked(int times) {
    install(BACKPLANE_RELOADED_PARKED);
    reload(1);
    const double before = resident_kb();
    reload(times);
    return (resident_kb() - before) / times;
  }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<app::Host> host_;
};

void print(const char* what, const Times& times) {
  std::printf("%-34s p50 %8.3f ms   p99 %8.3f ms   (%zu)\n", what, at(times, 0.5), at(times, 0.99), times.size());
}

int run(const std::filesystem::path& folder, int times) {
  Bench bench(folder);
  const auto alone = bench.reload(times);
  print("alone: reload", alone.took);
  print("alone: gate", alone.gate);
  Bench::Reloads loaded;
  const auto began = Clock::now();
  print("under load: creates it hooks", bench.beside("note", [&] { loaded = bench.reload(times); }));
  const double spent = since(began);
  print("under load: reload", loaded.took);
  print("under load: gate", loaded.gate);
  for (const auto& [step, times_of_it] : loaded.steps) print(("under load: step " + step).c_str(), times_of_it);
  std::printf("%-34s %8.1f a second\n", "under load: reloads", 1000.0 * times / spent);
  print("others: creates, no reloads", bench.beside("task", [&] {
    for (const auto until = Clock::now() + std::chrono::seconds(3); Clock::now() < until;) bench.create("task");
  }));
  print("others: creates beside reloads", bench.beside("task", [&] { bench.reload(times); }));
  Times by_itself;
  for (int i = 0; i < 20; ++i)
    by_itself.push_back(bench.by_itself(i % 2 == 0 ? BACKPLANE_RELOADED_2 : BACKPLANE_RELOADED,
                                        i % 2 == 0 ? "\"build\":2" : "\"build\":1"));
  print("by itself: rename to first answer", by_itself);
  std::printf("%-34s %12.1f kB\n", "parked: memory for each", bench.parked(60));
  Times restarts;
  for (int i = 0; i < 10; ++i) restarts.push_back(bench.restart());
  print("restart of the host", restarts);
  std::printf("a reload is %.1f x faster than a restart\n", at(restarts, 0.5) / at(alone.took, 0.5));
  return 0;
}

}  // namespace
}  // namespace backplane::bench

int main(int count, char** arguments) {
  if (count > 3) {
    std::fprintf(stderr, "usage: bench_reload [RELOADS [FOLDER]]\n");
    return 2;
  }
  const int times = count > 1 ? std::atoi(arguments[1]) : 200;
  const std::filesystem::path folder =
      count > 2 ? arguments[2] : std::filesystem::temp_directory_path() / ("bench_reload-" + std::to_string(getpid()));
  const int status = backplane::bench::run(folder, std::max(times, 1));
  std::filesystem::remove_all(folder);
  return status;
}
