// JSON as text, cut up and laid out without changing a value: numbers keep their digits and members their order, as
// their writer wrote them. The texts given must be valid JSON. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace backplane::app {

// The same value over several lines, indented by two spaces.
std::string indented(std::string_view json);

// The texts of an array's elements.
std::vector<std::string_view> elements_of(std::string_view array);

// The text of an object's member (a name without escapes); empty: there is none.
std::string_view member_of(std::string_view object, std::string_view name);

}  // namespace backplane::app
