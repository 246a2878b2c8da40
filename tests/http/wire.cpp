#include "http/wire.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "manifest/read.hpp"

namespace backplane::test {
namespace {

constexpr int patience_ms = 10'000;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

}  // namespace

std::string Reply::field(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? "" : found->second;
}

base::Json Reply::json() const { return base::Json::parse(body); }

Wire::Wire(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) throw std::runtime_error("cannot connect");
  const int on = 1;  // so that what is sent in pieces arrives in pieces
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Wire::~Wire() {
  if (socket_ >= 0) ::close(socket_);
}

Wire::Wire(Wire&& other) noexcept : socket_(std::exchange(other.socket_, -1)), buffer_(std::move(other.buffer_)) {}

bool Wire::send(std::string_view bytes) {
  while (!bytes.empty()) {
    pollfd waiting{socket_, POLLOUT, 0};
    if (::poll(&waiting, 1, patience_ms) <= 0) return false;
    const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void Wire::finish_sending() { ::shutdown(socket_, SHUT_WR); }

void Wire::receive_slowly() {
  const int size = 4096;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

std::string Wire::receive() {
  pollfd waiting{socket_, POLLIN, 0};
  if (::poll(&waiting, 1, patience_ms) <= 0) throw std::runtime_error("nothing came in time");
  std::string bytes(65536, '\0');
  const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return bytes;
}

bool Wire::fill() {
  const std::string bytes = receive();
  buffer_ += bytes;
  return !bytes.empty();
}

std::optional<std::string> Wire::line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return std::nullopt;
  }
  std::string text = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return text;
}

std::optional<Reply> Wire::read(Reading reading) {
  const auto first = line();
  if (!first) return std::nullopt;
  Reply reply;
  reply.status = std::stoi(first->substr(9, 3));
  for (auto field = line(); field && !field->empty(); field = line()) {
    const std::size_t colon = field->find(": ");
    reply.fields[lower(field->substr(0, colon))] = field->substr(colon + 2);
  }
  if (reading == Reading::head_only || reply.status == 304 || reply.status < 200) return reply;
  const auto take = [&](std::size_t size) {
    while (buffer_.size() < size && fill()) {
    }
    reply.whole = buffer_.size() >= size;
    reply.body += buffer_.substr(0, size);
    buffer_.erase(0, std::min(size, buffer_.size()));
  };
  if (reply.fields.contains("transfer-encoding")) {
    while (reply.whole) {
      const auto size_text = line();
      if (!size_text) {
        reply.whole = false;
        break;
      }
      const std::size_t size = std::stoul(*size_text, nullptr, 16);
      take(size);
      if (reply.whole && !line()) reply.whole = false;
      if (size == 0) break;
    }
  } else if (reply.fields.contains("content-length")) {
    take(std::stoul(reply.field("content-length")));
  } else {
    while (fill()) {
    }
    reply.body = std::exchange(buffer_, {});
  }
  return reply;
}

bool Wire::closed() {
  try {
    while (fill()) {
    }
    return true;
  } catch (const std::runtime_error&) {
    return false;
  }
}

std::string request(std::string_view method, std::string_view target, std::string_view fields, std::string_view body) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n").append(fields);
  if (!body.empty()) text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
  return text.append("\r\n").append(body);
}

Fixture::Fixture(const std::function<void(manifest::HttpSettings&)>& adjust) {
  manifest::HttpSettings settings = manifest::default_settings().http;
  settings.port = 0;
  settings.threads = 2;
  if (adjust) adjust(settings);
  http::Surroundings surroundings;
  surroundings.ready = [] { return true; };
  surroundings.plugins = [] { return std::string(R"([{"id":"title-check","version":"1.0.0","state":"running"}])"); };
  surroundings.reload = [](const std::string& plugin, http::Reloading reloading) -> base::Result<std::string> {
    if (plugin == "broken") return base::Error{base::Code::plugin_fault, "plugin 'broken': step create: no", {}, R"({"outcome":"failed"})", plugin};
    const std::string mode = reloading == http::Reloading::planned ? "planned" : "reloaded";
    return R"({"outcome":")" + mode + R"(","plugin":")" + plugin + R"("})";
  };
  surroundings.types = [] { return std::string(R"([{"type":"note"}])"); };
  surroundings.recorded = [](std::size_t limit) -> base::Result<std::string> {
    if (limit == 7) return base::Error{base::Code::conflict, "nothing is recorded"};
    return "[" + std::to_string(limit) + "]";
  };
  surroundings.metrics = [] { return std::string("backplane_up 1\n"); };
  surroundings.hooks = [](const std::string& action, const std::string& type) -> base::Result<std::string> {
    if (action != "create") return base::Error{.code = base::Code::invalid_argument, .message = "action: wanted create"};
    if (type != "note") return base::Error{.code = base::Code::not_found, .message = "type: wanted note"};
    return std::string(R"({"action":"create","type":"note","hooks":[]})");
  };
  auto started = http::Server::start(settings, operations, transfers, bus, std::move(surroundings));
  if (!started) throw std::runtime_error(started.error().message);
  server = std::move(*started);
}

Fixture::~Fixture() {
  transfers.release();
  server.reset();
}

Reply Fixture::ask(std::string_view method, std::string_view target, std::string_view fields, std::string_view body) const {
  Wire wire = connect();
  wire.send(request(method, target, fields, body));
  auto reply = wire.read(method == "HEAD" ? Wire::Reading::head_only : Wire::Reading::whole);
  if (!reply) throw std::runtime_error("no answer");
  return *reply;
}

Reply Fixture::post(std::string_view target, std::string_view body, std::string_view fields) const {
  return ask("POST", target, std::string("Content-Type: application/json\r\n").append(fields), body);
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace backplane::test
