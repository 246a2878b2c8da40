// A list of JSON objects as a table for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace backplane::app {

// A header line and a line for each object of the array, in those of the columns that one row has at least. What a row does not have
// is "-"; lists are joined by commas.
std::string as_table(const nlohmann::json& rows, std::vector<std::string> columns);

}  // namespace backplane::app
