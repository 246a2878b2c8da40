#include "app/argument_text.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <istream>
#include <iterator>

namespace backplane::app {

base::Result<std::string> text_of_argument(const std::string& argument, std::istream& in) {
  if (argument == "-") return std::string(std::istreambuf_iterator<char>(in), {});
  if (argument.empty() || argument.front() != '@') return argument;
  const std::string path = argument.substr(1);
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file.is_open() || file.bad())
    return base::Error{base::Code::invalid_argument, "cannot read " + path + ": " + std::strerror(errno)};
  return text;
}

}  // namespace backplane::app
