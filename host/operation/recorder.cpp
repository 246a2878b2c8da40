#include "operation/recorder.hpp"

#include <algorithm>

namespace backplane::operation {
namespace {

// Neither changes anything, nor would a handler see it again.
bool is_worth_keeping(const Outcome& outcome) { return !outcome.answer || !outcome.answer->replayed; }

Recorded recorded_of(const Request& request, base::UtcTime time, const Outcome& outcome) {
  Recorded recorded{.request = request, .time = time, .id = request.id, .answer = std::string()};
  if (outcome.answer) {
    recorded.answer = outcome.answer->body;
    if (!outcome.answer->id.empty()) recorded.id = outcome.answer->id;
  } else {
    recorded.answer = outcome.answer.error();
  }
  return recorded;
}

}  // namespace

void Recorder::set_limit(std::size_t operations) {
  const std::lock_guard lock(mutex_);
  limit_ = operations;
  while (entries_.size() > operations) forget_oldest();
}

void Recorder::submit(Request request, Done done) {
  if (!is_on() || request.mode == Mode::dry_run) return operations_.submit(std::move(request), std::move(done));
  auto asked = std::make_shared<const Request>(request);
  auto keep_it = [this, asked = std::move(asked), time = clock_.now(), number = begun_++,
                  done = std::move(done)](Outcome outcome) {
    if (is_worth_keeping(outcome)) keep(number, recorded_of(*asked, time, outcome));
    done(std::move(outcome));
  };
  operations_.submit(std::move(request), std::move(keep_it));
}

void Recorder::keep(std::uint64_t number, Recorded recorded) {
  const std::size_t bytes = bytes_of(recorded);
  auto kept = std::make_shared<const Recorded>(std::move(recorded));
  const std::lock_guard lock(mutex_);
  const auto after =
      std::find_if(entries_.rbegin(), entries_.rend(), [&](const Entry& entry) { return entry.number < number; });
  entries_.insert(after.base(), Entry{number, std::move(kept)});
  bytes_ += bytes;
  while (entries_.size() > limit_ || bytes_ > most_bytes_) forget_oldest();
}

void Recorder::forget_oldest() {
  bytes_ -= bytes_of(*entries_.front().recorded);
  entries_.pop_front();
}

Recorder::Records Recorder::last(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  Records records;
  for (std::size_t i = entries_.size() - std::min(most, entries_.size()); i < entries_.size(); ++i)
    records.push_back(entries_[i].recorded);
  return records;
}

}  // namespace backplane::operation
