#include "base/version.hpp"

namespace backplane::base {

std::string_view version() { return BACKPLANE_VERSION; }

}  // namespace backplane::base
