// A client that says exactly what a test wants said: bytes over a real socket, answers read with a deadline.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "http/server.hpp"
#include "http/memory_operations.hpp"

namespace backplane::test {

struct Reply {
  int status = 0;
  std::map<std::string, std::string> fields{};  // names in lower case
  std::string body{};
  bool whole = true;  // false: the connection ended before the end of the body

  std::string field(const std::string& name) const;
  base::Json json() const;
};

class Wire {
 public:
  explicit Wire(std::uint16_t port);
  ~Wire();
  Wire(Wire&& other) noexcept;

  // False when the peer has closed.
  bool send(std::string_view bytes);
  void finish_sending();
  void receive_slowly();  // the smallest receive buffer, to be set before much comes

  // The next response; nothing when the connection was closed before one began. head_only: the answer to HEAD.
  enum class Reading { whole, head_only };
  std::optional<Reply> read(Reading reading = Reading::whole);
  // True when the peer closes within the deadline, whatever it says before.
  bool closed();
  // Sends nothing, reads what there is; empty at the end.
  std::string receive();

 private:
  bool fill();
  std::optional<std::string> line();
  int socket_ = -1;
  std::string buffer_;
};

std::string request(std::string_view method, std::string_view target, std::string_view fields = "", std::string_view body = "");

// A server over the fakes, with small limits, on a free port.
struct Fixture {
  explicit Fixture(const std::function<void(manifest::HttpSettings&)>& adjust = {});
  ~Fixture();

  MemoryOperations operations;
  MemoryTransfers transfers;
  base::SystemClock clock;
  base::WorkerPool pool{base::WorkerPool::Size{1, 1}};
  events::Bus bus{events::BusLimits{}, nullptr, clock, pool};  // without a log
  std::unique_ptr<http::Server> server;

  Wire connect() const { return Wire(server->port()); }
  // One request on a connection of its own.
  Reply ask(std::string_view method, std::string_view target, std::string_view fields = "", std::string_view body = "") const;
  // POST with application/json.
  Reply post(std::string_view target, std::string_view body, std::string_view fields = "") const;
};

// Whether the condition comes true within a few seconds.
bool eventually(const std::function<bool()>& condition);

}  // namespace backplane::test
