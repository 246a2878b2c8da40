// What the programs that measure stores share: rates with their cost in CPU time, a wait for an answer, a probe
// of the disk, a database to throw away.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>

#include "store/sqlite/connection.hpp"
#include "store/store.hpp"

namespace backplane::bench {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start);

// Of the whole process.
double cpu_seconds();

struct Rate {
  double per_second = 0;
  double cpu_micros = 0;  // of the whole process, for each
};

// The rate of `count` things since a moment.
class Stopwatch {
 public:
  double seconds() const { return seconds_since(start_); }
  Rate rate(double count) const { return {count / seconds(), (cpu_seconds() - cpu_) * 1e6 / count}; }

 private:
  double cpu_ = cpu_seconds();
  Clock::time_point start_ = Clock::now();
};

// What a thread waits for until another one gives it, as those of the host wait: asleep, where a wait on an atomic first
// yields several times, which costs more than the commit it waits for.
class Answer {
 public:
  void give() {
    const std::lock_guard lock(mutex_);
    given_ = true;
    changed_.notify_one();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return given_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool given_ = false;
};

void print(const char* what, Rate rate);

// How long a sync of one appended page takes, in microseconds.
double probe_sync(const std::filesystem::path& directory);

void remove_database(const std::filesystem::path& path);

// SQLite itself on a new database, set up and with the schema as the store has them.
std::unique_ptr<store::sqlite::Connection> open_raw(const std::filesystem::path& path);

// The store, with the type `note`; ends the program when it cannot be opened.
std::unique_ptr<store::Store> open_store(const std::filesystem::path& path);

}  // namespace backplane::bench
