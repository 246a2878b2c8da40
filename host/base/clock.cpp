#include "base/clock.hpp"

#include <algorithm>
#include <array>

namespace backplane::base {
namespace {

// Days since 1970-01-01 of a date in the proleptic Gregorian calendar and back, by Howard Hinnant's
// "chrono-Compatible Low-Level Date Algorithms".
constexpr std::int64_t days_from_civil(std::int64_t y, unsigned m, unsigned d) {
  y -= m <= 2;
  const std::int64_t era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<std::int64_t>(doe) - 719468;
}

struct Civil {
  std::int64_t year;
  unsigned month;
  unsigned day;
};

constexpr Civil civil_from_days(std::int64_t z) {
  z += 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<std::int64_t>(yoe) + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

constexpr unsigned days_in_month(std::int64_t year, unsigned month) {
  constexpr std::array<unsigned, 12> days{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return month == 2 && leap ? 29 : days[month - 1];
}

// Takes digits from the front of a text, and knows whether all went well.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  unsigned digits(std::size_t count) {
    unsigned value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (text_.empty() || text_.front() < '0' || text_.front() > '9') return fail();
      value = value * 10 + static_cast<unsigned>(text_.front() - '0');
      text_.remove_prefix(1);
    }
    return value;
  }

  char one_of(std::string_view wanted) {
    if (text_.empty() || wanted.find(text_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char found = text_.front();
    text_.remove_prefix(1);
    return found;
  }

  // ".123456789" as microseconds; nothing when there is no point.
  unsigned fraction() {
    if (text_.empty() || text_.front() != '.') return 0;
    text_.remove_prefix(1);
    unsigned value = 0;
    std::size_t count = 0;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9'; text_.remove_prefix(1), ++count)
      if (count < 6) value = value * 10 + static_cast<unsigned>(text_.front() - '0');
    if (count == 0) return fail();
    for (; count < 6; ++count) value *= 10;
    return value;
  }

  bool good() const { return good_; }
  bool finished() const { return good_ && text_.empty(); }

 private:
  unsigned fail() {
    good_ = false;
    return 0;
  }

  std::string_view text_;
  bool good_ = true;
};

}  // namespace

UtcTime SystemClock::now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

std::string to_rfc3339(UtcTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const auto in_day = (time - day).count();
  const Civil date = civil_from_days(day.time_since_epoch().count());
  const auto seconds = in_day / 1'000'000;
  std::string text = "0000-00-00T00:00:00.000000Z";
  // Every answer has such times in it: digits written in place cost a tenth of a format string's.
  const auto put = [&text](std::size_t at, std::size_t digits, std::int64_t value) {
    for (; digits > 0; value /= 10) text[at + --digits] = static_cast<char>('0' + value % 10);
  };
  put(0, 4, std::clamp<std::int64_t>(date.year, 0, 9999));
  put(5, 2, date.month);
  put(8, 2, date.day);
  put(11, 2, seconds / 3600);
  put(14, 2, seconds / 60 % 60);
  put(17, 2, seconds % 60);
  put(20, 6, in_day % 1'000'000);
  return text;
}

Result<UtcTime> from_rfc3339(std::string_view text) {
  const Error wrong{Code::invalid_argument,
                    "wanted an RFC 3339 time (2026-01-31T12:00:00Z), found '" + std::string(text) + "'"};
  Reader reader(text);
  const unsigned year = reader.digits(4);
  reader.one_of("-");
  const unsigned month = reader.digits(2);
  reader.one_of("-");
  const unsigned day = reader.digits(2);
  reader.one_of("Tt ");
  const unsigned hour = reader.digits(2);
  reader.one_of(":");
  const unsigned minute = reader.digits(2);
  reader.one_of(":");
  const unsigned second = reader.digits(2);
  const unsigned micros = reader.fraction();
  const char zone = reader.one_of("Zz+-");
  std::int64_t offset_minutes = 0;
  if (zone == '+' || zone == '-') {
    const unsigned hours = reader.digits(2);
    reader.one_of(":");
    const unsigned minutes = reader.digits(2);
    if (hours > 23 || minutes > 59) return wrong;
    offset_minutes = (zone == '-' ? -1 : 1) * static_cast<std::int64_t>(hours * 60 + minutes);
  }
  if (!reader.finished() || month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) ||
      hour > 23 || minute > 59 || second > 60)
    return wrong;
  return UtcTime(std::chrono::days(days_from_civil(year, month, day)) + std::chrono::hours(hour) +
                 std::chrono::minutes(minute - offset_minutes) + std::chrono::seconds(second) +
                 std::chrono::microseconds(micros));
}

}  // namespace backplane::base
