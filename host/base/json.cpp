#include "base/json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

namespace backplane::base {
namespace {

std::string position(std::string_view text, std::size_t byte) {
  const auto read = text.substr(0, std::min(byte, text.size()));
  const auto line = std::count(read.begin(), read.end(), '\n') + 1;
  const auto start = read.rfind('\n');
  const auto column = read.size() - (start == std::string_view::npos ? 0 : start + 1);
  return "line " + std::to_string(line) + ", column " + std::to_string(std::max<std::size_t>(column, 1));
}

// nlohmann's text without its "[json.exception.parse_error.101] parse error at line 1, column 2: ".
std::string plain(std::string_view what) {
  if (const auto end = what.find("] "); end != std::string_view::npos) what.remove_prefix(end + 2);
  if (what.starts_with("parse error")) {
    if (const auto end = what.find(": "); end != std::string_view::npos) what.remove_prefix(end + 2);
  }
  // It quotes what it found, which need not be UTF-8.
  return Json::parse(quote_json(what)).get<std::string>();
}

// Builds the value and stops at what JsonLimits and the rules of parse_json forbid. The lexer tells its
// position only with its own errors, so errors found here name the pointer instead.
class Builder {
 public:
  Builder(std::string_view text, const JsonLimits& limits) : text_(text), limits_(limits) {}

