// An event as a line for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/console.hpp"

namespace backplane::app {

enum class Colors { off, on };

// On where a person reads it who has not set NO_COLOR: https://no-color.org
Colors colors_for(const Console& console);

// Position, time, type, who, key and payload of an envelope of the API, without a line break; control characters are escaped.
std::string event_line(const nlohmann::json& envelope, Colors colors);

}  // namespace backplane::app
