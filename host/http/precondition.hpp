// ETags and the conditions on them (RFC 9110, 13).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "model/resource.hpp"

namespace backplane::http {

// What If-Match asks for.
struct Expected {
  enum class Kind { any, version, never } kind = Kind::any;  // never: a tag that no version of ours has
  model::Version version{};
};

// `*` or one tag; a weak tag never matches (strong comparison). invalid_argument: anything else.
base::Result<Expected> read_if_match(std::string_view value);

// Whether If-None-Match (`*` or a list of tags, weak comparison) names `version`. Parts that are not tags match nothing.
bool names_version(std::string_view if_none_match, model::Version version);

// `"3"`, with its quotes.
std::string etag_of(model::Version version);

}  // namespace backplane::http
