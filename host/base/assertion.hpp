// Assertions that are always on, for our own bugs only. What the outside world can cause is a Result.
#pragma once

namespace backplane::base {

[[noreturn]] void assertion_failed(const char* condition, const char* file, int line);

}  // namespace backplane::base

#define BACKPLANE_ASSERT(condition) \
  ((condition) ? void(0) : ::backplane::base::assertion_failed(#condition, __FILE__, __LINE__))
