// JSON as text, cut up and laid out without changing a value: numbers keep their digits and members their order, as
// their writer wrote them. The texts given must be valid JSON. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backplane::base {

// The JSON text without white space between tokens.
std::string minify_json(std::string_view text);

// The same value over several lines, indented by two spaces.
std::string indent_json(std::string_view text);

// A part of an object or an array as it is written, within the text that it is part of.
struct JsonPart {
  std::string_view name;   // of a member: without quotes, escapes left in
  std::string_view value;
};

// Goes over the members of an object or the elements of an array; anything else has no parts.
class JsonParts {
 public:
  explicit JsonParts(std::string_view text);

  // The next one; nothing at the end.
  std::optional<JsonPart> next();

 private:
  std::string_view text_;
  std::size_t at_;
  bool named_ = false;
};

// The texts of an array's elements.
std::vector<std::string_view> elements_of(std::string_view array);

// The text of an object's member (a name without escapes); empty: there is none.
std::string_view member_of(std::string_view object, std::string_view name);

}  // namespace backplane::base
