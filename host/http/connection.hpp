// One TCP connection: moves bytes between its socket and its Session. On its loop's thread only.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <functional>
#include <memory>

#include "http/session.hpp"

namespace backplane::http {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // gone: called once, when the connection is over; may destroy what it was given.
  Connection(boost::asio::ip::tcp::socket socket, Station& station, std::uint32_t number, std::function<void()> gone);

  Session& session() { return session_; }

  // Goes on with whatever can be done now. After every call into the session.
  void pump();

  // A request may lie in the socket unread: reads once, then closes what is idle.
  void drain();

  void close();

 private:
  bool write();
  void read();
  void end();

  boost::asio::ip::tcp::socket socket_;
  Session session_;
  std::function<void()> gone_;
  bool reading_ = false;
  bool writing_ = false;
};

}  // namespace backplane::http
