// Writes the members of a JSON object one after another, in the order in which they are to be read. For this layer's to_text().
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace backplane::model {

class Members {
 public:
  explicit Members(std::size_t expected_bytes) { text_.reserve(expected_bytes); }

  // `json` is put as it is.
  Members& put(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? "{\"" : ",\"";
    text_.append(name).append("\":").append(json);
    return *this;
  }
  Members& text(std::string_view name, std::string_view value) { return put(name, base::quote_json(value)); }
  // Leaves an empty one out.
  Members& text_if_any(std::string_view name, std::string_view value) { return value.empty() ? *this : text(name, value); }
  Members& time(std::string_view name, base::UtcTime value) { return put(name, '"' + base::to_rfc3339(value) + '"'); }
  Members& number(std::string_view name, std::uint64_t value) { return put(name, std::to_string(value)); }
  Members& flag(std::string_view name, bool value) { return put(name, value ? "true" : "false"); }

  std::string take() { return std::move(text_ += '}'); }

 private:
  std::string text_;
};

}  // namespace backplane::model
