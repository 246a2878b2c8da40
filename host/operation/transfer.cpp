#include <algorithm>
#include <nlohmann/json.hpp>

#include "operation/frame.hpp"
#include "operation/transfers.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;

constexpr std::size_t buffer_bytes = 64 << 10;
constexpr std::size_t loads_at_once = 64;

// Collects frames and hands them on in larger pieces.
class Outlet {
 public:
  explicit Outlet(const Transfers::Sink& sink) : sink_(sink) {}

  bool put(std::string_view json) {
    buffer_ += frame_of(json);
    return buffer_.size() < buffer_bytes || flush();
  }
  bool flush() {
    const bool taken = buffer_.empty() || sink_(buffer_);
    buffer_.clear();
    return taken;
  }

 private:
  const Transfers::Sink& sink_;
  std::string buffer_;
};

Error sink_ended() { return {Code::cancelled, "the dump was ended by its reader"}; }

// Cuts a stream into lines.
class Lines {
 public:
  Lines(const Transfers::Source& source, std::size_t most_bytes) : source_(source), most_bytes_(most_bytes) {}

  // The next line without its break; nothing at the end of the stream.
  base::Result<std::optional<std::string>> next() {
    while (true) {
      if (const auto end = buffer_.find('\n', read_); end != std::string::npos) {
        std::string line = buffer_.substr(read_, end - read_);
        read_ = end + 1;
        ++number_;
        return std::optional(std::move(line));
      }
      buffer_.erase(0, std::exchange(read_, 0));
      if (buffer_.size() > most_bytes_)
        return Error{Code::too_large, "a frame of more than " + std::to_string(most_bytes_) + " bytes"};
      BACKPLANE_TRY(auto more, source_());
      if (!more) {
        if (!buffer_.empty()) return Error{Code::invalid_argument, "the stream ends inside a frame"};
        return std::optional<std::string>();
      }
      buffer_ += *more;
    }
  }
  std::uint64_t number() const { return number_; }

 private:
  const Transfers::Source& source_;
  std::size_t most_bytes_;
  std::string buffer_;
  std::size_t read_ = 0;
  std::uint64_t number_ = 0;
};

// The loads under way, as many at once as share one commit.
class Window {
 public:
  void begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ < loads_at_once; });
    ++under_way_;
  }
  void end(std::uint64_t index, const Outcome& outcome) {
    const std::lock_guard lock(mutex_);
    --under_way_;
    if (!outcome.answer) {
      if (!failed_ || index < failed_->first) failed_.emplace(index, outcome.answer.error());
    } else if (outcome.answer->changed) {
      ++loaded_;
    } else {
      ++skipped_;
    }
    changed_.notify_all();
  }
  void wait_for_all() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return under_way_ == 0; });
  }
  bool has_failed() {
    const std::lock_guard lock(mutex_);
    return failed_.has_value();
  }
  void report(TransferTotals& totals) {
    const std::lock_guard lock(mutex_);
    totals.loaded = loaded_;
    totals.skipped = skipped_;
  }
  // The first resource of the stream that failed, and why. After wait_for_all.
  const std::optional<std::pair<std::uint64_t, Error>>& failed() const { return failed_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t under_way_ = 0;
  std::uint64_t loaded_ = 0;
  std::uint64_t skipped_ = 0;
  std::optional<std::pair<std::uint64_t, Error>> failed_;
};

Request request_for(model::Action action, const Caller& caller, std::string type, std::string id) {
  Request request;
  request.action = action;
  request.caller = caller;
  request.type = std::move(type);
  request.id = std::move(id);
  return request;
}

base::Result<void> check_header(std::string_view json) {
  BACKPLANE_TRY(const auto header, base::parse_json(json));
  const auto version = header.is_object() ? header.find("backplane_dump") : header.end();
  if (!header.is_object() || version == header.end()) return Error{Code::invalid_argument, "not a dump: wanted a header frame first"};
  if (*version != 1) return Error{Code::unsupported, "a dump of version " + base::to_text(*version) + ": this host reads version 1"};
  return base::ok();
}

base::Result<void> check_end(std::string_view json, const TransferTotals& totals) {
  BACKPLANE_TRY(const auto frame, base::parse_json(json));
  const auto end = frame.find("end");
  if (end == frame.end() || !end->is_object() || end->value("resources", base::Json()) != base::Json(totals.resources))
    return Error{Code::invalid_argument, "the stream is not whole: it had " + std::to_string(totals.resources) +
                                             " resources, its last frame says " + base::to_text(frame)};
  return base::ok();
}

