// The HTTP requests of the resource commands, made from their options.
#pragma once

#include <string>

#include "app/options.hpp"
#include "base/result.hpp"
#include "http/client/client.hpp"

namespace backplane::app {

// The request of a verb; `document` is its body, for the verbs that have one. invalid_argument: an --if-match that is no
// revision.
base::Result<http::Client::Request> request_of(const ResourceOptions& options, std::string document);

// The request of one page, from `cursor` (search) or after a revision (revisions).
http::Client::Request request_of(const PageOptions& options, const std::string& cursor);

// Whether the verb sends a document.
bool takes_document(Verb verb);

}  // namespace backplane::app
