// What differs between two documents, for audit trails. Optional: include it beside backplane.hpp.
#pragma once

#include <backplane/document.hpp>
#include <backplane/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace backplane::sdk {

namespace detail {

class Changes {
 public:
  Changes(const Document& before, const Document& after, std::size_t most)
      : before_(before),
        after_(after),
        most_(most) {}

  void compare(const std::string& pointer) {
    const auto old_value = before_.find(pointer), new_value = after_.find(pointer);
    if (!old_value || !new_value) {
      if (old_value || new_value) add(pointer);
    } else if (old_value->kind() != new_value->kind() ||
               (old_value->kind() != Kind::object && old_value->kind() != Kind::array)) {
      if (before_.text(pointer) != after_.text(pointer)) add(pointer);
    } else {
      std::size_t index = 0;
      const bool array = old_value->kind() == Kind::array;
      const auto step = [&](std::string_view key) { return pointer + (array ? pointer_to(index++) : pointer_to(key)); };
      before_.each(pointer, [&](std::string_view key, const Value&) { compare(step(key)); });
      const std::size_t compared = index;
      index = 0;
      after_.each(pointer, [&](std::string_view key, const Value&) {
        const std::string child = step(key);
        if (array ? index > compared : !before_.find(child)) compare(child);
      });
    }
  }

  Json json() const { return found_.json(); }

 private:
  void add(const std::string& pointer) {
    if (count_ > most_) return;
    JsonObject change;
    if (count_++ == most_) {
      found_.add("", change.add("truncated", true).json());
      return;
    }
    if (const auto text = before_.text(pointer)) change.add("old", Json::raw(*text));
    if (const auto text = after_.text(pointer)) change.add("new", Json::raw(*text));
    found_.add(pointer, change.json());
  }

  const Document &before_, &after_;
  std::size_t most_, count_ = 0;
  JsonObject found_;
};

}  // namespace detail

// An object of JSON Pointers, each with "old" and "new"; one of them is absent where a member was added or removed.
// Objects are compared member by member, arrays element by element. No document counts as an empty object. Beyond
// `most` differences the last member is "": {"truncated": true}.
inline Json changes_between(const Document& before, const Document& after, std::size_t most = 1000) {
  detail::Changes changes(before, after, most);
  const Document& present = before ? before : after;
  const auto root = present.find("");
  if ((!before || !after) && root && root->kind() == Kind::object) {
    present.each("", [&](std::string_view key, const Value&) { changes.compare(pointer_to(key)); });
  } else {
    changes.compare("");
  }
  return changes.json();
}

}  // namespace backplane::sdk
