#include "app/scripted_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace backplane::test {
namespace {

int listen_on_free_port(std::uint16_t& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (listener < 0 || ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 16) != 0 || ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    std::abort();
  port = ntohs(address.sin_port);
  return listener;
}

// A body that is wholly in `bytes`, or not yet.
bool dechunk(const std::string& bytes, std::string& body) {
  body.clear();
  for (std::size_t at = 0;;) {
    const auto end = bytes.find("\r\n", at);
    if (end == std::string::npos) return false;
    const std::size_t size = std::stoul(bytes.substr(at, end - at), nullptr, 16);
    if (bytes.size() < end + 2 + size + 2) return false;
    if (size == 0) return true;
    body += bytes.substr(end + 2, size);
    at = end + 2 + size + 2;
  }
}

}  // namespace

void ScriptedServer::Connection::send(const std::string& bytes) const {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto size = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<std::size_t>(size);
  }
}

void ScriptedServer::Connection::answer(int status, const std::string& body, const std::string& content_type) const {
  send("HTTP/1.1 " + std::to_string(status) + " Status\r\nContent-Type: " + content_type +
       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

void ScriptedServer::Connection::begin_chunked(int status) const {
  send("HTTP/1.1 " + std::to_string(status) + " Status\r\nTransfer-Encoding: chunked\r\n\r\n");
}

void ScriptedServer::Connection::chunk(const std::string& bytes) const {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  send(size + bytes + "\r\n");
}

std::string ScriptedServer::Connection::read_more() const {
  char bytes[4096];
  const auto size = ::recv(socket_, bytes, sizeof bytes, 0);
  return size <= 0 ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::string ScriptedServer::Connection::read_head() const {
  std::string head;
  while (!head.ends_with("\r\n\r\n")) {
    char byte = 0;
    if (::recv(socket_, &byte, 1, 0) != 1) break;
    head += byte;
  }
  return head;
}

Received ScriptedServer::Connection::read() const {
  Received received;
  received.head = read_head();
  const auto length = received.head.find("Content-Length: ");
  const bool chunked = received.head.find("Transfer-Encoding: chunked") != std::string::npos;
  const std::size_t size = length == std::string::npos ? 0 : std::stoul(received.head.substr(length + 16));
  std::string bytes;
  while (chunked ? !dechunk(bytes, received.body) : bytes.size() < size) {
    const std::string more = read_more();
    if (more.empty()) break;
    bytes += more;
  }
  if (!chunked) received.body = bytes;
  return received;
}

void ScriptedServer::Connection::wait_for_end() const {
  while (!read_more().empty()) {
  }
}

ScriptedServer::ScriptedServer(Script script) : script_(std::move(script)) {
  listener_ = listen_on_free_port(port_);
  thread_ = std::thread([this] { serve(); });
}

ScriptedServer ScriptedServer::answering(std::vector<std::pair<int, std::string>> answers, std::vector<Received>& requests) {
  return ScriptedServer([answers = std::move(answers), &requests](const Connection& connection, std::size_t number) {
    requests.push_back(connection.read());
    const auto& [status, body] = answers[std::min(number, answers.size() - 1)];
    connection.answer(status, body);
  });
}

ScriptedServer::~ScriptedServer() {
  ends_ = true;
  ::shutdown(listener_, SHUT_RDWR);  // wakes accept
  thread_.join();
  ::close(listener_);
}

void ScriptedServer::serve() {
  for (std::size_t number = 0; !ends_; ++number) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    script_(Connection(socket), number);
    // The client reads to the end before the connection is gone: a close with unread bytes would take them back.
    ::shutdown(socket, SHUT_WR);
    ::close(socket);
  }
}

std::uint16_t closed_port() {
  std::uint16_t port = 0;
  ::close(listen_on_free_port(port));
  return port;
}

}  // namespace backplane::test