base::Result<void> load_frames(Conductor& conductor, const base::JsonLimits& limits, const LoadRequest& request, Lines& lines,
                               Window& window, TransferTotals& totals, const Transfers::Progress& progress) {
  BACKPLANE_TRY(const auto first, lines.next());
  if (!first) return Error{Code::invalid_argument, "an empty stream: wanted a dump"};
  BACKPLANE_TRY(const auto header, json_of_frame(*first));
  BACKPLANE_CHECK(check_header(header));
  while (!window.has_failed()) {
    BACKPLANE_TRY(const auto line, lines.next());
    if (!line) return Error{Code::invalid_argument, "the stream is not whole: its last frame is missing"};
    BACKPLANE_TRY(const auto json, json_of_frame(*line));
    if (json.starts_with("{\"end\":")) return check_end(json, totals);
    BACKPLANE_TRY(auto scanned, from_frame_json(json, request.caller.tenant, {limits.bytes, limits.depth}));
    const std::uint64_t index = totals.resources++;
    totals.revisions += scanned.revisions.size() + 1;
    if (index < request.skip) continue;
    window.begin();
    Request load = request_for(model::Action::load, request.caller, scanned.resource.key.type, scanned.resource.key.id);
    conductor.submit_load(
        std::move(load),
        {std::move(scanned.resource), std::move(scanned.revisions), request.on_conflict},
        [&window, index](const Outcome& done) { window.end(index, done); });
    if (totals.resources % 1000 == 0) {
      window.report(totals);
      progress(totals);
    }
  }
  return base::ok();
}

}  // namespace

base::Result<TransferTotals> StoreTransfers::dump(const DumpRequest& request, const Sink& sink) {
  const auto rules = conductor_.setup().rules;
  std::vector<std::string> types = request.types.empty() ? rules->types.names() : request.types;
  std::sort(types.begin(), types.end());
  for (const auto& type : types) {
    BACKPLANE_TRY([[maybe_unused]] const Type* known, rules->types.get(type));
  }

  Outlet outlet(sink);
  TransferTotals totals;
  const base::Json header{{"backplane_dump", 1}, {"time", base::to_rfc3339(clock_.now())}, {"tenant", request.caller.tenant}, {"types", types}};
  if (!outlet.put(base::to_text(header))) return sink_ended();
  for (const auto& type : types) {
    if (type < request.after_type) continue;
    const std::string after = type == request.after_type ? request.after_id : std::string();
    const auto stream_out = [&]() -> base::Result<void> {
      bool taken = true;
      BACKPLANE_CHECK(store_.scan(request.caller.tenant, type, after, [&](const store::Scanned& scanned) {
        ++totals.resources;
        totals.revisions += scanned.revisions.size() + 1;
        return taken = outlet.put(to_frame_json(scanned));
      }));
      if (!taken) return sink_ended();
      return base::ok();
    };
    BACKPLANE_CHECK(conductor_.run_dump(request_for(model::Action::dump, request.caller, type, {}), stream_out));
  }
  const base::Json end{{"end", {{"resources", totals.resources}, {"revisions", totals.revisions}}}};
  if (!outlet.put(base::to_text(end)) || !outlet.flush()) return sink_ended();
  return totals;
}

LoadOutcome StoreTransfers::load(const LoadRequest& request, const Source& source, const Progress& progress) {
  // A frame holds a whole history, so it may be much larger than one document.
  const base::JsonLimits frame_limits{limits_.bytes * 64, limits_.depth + 4};
  Lines lines(source, frame_limits.bytes);
  Window window;
  LoadOutcome outcome;
  base::Result<void> read = load_frames(conductor_, frame_limits, request, lines, window, outcome.totals, progress);
  window.wait_for_all();
  window.report(outcome.totals);
  if (const auto& failed = window.failed()) {
    outcome.error = base::within("resource " + std::to_string(failed->first + 1) + " of the stream", failed->second);
    outcome.totals.resources = failed->first;
  } else if (!read) {
    outcome.error = base::within("line " + std::to_string(lines.number()), std::move(read).error());
  }
  progress(outcome.totals);
  return outcome;
}

}  // namespace backplane::operation
