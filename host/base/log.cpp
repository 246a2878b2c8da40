#include "base/log.hpp"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <nlohmann/json.hpp>

#include "base/clock.hpp"

namespace backplane::base {
namespace {

std::atomic<LogFormat> format_in_use{LogFormat::text};

// Never destroyed: a thread that is still running at exit may write its last words.
spdlog::logger& logger() {
  static auto* instance = [] {
    auto* made = new spdlog::logger("backplane", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *instance;
}

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return spdlog::level::trace;
    case LogLevel::debug: return spdlog::level::debug;
    case LogLevel::info: return spdlog::level::info;
    case LogLevel::warning: return spdlog::level::warn;
    case LogLevel::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::trace: return "trace";
    case LogLevel::debug: return "debug";
    case LogLevel::info: return "info";
    case LogLevel::warning: return "warning";
    case LogLevel::error: return "error";
  }
  return "error";
}

std::string as_one_line(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      line += "\\n";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += "\\x";
      line += digits[byte >> 4u];
      line += digits[byte & 0xfu];
    } else {
      line += c;
    }
  }
  return line;
}

}  // namespace

void set_log(LogLevel least, LogFormat format) {
  logger().set_level(spdlog_level(least));
  format_in_use = format;
}

void log(LogLevel level, std::string_view component, std::string_view message) {
  if (!logger().should_log(spdlog_level(level))) return;
  const std::string time = to_rfc3339(SystemClock().now());
  if (format_in_use == LogFormat::json) {
    const nlohmann::json record{{"time", time}, {"level", name_of(level)}, {"component", component}, {"message", message}};
    logger().log(spdlog_level(level), "{}", record.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  logger().log(spdlog_level(level), "{} {:7} {}: {}", time, name_of(level), as_one_line(component), as_one_line(message));
}

}  // namespace backplane::base
