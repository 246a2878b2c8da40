// backplane dump: the stream is verified frame by frame on its way out; a file appears only when it is whole.
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "app/command.hpp"
#include "app/dump_frames.hpp"
#include "app/progress.hpp"
#include "base/json.hpp"
#include "http/client/request_target.hpp"

namespace backplane::app {
namespace {

using base::Code;
using base::Error;
using base::Result;

std::string part_of(const DumpOptions& options) { return options.file + ".part"; }

http::Client::Request dump_request(const DumpOptions& options, const Connection& connection) {
  http::RequestTarget target("/v1/dump");
  for (const auto& type : options.types) target.query("type", type);
  if (!options.after.empty()) target.query("after", options.after);
  http::Client::Request request;
  request.target = target.text();
  request.headers = headers_of(connection);
  return request;
}

Error cannot_write(const std::string& path) {
  return {Code::storage, "cannot write " + path + ": " + std::strerror(errno)};
}

// What was written stays in the part file; the rest can be had as another dump.
Failure cut(Error error, const DumpFrames& frames, const DumpOptions& options) {
  const std::string last = frames.last_resource();
  if (!options.file.empty()) error.message += "; what came is in " + part_of(options);
  if (!last.empty()) error.message += "; for the rest: backplane dump --after " + last;
  Failure failure;
  failure.error = std::move(error);
  return failure;
}

Result<void> keep(const DumpOptions& options, std::ofstream& file) {
  if (options.file.empty()) return base::ok();
  file.close();
  if (file.fail()) return cannot_write(part_of(options));
  std::error_code error;
  std::filesystem::rename(part_of(options), options.file, error);
  if (error) return Error{Code::storage, "cannot make " + options.file + ": " + error.message()};
  return base::ok();
}

}  // namespace

ExitCode carry_out(const DumpOptions& options, Context& context) {
  const auto client = client_of(context.connection);
  if (!client) return report(context, client.error());

  std::ofstream file;
  DumpFrames frames;
  std::uint64_t bytes_written = 0;
  Result<http::Client::Reply> reply = Error{};
  {
    Progress progress(context.console, context.output, "dumped", 0);
    reply = client->receive(dump_request(options, context.connection), [&](std::string_view bytes) -> Result<void> {
      if (!options.file.empty() && !file.is_open()) file.open(part_of(options), std::ios::binary | std::ios::trunc);
      std::ostream& out = options.file.empty() ? context.console.out : file;
      if (!out.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        return cannot_write(options.file.empty() ? "standard output" : part_of(options));
      bytes_written += bytes.size();
      BACKPLANE_CHECK(frames.take(bytes));
      progress.tell(frames.resources(), bytes_written);
      return base::ok();
    });
  }
  if (!reply) return report(context, cut(reply.error(), frames, options));
  if (!reply->succeeded()) return report(context, failure_of(*reply));
  if (const auto whole = frames.finish(); !whole) return report(context, cut(whole.error(), frames, options));
  if (const auto kept = keep(options, file); !kept) return report(context, kept.error());
  if (options.file.empty()) {
    context.console.out.flush();
    if (!context.console.out) return report(context, cannot_write("standard output"));
  } else if (context.output.json) {
    context.console.out << "{\"resources\":" << frames.resources() << ",\"file\":" << base::quote_json(options.file) << "}\n";
  } else {
    context.console.out << frames.resources() << " resources in " << options.file << '\n';
  }
  return ExitCode::done;
}

}  // namespace backplane::app
