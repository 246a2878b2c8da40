// Where a command reads and writes: the program's own streams, or a test's.
#pragma once

#include <iosfwd>

namespace backplane::app {

struct Console {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
};

}  // namespace backplane::app
