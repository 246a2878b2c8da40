#include "http/connection.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <utility>

namespace backplane::http {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {
Time now() { return std::chrono::steady_clock::now(); }
}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, Station& station, std::uint32_t number, std::function<void()> gone)
    : socket_(std::move(socket)), session_(station, number, now()), gone_(std::move(gone)) {
  error_code ignored;  // a connection that is gone already shows it at the first read
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.non_blocking(true, ignored);
}

void Connection::pump() {
  if (!gone_) return;
  if (!write()) return;
  if (session_.ending() != Session::Ending::none) end();
  if (gone_) read();
}

// Sends what there is until the socket takes no more. False: the connection is over.
bool Connection::write() {
  if (writing_) return true;
  while (true) {
    const Session::Output output = session_.output();
    if (output.empty()) return true;
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(output.first.data(), output.first.size()),
                                                    asio::buffer(output.second.data(), output.second.size())};
    error_code error;
    const std::size_t sent = output.second.empty() ? socket_.write_some(buffers[0], error) : socket_.write_some(buffers, error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      writing_ = true;
      socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](error_code failed) {
        self->writing_ = false;
        if (!failed) self->pump();
      });
      return true;
    }
    if (error) {
      close();
      return false;
    }
    session_.sent(sent, now());
  }
}

void Connection::read() {
  if (reading_ || !session_.wants_input()) return;
  reading_ = true;
  const std::span<char> room = session_.room();
  socket_.async_read_some(asio::buffer(room.data(), room.size()), [self = shared_from_this()](error_code error, std::size_t bytes) {
    self->reading_ = false;
    if (!self->gone_) return;
    if (error == asio::error::eof) {
      self->session_.input_ended(now());
    } else if (error) {
      return self->close();
    } else {
      self->session_.received(bytes, now());
    }
    self->pump();
  });
}

void Connection::drain() {
  if (!gone_) return;
  error_code error;
  // What has arrived is read by the read under way, and served; only a silent connection is closed.
  if (socket_.available(error) == 0 || error) session_.drain();
  pump();
}

void Connection::end() {
  error_code error;
  // Closing over unread bytes resets the connection, and the client might lose the answer.
  if (session_.ending() == Session::Ending::at_once && socket_.available(error) == 0) return close();
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  if (error) return close();
  session_.linger(now());
}

void Connection::close() {
  if (!gone_) return;
  error_code ignored;
  socket_.close(ignored);
  std::exchange(gone_, nullptr)();
}

}  // namespace backplane::http
