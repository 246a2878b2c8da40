// One I/O thread: its connections, its clock tick, its mailbox.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "http/connection.hpp"
#include "http/figures.hpp"

namespace backplane::http {

// How many connections all loops have together. Any thread.
class Census {
 public:
  enum class Kind { served, turned_away };
  void enter(Kind kind);
  void leave(Kind kind);
  std::size_t count(Kind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  void wait_until_empty(std::chrono::steady_clock::time_point deadline);

 private:
  std::atomic<std::size_t> counts_[2] = {0, 0};
  std::mutex mutex_;
  std::condition_variable emptied_;
};

class Loop {
 public:
  Loop(const Services& services, Census& census);
  ~Loop();  // stop() first, when it was started

  void start();

  boost::asio::io_context& context() { return context_; }
  const Figures& figures() const { return figures_; }

  // Any thread, until stop(): takes over a socket that belongs to context().
  void adopt(boost::asio::ip::tcp::socket socket, Census::Kind kind);

  // Any thread: closes what is idle, and the rest after its present request.
  void drain();

  // Any thread but its own: closes everything and ends the thread. Returns how many requests were cut off.
  std::size_t stop();

 private:
  struct Seat {
    std::shared_ptr<Connection> connection;
    Census::Kind kind = Census::Kind::served;
  };

  void open(boost::asio::ip::tcp::socket socket, Census::Kind kind);
  void leave(std::uint32_t number);
  void read_mail();
  void tick();

  // Destroyed from the last to the first: connections need the context, and what is left in the context the station.
  Census& census_;
  Figures figures_;
  Station station_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer timer_;
  std::chrono::microseconds interval_;
  bool ticking_ = false;
  std::vector<Seat> seats_;
  std::vector<std::uint32_t> free_;
  std::thread thread_;
};

}  // namespace backplane::http
