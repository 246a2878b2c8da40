// A time as text, for logs, audit trails and documents. Optional: include it beside backplane.hpp. Any thread.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

namespace backplane::sdk {

// Microseconds since 1970-01-01 UTC as RFC 3339 has it, whatever the locale and the time zone:
// timestamp(op.time_us()) is "2024-05-01T12:00:00.000000Z". Years 0 to 9999.
inline std::string timestamp(std::int64_t time_us) {
  constexpr std::int64_t day_us = INT64_C(86400000000);
  const std::int64_t rest_us = time_us % day_us;
  const std::int64_t days = time_us / day_us - (rest_us < 0 ? 1 : 0);
  const std::int64_t of_day_us = rest_us < 0 ? rest_us + day_us : rest_us;
  const std::int64_t second = of_day_us / 1000000;

  // The Gregorian calendar in eras of 400 years that begin on March 1st, so that leap days come last (H. Hinnant,
  // "chrono-compatible low-level date algorithms", civil_from_days).
  const std::int64_t shifted = days + 719468;
  const std::int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
  const std::int64_t day_of_era = shifted - era * 146097;
  const std::int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const std::int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const std::int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const std::int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);

  const auto number = [](std::int64_t value) { return static_cast<int>(value); };
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", number(year), number(month), number(day),
                number(second / 3600), number(second / 60 % 60), number(second % 60), number(of_day_us % 1000000));
  return text;
}

}  // namespace backplane::sdk
