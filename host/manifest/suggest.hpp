// Near misses: what a misspelt name was probably meant to be.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace backplane::manifest {

// The known name nearest to `found`, if one is near enough: at most a third of its letters, and at most three, are
// wrong, missing, too many or swapped with a neighbour (optimal string alignment distance); '-' and '_' count as the
// same, so do upper and lower case.
std::optional<std::string> nearest(std::string_view found, const std::vector<std::string>& known);

// What to add to a message: `; did you mean "listen"?`, or `; known: listen, threads`, or nothing when nothing is known.
std::string hint(std::string_view found, const std::vector<std::string>& known);

}  // namespace backplane::manifest
