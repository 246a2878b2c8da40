// What went wrong, as the command line tells it: for people over a few lines, or with --json as the problem document.
#pragma once

#include <iosfwd>
#include <string>

#include "app/exit_code.hpp"
#include "app/options.hpp"
#include "base/error.hpp"
#include "http/client/client.hpp"

namespace backplane::app {

struct Failure {
  base::Error error;
  unsigned status = 0;         // of HTTP; 0: it did not come from a host
  std::string operation_id{};  // empty: none
  std::string document{};      // the host's problem document, as received; empty: none
};

// A problem out of an answer with a status of failure. One that is no problem document is told by its status.
Failure failure_of(const http::Client::Reply& reply);

// Writes it: a line, then what more is known; or a JSON line.
void write(std::ostream& err, const Failure& failure, const Output& output);

}  // namespace backplane::app
