// The host's log: one line per record, to standard error. Any thread.
#pragma once

#include <string_view>

namespace backplane::base {

enum class LogLevel { trace, debug, info, warning, error };
enum class LogFormat { text, json };

// Sets what is written and how; until then: info and above, as text.
void set_log(LogLevel least, LogFormat format);

// Writes one line. component: the layer or "plugin:<id>". Line breaks and control characters in the message are
// escaped, so that a record is always one line.
void log(LogLevel level, std::string_view component, std::string_view message);

inline void log_info(std::string_view component, std::string_view message) { log(LogLevel::info, component, message); }
inline void log_warning(std::string_view component, std::string_view message) { log(LogLevel::warning, component, message); }
inline void log_error(std::string_view component, std::string_view message) { log(LogLevel::error, component, message); }

}  // namespace backplane::base
