// What is written to standard error while one of these lives: the log.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>

#include "support/temporary_directory.hpp"

namespace backplane::tests {

class StandardError {
 public:
  explicit StandardError(const std::filesystem::path& file) : file_(file), before_(::dup(STDERR_FILENO)) {
    const int taken = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    ::dup2(taken, STDERR_FILENO);
    ::close(taken);
  }
  ~StandardError() {
    ::dup2(before_, STDERR_FILENO);
    ::close(before_);
  }
  StandardError(const StandardError&) = delete;
  StandardError& operator=(const StandardError&) = delete;

  std::string text() const { return content_of(file_); }

 private:
  std::filesystem::path file_;
  int before_;
};

}  // namespace backplane::tests
