// What a new generation of a plugin is called for, and the old one was not; and the other way round.
#pragma once

#include <string>
#include <vector>

#include "plugin/instance.hpp"

namespace backplane::app {

// "+ hook check: before write on note", "- subscription mail: order.paid, background": the old generation's first.
std::vector<std::string> handler_changes(const plugin::Instance& before, const plugin::Instance& after);

}  // namespace backplane::app
