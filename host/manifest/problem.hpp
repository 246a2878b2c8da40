// What is wrong with a manifest: every mistake of one reading, each with its place.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace backplane::manifest {

struct Problem {
  std::string file;        // as the reader was given it; of an included fragment: its own name
  std::size_t line = 1;    // from 1
  std::size_t column = 1;  // from 1, in characters
  std::string path;        // "plugins[0].grants.publish[1]"; empty: the file as a whole
  std::string message;     // "wanted ..., found ..."
};

// One line for each, "file:line:column: path: message".
std::string to_text(const std::vector<Problem>& problems);

// The same as a JSON array of {"file", "line", "column", "path", "message"}.
std::string to_json_text(const std::vector<Problem>& problems);

// Collects the problems of one reading, up to a number that a person can still use.
class Problems {
 public:
  static constexpr std::size_t most = 200;

  void add(Problem problem);
  bool empty() const { return problems_.empty(); }

  // Nothing more is taken: a reason not to look for more.
  bool full() const { return problems_.size() > most; }

  // Sorted by file (in the order of reading), line and column.
  std::vector<Problem> take();

 private:
  std::vector<Problem> problems_;
};

// `text` in quotes for a message: escaped, and cut when it is long.
std::string in_quotes(std::string_view text);

}  // namespace backplane::manifest
