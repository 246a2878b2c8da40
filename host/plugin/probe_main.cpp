// backplane-probe <library>...: loads libraries one after another and calls the entry of each, so that one which crashes,
// throws, exits or hangs does so here and not in the host. Used by the host before every load. It reports to
// descriptor 3, a line for each step, and exits with 0 when it came to the end:
//   open <n>           about to load the n-th library
//   entry <n>          loaded; about to call backplane_plugin_1 and to look at the table it returns
//   good <n> <µs>      both done; how long the loading took
//   bad <n> <text>     refused by the loader, or an exception came out; after an exception the probe ends
//
// backplane-probe --life <file>: leads one library through its whole life (see life.hpp). The file is an object with
// "id", "library", "run_directory" and "config". Lines:
//   step <name>        about to open, create, start, stop, destroy or close it
//   good               all of it done
//   bad <text>         the step failed
// Nothing but that one is unloaded, and what plugins write to standard output goes to standard error.
#include <backplane/backplane.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdio>
#include <exception>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "plugin/grants.hpp"
#include "plugin/life.hpp"

namespace {

constexpr int progress = 3;

void report(std::string line) {
  for (char& c : line)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';
  line += '\n';
  for (std::size_t written = 0; written < line.size();) {
    const ssize_t n = write(progress, line.data() + written, line.size() - written);
    if (n <= 0) _exit(2);  // nobody listens any more
    written += static_cast<std::size_t>(n);
  }
}

// The state of the loader is lost once an exception went through it: this process ends.
[[noreturn]] void report_exception(const std::string& n, const std::string& what) {
  report("bad " + n + " an exception: " + what);
  _exit(0);
}

// A pointer that leads nowhere is found here.
void look_at(const bp_plugin* table) {
  const volatile bp_plugin* const seen = table;
  if (seen != nullptr && seen->struct_size >= sizeof(std::uint32_t)) static_cast<void>(seen->abi_minor);
}

void load(const char* file, const std::string& n) {
  using Clock = std::chrono::steady_clock;
  report("open " + n);
  const Clock::time_point start = Clock::now();
  void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  if (library == nullptr) return report("bad " + n + " " + dlerror());
  report("entry " + n);
  using Entry = const bp_plugin* (*)();
  const auto entry = reinterpret_cast<Entry>(dlsym(library, "backplane_plugin_1"));
  if (entry == nullptr) return report("bad " + n + " " + dlerror());
  look_at(entry());
  report("good " + n + " " + std::to_string(took.count()));
}

backplane::base::Result<void> live(const char* part_file) {
  using namespace backplane;
  std::ifstream stream(part_file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  BACKPLANE_TRY(const auto part, base::parse_json(text, {.bytes = std::size_t{64} << 20, .depth = 512}));
  manifest::PluginSettings settings;
  settings.id = part["id"].get<std::string>();
  settings.library = settings.library_path = part["library"].get<std::string>();
  settings.config = model::Document::from(part["config"]);
  settings.grants = plugin::every_grant();
  return plugin::live(settings, part["run_directory"].get<std::string>(), [](const std::string& step) { report("step " + step); });
}

// A sanitizer's handlers would hide the signal, and a core file of every bad plugin helps nobody.
void let_signals_kill() {
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP}) std::signal(number, SIG_DFL);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

}  // namespace

int main(int count, char** arguments) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (fcntl(progress, F_SETFD, FD_CLOEXEC) != 0) {
    std::fputs("backplane-probe is started by the host, which reads descriptor 3 of it\n", stderr);
    return 2;
  }
  let_signals_kill();
  if (count == 3 && std::string_view(arguments[1]) == "--life") {
    const auto lived = live(arguments[2]);
    report(lived ? "good" : "bad " + lived.error().message);
    _exit(0);
  }
  for (int i = 1; i < count; ++i) {
    const std::string n = std::to_string(i - 1);
    try {
      load(arguments[i], n);
    } catch (const std::exception& error) {
      report_exception(n, error.what());
    } catch (...) {
      report_exception(n, "of unknown type");
    }
  }
  _exit(0);
}
