// What a handler's call costs across the border, beside a bare call of the same function by pointer, in one run.
//
//   bare call      the handler of a loaded plugin, by its pointer, in a loop
//   chained        a handler more in a chain of ten: seen by the watchdog, given up when it hangs, exceptions caught, with its
//                  deadline, the budget of the phase, and its plugin's breaker
//   alone          a phase of one handler, as an operation awaits it: the above and the coroutines around it
//
//   bench_hook [rounds, 7]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <vector>

#include "hooks/phase.hpp"
#include "plugin/private_copy.hpp"
#include "plugin/registry.hpp"
#include "plugin/watchdog.hpp"

namespace {

using namespace backplane;
using Clock = std::chrono::steady_clock;

constexpr int calls = 2'000'000;
constexpr std::chrono::microseconds allowed{1'000'000};

// No operation of a plugin's is asked for here.
class NoOperations final : public plugin::PluginOperations {
 public:
  base::Result<plugin::PluginReply> operate(const std::string&, const plugin::Cause&, plugin::PluginRequest) override {
    return base::Error{base::Code::unsupported, "a benchmark"};
  }
  base::Result<void> check_enlisted(const plugin::PluginRequest&) override { return base::ok(); }
};

class NoEvents final : public plugin::PluginEvents {
 public:
  base::Result<plugin::Published> publish(const plugin::Cause&, std::shared_ptr<model::Event>&,
                                          plugin::Promise) override {
    return base::Error{base::Code::unsupported, "a benchmark"};
  }
  void announce(std::string_view, const plugin::Instance&) override {}
  bool has_log() const override { return false; }
  base::UtcTime now() const override { return {}; }
  base::JsonLimits payload_limits() const override { return {}; }
};

double nanoseconds_a_call(int count, const std::function<void()>& work) {
  const auto start = Clock::now();
  work();
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / count;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

base::Task<bool> decide(hooks::Passage& passage, const hooks::Handlers& handlers, int times) {
  for (int i = 0; i < times; ++i) {
    const auto decided = co_await hooks::decide(passage, handlers);
    BACKPLANE_ASSERT(decided.has_value());
  }
  co_return true;
}

std::unique_ptr<plugin::Registry> load_noop(const std::filesystem::path& directory, plugin::Services services) {
  manifest::PluginSettings settings;
  settings.id = "noop";
  settings.library_path = BACKPLANE_NOOP;
  settings.grants.hooks["*"] = model::actions::full;
  BACKPLANE_ASSERT(plugin::prepare_run_directory(directory).has_value());
  auto registry = plugin::Registry::load({settings}, allowed, {directory, BACKPLANE_PROBE}, services);
  if (!registry) std::fprintf(stderr, "%s\n", registry.error().message.c_str());
  BACKPLANE_ASSERT(registry.has_value());
  return std::move(*registry);
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 7;
  const auto directory = std::filesystem::temp_directory_path() / ("bench_hook-" + std::to_string(getpid()));
  std::filesystem::create_directories(directory);
  NoOperations operations;
  NoEvents events;
  const auto registry = load_noop(directory, {operations, events});
  const plugin::Hook& hook = registry->instances().front()->hooks().front();
  base::WorkerPool pool({1, 4});
  const plugin::Watchdog watchdog(pool, [] {});
  auto context = std::make_shared<plugin::OperationContext>(plugin::OperationFacts{}, base::JsonLimits{});
  hooks::Passage passage{{.executor = &pool, .pool = pool, .until = Clock::now() + std::chrono::hours(1)}, context};
  const hooks::Handlers one(1, &hook);
  const hooks::Handlers ten(10, &hook);

  std::vector<double> bare, chained, alone;
  for (int round = 0; round < rounds; ++round) {
    // volatile: the compiler may not see that it is always the same function.
    const volatile bp_handler_fn pointer = hook.function;
    bare.push_back(nanoseconds_a_call(calls, [&] {
      for (int i = 0; i < calls; ++i)
        if (pointer(hook.user_data, context.get()) != BP_OK) std::abort();
    }));
    constexpr int times = calls / 20;
    const double with_ten = nanoseconds_a_call(times, [&] { base::start(decide(passage, ten, times), [](bool) {}); });
    const double with_one = nanoseconds_a_call(times, [&] { base::start(decide(passage, one, times), [](bool) {}); });
    chained.push_back((with_ten - with_one) / 9);
    alone.push_back(with_one);
  }
  const double limit = median(bare);
  std::printf("%-12s %8.2f ns\n", "bare call", limit);
  for (const auto& [name, values] : {std::pair("chained", chained), {"alone", alone}})
    std::printf("%-12s %8.2f ns  %6.2f x\n", name, median(values), median(values) / limit);
  std::filesystem::remove_all(directory);
  return 0;
}
