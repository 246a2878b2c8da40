// The target of a request: a path and a query, put together from parts that may hold any bytes.
//
//   RequestTarget("/v1/resources").segment("note").segment(id).query("filter", "/title = a&b").text()
//
// Used by the command line. Not shared between threads.
#pragma once

#include <string>
#include <string_view>

namespace backplane::http {

class RequestTarget {
 public:
  // `path` is taken as it is.
  explicit RequestTarget(std::string path) : path_(std::move(path)) {}

  // Adds "/" and the percent-encoded segment.
  RequestTarget& segment(std::string_view text);

  // Adds "name=value", both percent-encoded. Names may repeat.
  RequestTarget& query(std::string_view name, std::string_view value);

  std::string text() const { return path_ + query_; }

 private:
  std::string path_;
  std::string query_;
};

}  // namespace backplane::http
