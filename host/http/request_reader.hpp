// Reads one request after the other out of the bytes of a connection, by the grammar of RFC 9112 (through Boost.Beast,
// which no other file sees). Pushed bytes, no I/O; one thread at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "http/message.hpp"
#include "http/problem.hpp"

namespace backplane::http {

class RequestReader {
 public:
  enum class State {
    head,    // before the end of the head
    body,    // the head is whole, the body is not
    whole,
    failed,  // see failure(); the connection cannot be used further
  };

  explicit RequestReader(std::size_t max_head_bytes);
  ~RequestReader();
  RequestReader(RequestReader&&) = delete;

  // Reads from the front of `bytes` and returns how many were used up; the rest must be given again, with more
  // behind it. Stops after the head, so that its reader can decide what happens to the body; bytes of the body are
  // appended to `body`.
  std::size_t read(std::string_view bytes, std::string& body);

  State state() const { return state_; }
  bool begun() const { return head_bytes_ > 0; }  // something of the present request was used up
  const Head& head() const { return head_; }
  const Refusal& failure() const { return failure_; }

  // Starts on the next request.
  void reset();

 private:
  struct Parser;
  std::size_t read_head(std::string_view bytes);
  std::size_t read_body(std::string_view bytes, std::string& body);
  void fail(int status, base::Code code, std::string message);
  void check_head();

  std::size_t max_head_bytes_;
  std::size_t head_bytes_ = 0;
  State state_ = State::head;
  Head head_;
  Refusal failure_;
  std::unique_ptr<Parser> parser_;
};

}  // namespace backplane::http
