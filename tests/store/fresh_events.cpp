#include "store/fresh_events.hpp"

#include <algorithm>
#include <future>

namespace backplane::store::testing {

model::Event event(std::string id, std::string type) {
  model::Event made;
  made.type = std::move(type);
  made.time = at(-5);
  made.tenant = "acme";
  made.actor = "ann";
  made.source = "plugin:orders";
  made.key = "key of " + id;
  made.correlation_id = "correlation of " + id;
  made.causation_id = "cause of " + id;
  made.depth = 2;
  made.payload = model::Document::trusted(R"({"id":")" + id + "\"}");
  made.subject = "note/" + id;
  made.id = std::move(id);
  return made;
}

UnitOfWork publishing(std::vector<model::Event> events, std::int64_t time) {
  UnitOfWork work = unit({}, "ann", time);
  work.events = std::move(events);
  return work;
}

std::vector<Appended> publish(Store& store, std::vector<model::Event> events, std::int64_t time) {
  const std::size_t count = events.size();
  auto result = commit(store, publishing(std::move(events), time));
  if (!result) FAIL(result.error().error.message);
  REQUIRE(result->events.size() == count);
  return std::move(result->events);
}

void publish_many(Store& store, std::uint64_t from, std::uint64_t count) {
  std::promise<void> last;
  for (std::uint64_t i = from; i < from + count; ++i)
    store.commit(publishing({event("e" + std::to_string(i))}, static_cast<std::int64_t>(i)), [&last, end = i + 1 == from + count](const CommitResult& result) {
      if (!result) std::abort();
      if (end) last.set_value();
    });
  if (count > 0) last.get_future().wait();
}

std::vector<model::Event> events(Store& store, const EventQuery& query) {
  std::vector<model::Event> forwards, backwards;
  REQUIRE(store.events().read_events(query, [&](const model::Event& found) {
    forwards.push_back(found);
    return true;
  }).has_value());
  REQUIRE(store.events().read_events_backwards(query, [&](const model::Event& found) {
    backwards.push_back(found);
    return true;
  }).has_value());
  std::reverse(backwards.begin(), backwards.end());
  const auto same = [](const model::Event& a, const model::Event& b) { return a.position == b.position && a.id == b.id; };
  CHECK(std::equal(forwards.begin(), forwards.end(), backwards.begin(), backwards.end(), same));
  return forwards;
}

std::uint64_t removed_up_to(Store& store) {
  const auto removed = store.events().read_events({.up_to = 0}, [](const model::Event&) { return true; });
  REQUIRE(removed.has_value());
  return *removed;
}

std::string ids(Store& store, const EventQuery& query) {
  std::string all;
  for (const model::Event& found : events(store, query)) all += (all.empty() ? "" : " ") + found.id;
  return all;
}

base::Result<void> keep(Store& store, Progress progress) {
  std::promise<base::Result<void>> answer;
  store.deliveries().keep(std::move(progress), [&](base::Result<void> kept) { answer.set_value(std::move(kept)); });
  return answer.get_future().get();
}

}  // namespace backplane::store::testing