  bool null() { return put(nullptr); }
  bool boolean(bool value) { return put(value); }
  bool number_integer(Json::number_integer_t value) { return put(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return put(value); }
  bool number_float(Json::number_float_t value, const std::string& digits) {
    if (digits.find_first_of(".eE") == std::string::npos)
      return fail(Code::invalid_argument, "the number " + digits + " does not fit 64 bits (write it as a string)");
    return put(value);
  }
  bool string(std::string& value) {
    if (value.find('\0') != std::string::npos) return fail(Code::invalid_argument, "a string holds an escaped NUL (\\u0000)");
    return put(std::move(value));
  }
  bool binary(Json::binary_t&) { return fail(Code::invalid_argument, "binary data"); }

  bool start_object(std::size_t) { return open(Json::object()); }
  bool key(std::string& name) {
    if (name.find('\0') != std::string::npos) return fail(Code::invalid_argument, "a member's name holds an escaped NUL (\\u0000)");
    auto& object = open_.back()->get_ref<Json::object_t&>();
    const auto [place, is_new] = object.try_emplace(std::move(name));
    member_ = &place->second;
    if (!is_new) return fail(Code::invalid_argument, "the member '" + place->first + "' occurs twice in one object");
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t byte, const std::string&, const nlohmann::detail::exception& cause) {
    return fail(Code::invalid_argument, position(text_, byte) + ": " + plain(cause.what()));
  }

  Result<Json> take() {
    if (failed_) return std::move(error_);
    return std::move(root_);
  }

 private:
  template <class T>
  bool put(T&& value) {
    place() = std::forward<T>(value);
    return true;
  }

  // Where the next value goes: the root, the member just named, or the end of the open array.
  Json& place() {
    if (open_.empty()) return root_;
    if (open_.back()->is_object()) return *member_;
    open_.back()->get_ref<Json::array_t&>().emplace_back();
    return open_.back()->back();
  }

  bool open(Json container) {
    if (open_.size() >= limits_.depth)
      return fail(Code::too_large, "JSON nested deeper than " + std::to_string(limits_.depth) + " levels");
    Json& here = place();
    here = std::move(container);
    open_.push_back(&here);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  bool fail(Code code, std::string message) {
    failed_ = true;
    error_ = {code, std::move(message)};
    return false;
  }

  std::string_view text_;
  const JsonLimits& limits_;
  Json root_;
  std::vector<Json*> open_;
  Json* member_ = nullptr;
  bool failed_ = false;
  Error error_;
};

std::string escaped_token(std::string_view name) {
  std::string token;
  token.reserve(name.size());
  for (const char c : name) {
    if (c == '~') token += "~0";
    else if (c == '/') token += "~1";
    else token += c;
  }
  return token;
}

Error does_not_apply(std::string_view why) {
  return {Code::conflict, "the JSON Patch does not apply: " + std::string(why)};
}

const std::string* text_member(const Json& operation, const char* name) {
  const auto member = operation.is_object() ? operation.find(name) : operation.end();
  return operation.is_object() && member != operation.end() ? member->get_ptr<const std::string*>() : nullptr;
}

// A patch of a few kilobytes can copy a document into itself again and again. What one patch may add is limited, whatever the
// limits of its caller, and how deep its values come to lie: the library's copies and comparisons are recursive.
constexpr std::size_t most_added_bytes = 64 << 20;
constexpr std::size_t most_depth = 256;

// What a value takes: estimated bytes, and levels. Walked without recursion, and no further than the limits.
struct Extent {
  std::size_t bytes = 0;
  std::size_t depth = 0;
};

Extent extent_of(const Json& value) {
  Extent extent;
  std::vector<std::pair<const Json*, std::size_t>> open{{&value, 1}};
  while (!open.empty() && extent.bytes <= most_added_bytes && extent.depth <= most_depth) {
    const auto [node, depth] = open.back();
    open.pop_back();
    extent.bytes += 16 + (node->is_string() ? node->get_ref<const std::string&>().size() : 0);
    extent.depth = std::max(extent.depth, depth);
    if (!node->is_structured()) continue;
    for (const auto& item : node->items()) {
      if (node->is_object()) extent.bytes += item.key().size();
      open.emplace_back(&item.value(), depth + 1);
    }
  }
  return extent;
}

// Takes what adding `value` at `path` needs off what the patch may still add.
Result<void> charge(const Json& value, const std::string& path, std::size_t& may_add) {
  const Extent extent = extent_of(value);
  const auto levels = static_cast<std::size_t>(std::count(path.begin(), path.end(), '/'));
  if (extent.bytes > may_add || extent.depth + levels > most_depth)
    return Error{Code::too_large, "the JSON Patch makes the document too large or too deep at " + path.substr(0, 100)};
  may_add -= extent.bytes;
  return ok();
}

// One operation of a JSON Patch. The library asserts, where it should refuse, that what a value is added to is an object or
// an array; so that is checked here, and a move taken apart into its two steps.
Result<void> apply_operation(Json& document, const Json& operation, std::size_t& may_add) {
  const std::string* const name = text_member(operation, "op");
  const std::string* const path = text_member(operation, "path");
  const std::string* const from = text_member(operation, "from");
  if (name != nullptr && path != nullptr && from != nullptr && *name == "move") {
    if (path->starts_with(*from + '/')) return does_not_apply("a value cannot be moved into itself");
    const Json moved = document.at(Json::json_pointer(*from));
    if (*path == *from) return ok();
    document.patch_inplace({{{"op", "remove"}, {"path", *from}}});
    return apply_operation(document, {{"op", "add"}, {"path", *path}, {"value", moved}}, may_add);
  }
  if (name != nullptr && path != nullptr && from != nullptr && *name == "copy")
    BACKPLANE_CHECK(charge(document.at(Json::json_pointer(*from)), *path, may_add));
  if (name != nullptr && path != nullptr && operation.contains("value"))
    BACKPLANE_CHECK(charge(operation["value"], *path, may_add));
  if (name != nullptr && path != nullptr && (*name == "add" || *name == "copy" || *name == "remove")) {
    const Json::json_pointer pointer(*path);
    if (!pointer.empty() && !document.at(pointer.parent_pointer()).is_structured())
      return does_not_apply("there can be nothing at " + *path + ", which is below neither an object nor an array");
  }
  Json alone = Json::array();
  alone.push_back(operation);
  document.patch_inplace(alone);
  return ok();
}

class Comparison {
 public:
  explicit Comparison(std::size_t most) : most_(most) {}

  void compare(const std::string& pointer, const Json& before, const Json& after) {
    if (before == after) return;
    if (before.is_object() && after.is_object()) {
      for (const auto& [name, value] : before.items()) {
        const auto other = after.find(name);
        if (other == after.end()) note(pointer + "/" + escaped_token(name), &value, nullptr);
        else compare(pointer + "/" + escaped_token(name), value, *other);
      }
      for (const auto& [name, value] : after.items())
        if (!before.contains(name)) note(pointer + "/" + escaped_token(name), nullptr, &value);
    } else if (before.is_array() && after.is_array()) {
      const std::size_t longest = std::max(before.size(), after.size());
      for (std::size_t i = 0; i < longest; ++i) {
        const std::string here = pointer + "/" + std::to_string(i);
        if (i >= after.size()) note(here, &before[i], nullptr);
        else if (i >= before.size()) note(here, nullptr, &after[i]);
        else compare(here, before[i], after[i]);
      }
    } else {
      note(pointer, &before, &after);
    }
  }

  Json take() { return std::move(changes_); }

 private:
  void note(const std::string& pointer, const Json* before, const Json* after) {
    if (count_++ >= most_) {
      changes_[""] = {{"truncated", true}};
      return;
    }
    Json& change = changes_[pointer] = Json::object();
    if (before != nullptr) change["old"] = *before;
    if (after != nullptr) change["new"] = *after;
  }

  std::size_t most_;
  std::size_t count_ = 0;
  Json changes_ = Json::object();
};

}  // namespace

Result<Json> parse_json(std::string_view text, const JsonLimits& limits) {
  if (text.size() > limits.bytes)
    return Error{Code::too_large, "JSON of " + std::to_string(text.size()) + " bytes: at most " +
                                      std::to_string(limits.bytes) + " are taken"};
  // The library takes it for the end of the text.
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    return Error{Code::invalid_argument, position(text, nul + 1) + ": a NUL byte"};
  Builder builder(text, limits);
  Json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string to_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string quote_json(std::string_view text) { return to_text(Json(text)); }

Json changes_between(const Json& old_value, const Json& new_value, std::size_t most) {
  Comparison comparison(most);
  comparison.compare("", old_value, new_value);
  return comparison.take();
}

Result<Json> apply_json_patch(const Json& document, const Json& patch) {
  if (!patch.is_array()) return Error{Code::invalid_argument, std::string("not a JSON Patch: wanted an array, found ") + patch.type_name()};
  try {
    Json patched = document;
    std::size_t may_add = most_added_bytes;
    for (const Json& operation : patch) BACKPLANE_CHECK(apply_operation(patched, operation, may_add));
    return patched;
  } catch (const Json::parse_error& error) {
    // 106 and 109: a pointer that is one, but not into this array; else the patch or a pointer is malformed.
    if (error.id == 106 || error.id == 109) return does_not_apply(plain(error.what()));
    return Error{Code::invalid_argument, "not a JSON Patch: " + plain(error.what())};
  } catch (const Json::exception& error) {
    return does_not_apply(plain(error.what()));
  }
}

Json apply_merge_patch(const Json& document, const Json& patch) {
  Json merged = document;
  merged.merge_patch(patch);
  return merged;
}

}  // namespace backplane::base
