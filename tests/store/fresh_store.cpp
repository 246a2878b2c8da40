#include "store/fresh_store.hpp"

#include <future>

namespace backplane::store::testing {

std::vector<TypeIndex> declared_types() {
  return {{"note", {"/title", "/rank", "/done", "/tags/0", odd_pointer}}, {"task", {}}};
}

base::UtcTime at(std::int64_t micros) {
  return base::from_rfc3339("2026-01-01T00:00:00Z").value() + std::chrono::microseconds(micros);
}

model::ResourceKey note(std::string id) { return {"acme", "note", std::move(id)}; }

model::Document doc(std::string_view json) {
  auto parsed = model::Document::parse(json);
  REQUIRE(parsed.has_value());
  return *parsed;
}

Create create(std::string id, std::string_view json, model::Status status) {
  return {note(std::move(id)), status, doc(json)};
}

Update update(std::string id, std::string_view json, Precondition expected) {
  return {note(std::move(id)), expected, {model::Status::stable, doc(json)}};
}

UnitOfWork unit(std::vector<Write> writes, std::string actor, std::int64_t time) {
  return {std::move(actor), at(time), std::move(writes)};
}

CommitResult commit(Store& store, UnitOfWork work) {
  std::promise<CommitResult> answer;
  auto result = answer.get_future();
  store.commit(std::move(work), [&](CommitResult committed) { answer.set_value(std::move(committed)); });
  return result.get();
}

Committed done(Store& store, Write write, std::string actor, std::int64_t time) {
  auto result = commit(store, unit({std::move(write)}, std::move(actor), time));
  if (!result) FAIL(result.error().error.message);
  REQUIRE(result->writes.size() == 1);
  return std::move(result->writes.front());
}

base::Error refused(Store& store, Write write) {
  auto result = commit(store, unit({std::move(write)}));
  REQUIRE_FALSE(result.has_value());
  CHECK(result.error().write == 0u);
  CHECK_FALSE(result.error().error.message.empty());
  return result.error().error;
}

model::Resource found(Store& store, const std::string& id) {
  auto resource = store.get(note(id));
  if (!resource) FAIL(resource.error().message);
  return std::move(*resource);
}

}  // namespace backplane::store::testing
