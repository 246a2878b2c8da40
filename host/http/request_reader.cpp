#include "http/request_reader.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <optional>

namespace backplane::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;
using beast::http::field;
using beast::http::verb;

Method method_of(verb value) {
  switch (value) {
    case verb::get: return Method::get;
    case verb::head: return Method::head;
    case verb::post: return Method::post;
    case verb::put: return Method::put;
    case verb::patch: return Method::patch;
    case verb::delete_: return Method::remove;
    case verb::options: return Method::options;
    default: return Method::other;  // a library's enumeration: all others are alike to us
  }
}

std::optional<Field> field_of(field known, string_view name) {
  switch (known) {
    case field::host: return Field::host;
    case field::content_type: return Field::content_type;
    case field::content_encoding: return Field::content_encoding;
    case field::transfer_encoding: return Field::transfer_encoding;
    case field::expect: return Field::expect;
    case field::if_match: return Field::if_match;
    case field::if_none_match: return Field::if_none_match;
    case field::origin: return Field::origin;
    default: break;  // a library's enumeration: whether it knows the rest differs between its versions
  }
  for (const Field own : {Field::idempotency_key, Field::sec_fetch_site, Field::x_actor, Field::x_tenant, Field::x_correlation_id,
                          Field::last_event_id}) {
    const std::string_view wanted = name_of(own);
    if (beast::iequals(name, string_view(wanted.data(), wanted.size()))) return own;
  }
  return std::nullopt;
}

// Beast's grammar, filling our Head. Fields after the body (trailers) are checked and dropped.
class Grammar final : public beast::http::basic_parser<true> {
 public:
  explicit Grammar(Head& head) : head_(head) {}
  std::string* body = nullptr;  // where the bytes of the body go

 private:
  void on_request_impl(verb method, string_view, string_view target, int version, error_code&) override {
    head_.method = method_of(method);
    head_.target.assign(target.data(), target.size());
    head_.minor_version = static_cast<unsigned>(version % 10);
  }
  void on_response_impl(int, string_view, int, error_code&) override {}
  void on_field_impl(field known, string_view name, string_view value, error_code&) override {
    if (is_header_done()) return;
    const auto own = field_of(known, name);
    if (!own) return;
    const auto index = static_cast<std::size_t>(*own);
    std::string& kept = head_.values[index];
    if (head_.present[index]) {
      if (*own == Field::if_none_match) {
        kept.append(", ").append(value.data(), value.size());
      } else {
        head_.repeated[index] = true;
      }
      return;
    }
    head_.present[index] = true;
    kept.assign(value.data(), value.size());
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(string_view bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
    body->append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_finish_impl(error_code&) override {}

  Head& head_;
};

}  // namespace

// Beast's parsers are made for one message; this is where the next one is put.
struct RequestReader::Parser {
  std::optional<Grammar> grammar;
};

RequestReader::RequestReader(std::size_t max_head_bytes)
    : max_head_bytes_(max_head_bytes), parser_(std::make_unique<Parser>()) {
  reset();
}

RequestReader::~RequestReader() = default;

void RequestReader::reset() {
  head_.clear();
  head_bytes_ = 0;
  state_ = State::head;
  parser_->grammar.emplace(head_);
  parser_->grammar->header_limit(static_cast<std::uint32_t>(max_head_bytes_));
  parser_->grammar->body_limit(boost::none);
}

std::size_t RequestReader::read(std::string_view bytes, std::string& body) {
  if (bytes.empty()) return 0;
  if (state_ == State::head) return read_head(bytes);
  if (state_ == State::body) return read_body(bytes, body);
  return 0;
}

std::size_t RequestReader::read_head(std::string_view bytes) {
  // RFC 9112, 2.2: empty lines before the request line are passed over.
  std::size_t used = 0;
  while (head_bytes_ == 0 && bytes.substr(used).starts_with("\r\n")) used += 2;
  bytes.remove_prefix(used);
  if (bytes.empty() || (head_bytes_ == 0 && bytes == "\r")) return used;

  Grammar& grammar = *parser_->grammar;
  error_code error;
  const std::size_t read = grammar.put({bytes.data(), bytes.size()}, error);
  head_bytes_ += read;
  const std::size_t unread = grammar.is_header_done() ? 0 : bytes.size() - read;
  if (error == beast::http::error::header_limit || head_bytes_ + unread > max_head_bytes_) {
    fail(431, base::Code::too_large,
         "header: wanted at most " + std::to_string(max_head_bytes_) + " bytes, found more");
  } else if (error == beast::http::error::bad_version) {
    fail(505, base::Code::unsupported, "request line: wanted HTTP/1.1 or HTTP/1.0, found another version");
  } else if (error && error != beast::http::error::need_more) {
    fail(400, base::Code::invalid_argument, "header: wanted one of RFC 9112, found " + error.message());
  } else if (grammar.is_header_done()) {
    check_head();
  }
  return used + read;
}

void RequestReader::check_head() {
  Grammar& grammar = *parser_->grammar;
  head_.keep_alive = grammar.keep_alive();
  head_.chunked = grammar.chunked();
  if (const auto length = grammar.content_length()) head_.content_length = *length;
  if (head_.has(Field::transfer_encoding)) {
    const std::string_view encoding = head_.value(Field::transfer_encoding);
    if (head_.minor_version == 0) {
      return fail(400, base::Code::invalid_argument, "Transfer-Encoding: wanted none in HTTP/1.0, found one");
    }
    if (!beast::iequals(string_view(encoding.data(), encoding.size()), "chunked")) {
      return fail(501, base::Code::unsupported, "Transfer-Encoding: wanted chunked, found " + std::string(encoding));
    }
  }
  for (std::size_t i = 0; i < field_count; ++i) {
    if (!head_.repeated[i]) continue;
    return fail(400, base::Code::invalid_argument, std::string(name_of(Field{static_cast<int>(i)})) + ": wanted once, found again");
  }
  grammar.eager(true);
  state_ = grammar.is_done() ? State::whole : State::body;
}

std::size_t RequestReader::read_body(std::string_view bytes, std::string& body) {
  Grammar& grammar = *parser_->grammar;
  grammar.body = &body;
  error_code error;
  const std::size_t used = grammar.put({bytes.data(), bytes.size()}, error);
  if (error && error != beast::http::error::need_more) {
    fail(400, base::Code::invalid_argument, "body: wanted chunks of RFC 9112, found " + error.message());
  } else if (bytes.size() - used > max_head_bytes_) {
    fail(431, base::Code::too_large,
         "chunk extension or trailer: wanted at most " + std::to_string(max_head_bytes_) + " bytes, found more");
  } else if (grammar.is_done()) {
    state_ = State::whole;
  }
  return used;
}

void RequestReader::fail(int status, base::Code code, std::string message) {
  state_ = State::failed;
  failure_ = Refusal{status, base::Error{.code = code, .message = std::move(message)}};
}

}  // namespace backplane::http
