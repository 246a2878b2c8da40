// An HTTP server for tests of the client: real sockets on a free port, and a script that says, byte for byte, what each
// connection answers. One thread serves one connection after another.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace backplane::test {

// A request as it arrived.
struct Received {
  std::string head;  // request line and header lines
  std::string body;  // chunks put together
  std::string line() const { return head.substr(0, head.find("\r\n")); }
  bool has(const std::string& header_line) const { return head.find("\r\n" + header_line + "\r\n") != std::string::npos; }
};

class ScriptedServer {
 public:
  class Connection {
   public:
    explicit Connection(int socket) : socket_(socket) {}
    void send(const std::string& bytes) const;

    // An answer of a whole body, with its length.
    void answer(int status, const std::string& body, const std::string& content_type = "application/json") const;

    // A chunked answer's header; then chunks, the empty one is the last.
    void begin_chunked(int status) const;
    void chunk(const std::string& bytes) const;

    // Reads the header of the request and nothing of its body.
    std::string read_head() const;
    Received read() const;

    // Returns when the client has gone.
    void wait_for_end() const;

   private:
    std::string read_more() const;
    int socket_;
  };

  // What to do with a connection, by its number from 0; it is closed afterwards.
  using Script = std::function<void(const Connection&, std::size_t number)>;

  explicit ScriptedServer(Script script);
  ~ScriptedServer();

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // A server that reads each request, keeps it and gives the answers in turn, the last one again and again.
  static ScriptedServer answering(std::vector<std::pair<int, std::string>> answers, std::vector<Received>& requests);

 private:
  void serve();

  Script script_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> ends_{false};
  std::thread thread_;
};

// A port on which nothing listens.
std::uint16_t closed_port();

}  // namespace backplane::test
