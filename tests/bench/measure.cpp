#include "bench/measure.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/assertion.hpp"
#include "store/open.hpp"
#include "store/sqlite/schema.hpp"

namespace backplane::bench {

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void print(const char* what, Rate rate) { std::printf("%-58s %10.0f /s %9.2f us CPU\n", what, rate.per_second, rate.cpu_micros); }

double probe_sync(const std::filesystem::path& directory) {
  const std::string path = directory / "probe";
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::vector<char> page(4096, 'x');
  constexpr int rounds = 200;
  const auto start = Clock::now();
  for (int i = 0; i < rounds; ++i) {
    BACKPLANE_ASSERT(write(file, page.data(), page.size()) == 4096);
    fdatasync(file);
  }
  const double micros = seconds_since(start) * 1e6 / rounds;
  close(file);
  unlink(path.c_str());
  return micros;
}

void remove_database(const std::filesystem::path& path) {
  for (const char* const suffix : {"", "-wal", "-shm", ".lock", ".ballast"})
    std::filesystem::remove(path.string() + suffix);
}

std::unique_ptr<store::sqlite::Connection> open_raw(const std::filesystem::path& path) {
  remove_database(path);
  using store::sqlite::Connection;
  auto connection = Connection::open(path, Connection::Access::read_write, std::chrono::seconds(5)).value();
  for (const char* const pragma :
       {"journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "wal_autocheckpoint=2000"})
    BACKPLANE_ASSERT(connection->text(std::string("PRAGMA ") + pragma).has_value());
  BACKPLANE_ASSERT(store::sqlite::migrate(*connection, path).has_value());
  return connection;
}

std::unique_ptr<store::Store> open_store(const std::filesystem::path& path) {
  auto opened = store::open_sqlite({path});
  if (!opened) {
    std::fprintf(stderr, "%s\n", opened.error().message.c_str());
    std::exit(1);
  }
  BACKPLANE_ASSERT((*opened)->declare({{"note", {}}}, nullptr).has_value());
  return std::move(*opened);
}

}  // namespace backplane::bench
