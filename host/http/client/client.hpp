// An HTTP/1.1 client for one host, without TLS: a connection per request, each step bounded by a time without progress.
// Used by the command line. A Client may be used by several threads, each call is on its own connection.
//
// Errors of the calls: unavailable (no connection, or it was cut before the answer was whole), timeout (no progress within
// the time given; looking up a host's name is not counted), too_large (a collected answer beyond
// `most_collected_bytes`), invalid_argument (a URL or header that cannot be). An answer with a status of failure is a
// Reply like any other.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace backplane::http {

class Client {
 public:
  using Headers = std::vector<std::pair<std::string, std::string>>;

  struct Request {
    std::string method = "GET";
    std::string target = "/";
    Headers headers{};
    std::string body{};
  };

  struct Reply {
    unsigned status = 0;
    Headers headers{};
    std::string body{};

    bool succeeded() const { return status >= 200 && status < 300; }

    // The value of the first header of this name, in any case of letters; empty: there is none.
    std::string_view header(std::string_view name) const;
  };

  // Takes the next bytes of an answer; its error ends the call and is the call's error.
  using Sink = std::function<base::Result<void>(std::string_view bytes)>;

  // Gives the next bytes of a request's body, nothing at its end; its error ends the call and is the call's error.
  using Source = std::function<base::Result<std::optional<std::string>>()>;

  static constexpr std::size_t most_collected_bytes = std::size_t{256} << 20u;

  // Where to connect. `url` is "http://host[:port][/path]", the scheme may be left out; the port's default is 80 with a
  // scheme and 8080 without. Nothing is sent yet.
  static base::Result<Client> to(std::string_view url, std::chrono::milliseconds timeout);

  // One request with its body, and the whole answer.
  base::Result<Reply> send(const Request& request) const;

  // One request whose answer, when its status is 2xx, goes to the sink as it arrives; else it is in the Reply's body.
  base::Result<Reply> receive(const Request& request, const Sink& sink) const;

  // One request whose body comes from the source, chunked. An answer that comes before the source's end stops the sending.
  base::Result<Reply> upload(const Request& request, const Source& source) const;

  // "http://127.0.0.1:8080": for messages.
  std::string url() const;

 private:
  friend class RoundTrip;
  struct Place {
    std::string host;
    std::string port;
    std::string path;  // before every target; empty or "/prefix"
  };
  Client(Place place, std::chrono::milliseconds timeout) : place_(std::move(place)), timeout_(timeout) {}

  Place place_;
  std::chrono::milliseconds timeout_;
};

}  // namespace backplane::http
