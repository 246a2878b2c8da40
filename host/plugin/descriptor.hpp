// A file that is open, and the errors of those who work with it. Used where a file has to be read, copied or written with more care
// than streams take. One thread at a time.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "base/result.hpp"

namespace backplane::plugin {

// Closes what it was given. Below 0: it could not be opened.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return number_; }

 private:
  int number_;
};

// What errno says.
inline std::string system_reason() { return std::strerror(errno); }

inline base::Error storage_error(const std::filesystem::path& place, const std::string& problem) {
  return {base::Code::storage, place.string() + ": " + problem};
}

}  // namespace backplane::plugin
