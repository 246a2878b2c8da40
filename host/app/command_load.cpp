// backplane load: streams a dump to the host, which verifies it; an answer that comes early ends the sending.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <istream>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>

#include "app/command.hpp"
#include "app/progress.hpp"
#include "base/json_text.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

constexpr std::size_t piece_bytes = 64 << 10;

http::Client::Request load_request(const LoadOptions& options, const Connection& connection) {
  http::RequestTarget target("/v1/load");
  target.query("on_conflict", options.on_conflict);
  if (options.skip != 0) target.query("skip", std::to_string(options.skip));
  http::Client::Request request;
  request.method = "POST";
  request.target = target.text();
  request.headers = headers_of(connection);
  request.headers.emplace_back("Content-Type", "application/vnd.backplane.dump");
  return request;
}

std::string resume_text(const LoadOptions& options, std::string_view skip) {
  const std::string on_conflict = options.on_conflict == "fail" ? "" : " --on-conflict " + options.on_conflict;
  return "backplane load " + options.file + on_conflict + " --skip " + std::string(skip);
}

// The host told how far it came: what to skip is known. Else the connection went away, and what came through is not known.
Failure with_way_on(Failure failure, const LoadOptions& options) {
  const std::string_view done = base::member_of(base::member_of(failure.document, "totals"), "resources");
  if (done == "0") return failure;
  if (!done.empty()) {
    failure.error.message += "; " + std::string(done) + " resources of the dump are done; to go on: " + resume_text(options, done);
  } else if (failure.document.empty()) {
    failure.error.message += "; how much was loaded is not known; to go on: backplane load " + options.file + " --on-conflict skip";
  }
  return failure;
}

void print_totals(Context& context, const std::string& totals) {
  if (context.output.json || !context.console.out_is_terminal) return print_json(context, totals);
  const auto number = [&](std::string_view name) { return std::string(base::member_of(totals, name)); };
  context.console.out << number("loaded") << " of " << number("resources") << " resources loaded, " << number("skipped")
                      << " skipped\n";
}

// Reads the dump in pieces and tells progress by them.
class Pieces {
 public:
  Pieces(std::istream& in, Progress& progress) : in_(in), progress_(progress) {}

  Result<std::optional<std::string>> next() {
    std::string piece(piece_bytes, '\0');
    in_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (in_.bad()) return Error{Code::storage, "cannot read the dump: " + std::string(std::strerror(errno))};
    piece.resize(static_cast<std::size_t>(in_.gcount()));
    if (piece.empty()) return std::optional<std::string>();
    bytes_ += piece.size();
    lines_ += static_cast<std::uint64_t>(std::count(piece.begin(), piece.end(), '\n'));
    progress_.tell(lines_ == 0 ? 0 : lines_ - 1, bytes_);  // the first line is no resource
    return std::optional(std::move(piece));
  }

 private:
  std::istream& in_;
  Progress& progress_;
  std::uint64_t bytes_ = 0;
  std::uint64_t lines_ = 0;
};

Result<http::Client::Reply> send(const http::Client& client, const LoadOptions& options, Context& context) {
  std::ifstream file;
  std::uint64_t size = 0;
  if (options.file != "-") {
    file.open(options.file, std::ios::binary);
    std::error_code error;
    const bool is_regular = std::filesystem::is_regular_file(options.file, error);
    if (!file || std::filesystem::is_directory(options.file, error))
      return Error{Code::invalid_argument, "cannot read " + options.file + ": " + std::strerror(file ? EISDIR : errno)};
    if (is_regular) size = std::filesystem::file_size(options.file, error);
  }
  Progress progress(context.console, context.output, "sent", size);
  Pieces pieces(options.file == "-" ? context.console.in : file, progress);
  return client.upload(load_request(options, context.connection), [&] { return pieces.next(); });
}

}  // namespace

ExitCode carry_out(const LoadOptions& options, Context& context) {
  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());
  const auto reply = send(*client, options, context);
  if (!reply) {
    Failure failure;
    failure.error = reply.error();
    const bool began = failure.error.code == Code::timeout || failure.error.message.find("cut") != std::string::npos;
    return report(context, began ? with_way_on(std::move(failure), options) : std::move(failure));
  }
  if (!reply->succeeded()) return report(context, with_way_on(failure_of(*reply), options));
  print_totals(context, reply->body);
  return ExitCode::done;
}

}  // namespace backplane::app
