#include "http/client/round_trip.hpp"

#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/read.hpp>
#include <cstdio>

namespace backplane::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t read_bytes = 64 << 10;

std::string header_text(const std::string& host, const std::string& path, const Client::Request& request) {
  std::string text = request.method + " " + path + request.target + " HTTP/1.1\r\nHost: " + host +
                     "\r\nUser-Agent: backplane\r\nAccept: application/json\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text;
}

std::string chunk_text(const std::string& bytes) {
  std::array<char, 20> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + bytes + "\r\n";
}

}  // namespace

RoundTrip::~RoundTrip() { close(); }

void RoundTrip::close() {
  ErrorCode ignored;
  socket_.close(ignored);
  // What was under way ends here, cancelled, while what it refers to is alive.
  io_.restart();
  io_.run();
}

bool RoundTrip::run_until(const std::function<bool()>& done) {
  const auto deadline = std::chrono::steady_clock::now() + client_.timeout_;
  io_.restart();
  while (!done()) {
    if (io_.run_one_until(deadline) == 0 && !done()) {
      close();
      return false;
    }
  }
  return true;
}

Error RoundTrip::failure(std::string_view step, const ErrorCode& error) const {
  std::string message = client_.url() + ": " + std::string(step) + ": ";
  if (error == asio::error::timed_out || error == beast::error::timeout)
    return {Code::timeout, message + "no progress within " + std::to_string(client_.timeout_.count()) + " ms"};
  using HttpError = beast::http::error;
  if (error == HttpError::end_of_stream || error == HttpError::partial_message || error == asio::error::eof ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe)
    return {Code::unavailable, message + "the connection was cut before the answer was whole"};
  return {Code::unavailable, message + error.message()};
}

Result<void> RoundTrip::connect() {
  ErrorCode error;
  asio::ip::tcp::resolver resolver(io_);
  const auto found = resolver.resolve(client_.place_.host, client_.place_.port, error);
  if (error) return failure("cannot find the host", error);

  std::optional<ErrorCode> connected;
  asio::async_connect(socket_, found, [&](const ErrorCode& result, const auto&) { connected = result; });
  if (!run_until([&] { return connected.has_value(); })) return failure("cannot connect", asio::error::timed_out);
  if (*connected) return failure("cannot connect", *connected);
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  return base::ok();
}

void RoundTrip::begin_write(std::string text) {
  outgoing_ = std::move(text);
  written_.reset();
  asio::async_write(socket_, asio::buffer(outgoing_), [this](const ErrorCode& result, std::size_t) { written_ = result; });
}

RoundTrip::ErrorCode RoundTrip::write(std::string text) {
  begin_write(std::move(text));
  if (!run_until([this] { return written_.has_value(); })) return asio::error::timed_out;
  return *written_;
}

Result<void> RoundTrip::send(const Client::Request& request) {
  std::string text = header_text(client_.place_.host + ":" + client_.place_.port, client_.place_.path, request);
  if (!request.body.empty() || request.method != "GET")
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  text += "\r\n" + request.body;
  // An answer may come, and the connection end, before the body was taken whole: then the answer tells why.
  begin_answer();
  begin_write(std::move(text));
  if (!run_until([this] { return written_.has_value() || answered_.has_value(); }))
    return failure("cannot send the request", asio::error::timed_out);
  return base::ok();
}

Result<void> RoundTrip::send_streamed(const Client::Request& request, const Client::Source& source) {
  const std::string header = header_text(client_.place_.host + ":" + client_.place_.port, client_.place_.path, request);
  if (const auto error = write(header + "Transfer-Encoding: chunked\r\n\r\n"))
    return failure("cannot send the request", error);
  begin_answer();
  for (bool more = true; more && !answered_;) {
    BACKPLANE_TRY(auto bytes, source());
    more = bytes.has_value();
    if (more && bytes->empty()) continue;  // an empty chunk would be the last one
    begin_write(more ? chunk_text(*bytes) : "0\r\n\r\n");
    if (!run_until([this] { return written_.has_value() || answered_.has_value(); }))
      return failure("cannot send the request", asio::error::timed_out);
    if (written_ && *written_) break;  // whoever stopped reading may have said why
  }
  return base::ok();
}

void RoundTrip::begin_answer() {
  answer_.body_limit(boost::none);
  answer_begun_ = true;
  beast::http::async_read_header(socket_, buffer_, answer_,
                                 [this](const ErrorCode& result, std::size_t) { answered_ = result; });
}

Result<void> RoundTrip::await_answer() {
  if (!answer_begun_) begin_answer();
  if (!run_until([this] { return answered_.has_value(); })) return failure("waiting for the answer", asio::error::timed_out);
  if (*answered_) return failure("waiting for the answer", *answered_);
  return base::ok();
}

Result<void> RoundTrip::receive_body(const Client::Sink& sink) {
  std::array<char, read_bytes> bytes;
  while (!answer_.is_done()) {
    auto& body = answer_.get().body();
    body.data = bytes.data();
    body.size = bytes.size();
    std::optional<ErrorCode> received;
    beast::http::async_read_some(socket_, buffer_, answer_,
                                 [&](const ErrorCode& result, std::size_t) { received = result; });
    if (!run_until([&] { return received.has_value(); })) return failure("receiving the answer", asio::error::timed_out);
    if (*received && *received != beast::http::error::need_buffer) return failure("receiving the answer", *received);
    const std::size_t size = bytes.size() - body.size;
    if (size > 0) BACKPLANE_CHECK(sink(std::string_view(bytes.data(), size)));
  }
  return base::ok();
}

Result<Client::Reply> RoundTrip::receive(const Client::Sink* sink) {
  BACKPLANE_CHECK(await_answer());
  Client::Reply reply;
  reply.status = answer_.get().result_int();
  for (const auto& field : answer_.get()) reply.headers.emplace_back(field.name_string(), field.value());
  const Client::Sink collect = [&](std::string_view bytes) -> Result<void> {
    if (reply.body.size() + bytes.size() > Client::most_collected_bytes)
      return Error{Code::too_large, client_.url() + ": the answer is larger than " +
                                        std::to_string(Client::most_collected_bytes >> 20u) + " MiB"};
    reply.body += bytes;
    return base::ok();
  };
  BACKPLANE_CHECK(receive_body(sink != nullptr && reply.succeeded() ? *sink : collect));
  return reply;
}

}  // namespace backplane::http
