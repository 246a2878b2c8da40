#include <unistd.h>

#include <iostream>

#include "app/program.hpp"

int main(int argc, char** argv) {
  using namespace backplane::app;
  Console console{std::cin, std::cout, std::cerr, isatty(STDOUT_FILENO) == 1, isatty(STDERR_FILENO) == 1};
  return static_cast<int>(run_program({argv + 1, argv + argc}, console, {serve, rehearse}));
}
