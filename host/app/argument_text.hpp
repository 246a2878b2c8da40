// The text that an argument stands for.
#pragma once

#include <iosfwd>
#include <string>

#include "base/result.hpp"

namespace backplane::app {

// "-" is what `in` holds, "@path" what the file holds, anything else itself. invalid_argument: a file that cannot be
// read.
base::Result<std::string> text_of_argument(const std::string& argument, std::istream& in);

}  // namespace backplane::app
