#include "app/settling.hpp"

#include <algorithm>
#include <utility>

namespace backplane::app {

void Settling::learn(const std::string& file) {
  if (!knows(file)) known_.emplace(file, content_of(file));
}

void Settling::keep(const std::set<std::string>& files) {
  std::erase_if(known_, [&](const auto& entry) { return !files.contains(entry.first); });
  std::erase_if(pending_, [&](const auto& entry) { return !files.contains(entry.first); });
}

void Settling::touch(const std::string& file, Sign sign, Time now) {
  known_.try_emplace(file);
  const auto [at, is_new] = pending_.try_emplace(file);
  Pending& pending = at->second;
  pending.seen = fingerprint_of(file);
  pending.waited_for_writer = false;
  switch (sign) {
    case Sign::written: pending.due = now + times_.quiet; break;
    case Sign::finished: pending.due = now + times_.finished; break;
    case Sign::marked: pending.due = std::max(is_new ? now : pending.due, now + times_.finished); break;
  }
}

void Settling::touch_all(Sign sign, Time now) {
  for (const auto& [file, content] : known_) touch(file, sign, now);
}

void Settling::touch_below(const std::string& folder, Sign sign, Time now) {
  const std::string prefix = folder + '/';
  for (const auto& [file, content] : known_)
    if (file.starts_with(prefix)) touch(file, sign, now);
}

std::vector<std::filesystem::path> Settling::settled(Time now) {
  std::vector<std::filesystem::path> news;
  for (auto at = pending_.begin(); at != pending_.end();) {
    if (at->second.due > now) {
      ++at;
      continue;
    }
    const Outcome outcome = look(at->first, at->second, now);
    if (outcome == Outcome::news) news.emplace_back(at->first);
    at = outcome == Outcome::not_settled ? std::next(at) : pending_.erase(at);
  }
  return news;
}

std::optional<Settling::Time> Settling::next() const {
  std::optional<Time> earliest;
  for (const auto& [file, pending] : pending_)
    if (!earliest || pending.due < *earliest) earliest = pending.due;
  return earliest;
}

Settling::Outcome Settling::look(const std::string& file, Pending& pending, Time now) {
  const auto before = fingerprint_of(file);
  const bool is_quiet = before == pending.seen;
  if (is_quiet && before && !pending.waited_for_writer && is_open_for_writing(file)) {
    // When it is closed, that will be told here; but some writers never close.
    pending.due = now + times_.held;
    pending.waited_for_writer = true;
    return Outcome::not_settled;
  }
  const auto content = is_quiet ? content_of(file) : std::nullopt;
  // Once more behind the reading: what was read is the file's only if nobody wrote meanwhile. A write that no event
  // tells of (to a mapping) is seen here as well.
  const auto after = fingerprint_of(file);
  if (!is_quiet || after != before) {
    pending = {after, now + times_.quiet};
    return Outcome::not_settled;
  }
  if (!content) return look_for_absent(file);
  return std::exchange(known_[file], content) == content ? Outcome::no_news : Outcome::news;
}

Settling::Outcome Settling::look_for_absent(const std::string& file) {
  if (absence_ == Absence::awaits_return) return Outcome::no_news;  // it will be touched when it comes
  const auto known = known_.find(file);
  const bool was_there = known->second.has_value();
  known_.erase(known);
  return was_there ? Outcome::news : Outcome::no_news;
}

}  // namespace backplane::app
