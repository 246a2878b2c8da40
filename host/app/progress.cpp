#include "app/progress.hpp"

#include <cstdio>
#include <ostream>

namespace backplane::app {
namespace {

using std::chrono::steady_clock;

std::string size_text(std::uint64_t bytes) {
  static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  double size = static_cast<double>(bytes);
  std::size_t unit = 0;
  for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", size, units[unit]);
  return text;
}

}  // namespace

Progress::Progress(Console& console, const Output& output, std::string verb, std::uint64_t whole_bytes)
    : console_(console),
      on_((console.err_is_terminal && !output.json) || output.progress),
      verb_(std::move(verb)),
      whole_bytes_(whole_bytes),
      next_(steady_clock::now()) {}

Progress::~Progress() {
  if (line_is_open_) console_.err << '\n';
}

void Progress::tell(std::uint64_t resources, std::uint64_t bytes) {
  if (!on_ || steady_clock::now() < next_) return;
  std::string line = std::to_string(resources) + " resources, " + size_text(bytes) + " " + verb_;
  if (whole_bytes_ != 0) line += " (" + std::to_string(bytes * 100 / whole_bytes_) + " %)";
  tell(line);
}

void Progress::tell(const std::string& line) {
  const auto now = steady_clock::now();
  if (!on_ || now < next_) return;
  next_ = now + (console_.err_is_terminal ? std::chrono::milliseconds(100) : std::chrono::milliseconds(1000));
  if (console_.err_is_terminal) {
    console_.err << '\r' << line << "   " << std::flush;
    line_is_open_ = true;
  } else {
    console_.err << line << std::endl;
  }
}

}  // namespace backplane::app
