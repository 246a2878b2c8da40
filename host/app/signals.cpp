#include "app/signals.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>

#include "base/assertion.hpp"

namespace backplane::app {
namespace {

// What the handler may touch: it runs on any thread, at any instruction.
std::atomic<int> stops_seen{0};
std::atomic<int> write_end{-1};
int read_end = -1;
struct sigaction interrupt_before {};
struct sigaction terminate_before {};
struct sigaction hang_up_before {};

static_assert(std::atomic<int>::is_always_lock_free);

extern "C" void on_signal(int number) {
  if (number != SIGHUP && stops_seen.fetch_add(1) > 0) _exit(128 + number);
  const int saved = errno;
  const auto byte = static_cast<unsigned char>(number);
  [[maybe_unused]] const auto written = ::write(write_end.load(), &byte, 1);
  errno = saved;
}

}  // namespace

Signals::Signals() {
  int ends[2];
  BACKPLANE_ASSERT(::pipe2(ends, O_CLOEXEC) == 0);
  read_end = ends[0];
  write_end = ends[1];
  stops_seen = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  // Not SA_RESTART: wait() is to come out of its read, where ThreadSanitizer keeps a signal back until then.
  action.sa_flags = 0;
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, &interrupt_before);
  ::sigaction(SIGTERM, &action, &terminate_before);
  ::sigaction(SIGHUP, &action, &hang_up_before);
}

Signals::~Signals() {
  ::sigaction(SIGINT, &interrupt_before, nullptr);
  ::sigaction(SIGTERM, &terminate_before, nullptr);
  ::sigaction(SIGHUP, &hang_up_before, nullptr);
  ::close(write_end.exchange(-1));
  ::close(read_end);
}

int Signals::wait() {
  unsigned char number = 0;
  while (::read(read_end, &number, 1) != 1) BACKPLANE_ASSERT(errno == EINTR);
  return number;
}

}  // namespace backplane::app
