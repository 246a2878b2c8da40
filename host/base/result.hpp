// Result<T>: a value or an Error, for everything that the outside world can cause. Exceptions are thrown by
// nobody in host/ and caught only where a library is wrapped.
#pragma once

#include <tl/expected.hpp>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace backplane::base {

template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result(Error error) : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}
};

// The value of a Result<void>: `return ok();`
inline Result<void> ok() { return {}; }

}  // namespace backplane::base

// Assigns the value of `expression` to `target`, or returns its error from the enclosing function.
#define BACKPLANE_TRY(target, expression) BACKPLANE_TRY_(target, expression, __COUNTER__)
#define BACKPLANE_TRY_(target, expression, n) BACKPLANE_TRY_NAMED_(target, expression, n)
#define BACKPLANE_TRY_NAMED_(target, expression, n)                      \
  auto try_result_##n = (expression);                                    \
  if (!try_result_##n) return std::move(try_result_##n).error();         \
  target = std::move(*try_result_##n)

// Returns the error of `expression` (a Result<void>) from the enclosing function, if it has one.
#define BACKPLANE_CHECK(expression)                                      \
  do {                                                                   \
    if (auto check_result_ = (expression); !check_result_)               \
      return std::move(check_result_).error();                           \
  } while (false)
