// One request and its answer on a connection of its own, driven on the calling thread. Used by Client alone.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "http/client/client.hpp"

namespace backplane::http {

class RoundTrip {
 public:
  explicit RoundTrip(const Client& client) : client_(client) {}
  RoundTrip(const RoundTrip&) = delete;
  RoundTrip& operator=(const RoundTrip&) = delete;

  // Ends what is still under way.
  ~RoundTrip();

  base::Result<void> connect();
  base::Result<void> send(const Client::Request& request);
  base::Result<void> send_streamed(const Client::Request& request, const Client::Source& source);

  // The answer; with a sink, its body goes there when its status is 2xx.
  base::Result<Client::Reply> receive(const Client::Sink* sink);

 private:
  using ErrorCode = boost::system::error_code;

  // Drives the connection until `done` or until nothing came of it within the timeout.
  bool run_until(const std::function<bool()>& done);
  ErrorCode write(std::string text);
  void begin_write(std::string text);
  void begin_answer();
  base::Result<void> await_answer();
  base::Result<void> receive_body(const Client::Sink& sink);
  void close();
  base::Error failure(std::string_view step, const ErrorCode& error) const;

  const Client& client_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_{io_};
  boost::beast::flat_buffer buffer_;
  boost::beast::http::response_parser<boost::beast::http::buffer_body> answer_;
  std::string outgoing_;
  std::optional<ErrorCode> written_;   // of the write under way: its result
  std::optional<ErrorCode> answered_;  // of the answer's header: its result
  bool answer_begun_ = false;
};

}  // namespace backplane::http
