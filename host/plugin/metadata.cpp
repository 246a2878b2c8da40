#include "plugin/metadata.hpp"

#include <backplane/backplane.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "model/event_pattern.hpp"
#include "model/name.hpp"
#include "plugin/semantic_version.hpp"

namespace backplane::plugin {
namespace {

using base::Code;
using base::Error;
using base::Json;
using base::Result;

constexpr std::size_t most_metadata_bytes = 64 << 10;
constexpr std::size_t most_requirement_bytes = 128;

std::string shown(const Json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  std::string text = base::to_text(value);
  if (text.size() > 80) text = text.substr(0, 77) + "...";
  return text;
}

std::string escaped(std::string_view member) {
  std::string token;
  for (const char c : member) {
    if (c == '~') token += "~0";
    else if (c == '/') token += "~1";
    else token += c;
  }
  return token;
}

std::optional<AbiVersion> abi_from(std::string_view text) {
  AbiVersion abi;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, abi.major);
  if (major.ec != std::errc() || major.ptr == end || *major.ptr != '.') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, abi.minor);
  if (minor.ec != std::errc() || minor.ptr != end) return std::nullopt;
  return abi;
}

// Walks the object and collects what is wrong with it.
class Reader {
 public:
  Result<Metadata> read(const Json& note) {
    if (!note.is_object()) {
      wrong("", "an object", note);
      return failure();
    }
    const Json abi = note.value("abi", Json());
    const auto version = abi.is_string() ? abi_from(abi.get_ref<const std::string&>()) : std::nullopt;
    if (!version) wrong("/abi", "\"<major>.<minor>\"", abi);
    const auto body = note.find("metadata");
    if (version && version->major != BP_ABI_MAJOR) return of_another_major(*version, body == note.end() ? Json() : *body);
    if (version) out_.abi = *version;
    if (body == note.end()) wrong("/metadata", "an object", Json());
    else read_body(*body);
    list_unknown("", note, {"abi", "metadata"});
    if (!problems_.empty()) return failure();
    return std::move(out_);
  }

 private:
  static Metadata of_another_major(AbiVersion abi, const Json& body) {
    Metadata metadata;
    metadata.abi = abi;
    const auto text = [&](const char* name) {
      const auto found = body.is_object() ? body.find(name) : body.end();
      return found != body.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    metadata.id = text("id");
    metadata.version = text("version");
    return metadata;
  }

  void read_body(const Json& body) {
    const std::string at = "/metadata";
    if (!body.is_object()) return wrong(at, "an object", body);
    read_identity(at, body);
    if (const Json* hooks = member(body, "hooks")) read_hooks(at + "/hooks", *hooks);
    if (const Json* events = member(body, "events")) read_events(at + "/events", *events);
    if (const Json* grants = member(body, "grants")) read_grants(at + "/grants", *grants);
    if (member(body, "requires") != nullptr) read_requirements(at, body);
    if (const Json* schema = member(body, "config_schema")) read_schema(at + "/config_schema", *schema);
    if (const Json* threading = member(body, "threading")) read_threading(at + "/threading", *threading);
    read_reload(at, body);
    list_unknown(at, body, {"id", "version", "description", "license", "homepage", "hooks", "events", "grants", "requires", "config_schema",
                            "threading", "state_schema", "overlap", "unload"});
  }

  void read_identity(const std::string& at, const Json& body) {
    const Json* const id = member(body, "id");
    if (id != nullptr && id->is_string() && model::check_plugin_id(id->get_ref<const std::string&>())) out_.id = id->get<std::string>();
    else wrong(at + "/id", "a text of [a-z0-9][a-z0-9-]{0,63}", id == nullptr ? Json() : *id);
    const Json* const version = member(body, "version");
    if (version != nullptr && version->is_string() && is_semantic_version(version->get_ref<const std::string&>()))
      out_.version = version->get<std::string>();
    else wrong(at + "/version", "a semantic version such as \"1.0.0\"", version == nullptr ? Json() : *version);
    read_text(at, body, "description", out_.description);
    read_text(at, body, "license", out_.license);
    read_text(at, body, "homepage", out_.homepage);
  }

  void read_text(const std::string& at, const Json& body, const char* name, std::string& into) {
    const Json* const text = member(body, name);
    if (text == nullptr) return;
    if (text->is_string()) into = text->get<std::string>();
    else wrong(at + "/" + name, "a text", *text);
  }

  void read_hooks(const std::string& at, const Json& hooks) {
    if (!hooks.is_array()) return wrong(at, "an array", hooks);
    for (std::size_t i = 0; i < hooks.size(); ++i) {
      const std::string here = at + "/" + std::to_string(i);
      const Json& hook = hooks[i];
      if (!hook.is_object()) {
        wrong(here, "an object with phases, actions and types", hook);
        continue;
      }
      HookRange range;
      for_each_text(here, hook, "phases", [&](const std::string& place, const Json& name) {
        const auto phase = model::phase_named(name.get_ref<const std::string&>());
        if (phase) range.phases |= static_cast<std::uint32_t>(*phase);
        else wrong(place, "one of before, after, on_success, on_failure", name);
      });
      for_each_text(here, hook, "actions", [&](const std::string& place, const Json& name) { add_action(place, name, range.actions); });
      for_each_text(here, hook, "types", [&](const std::string& place, const Json& name) {
        if (is_type(name.get_ref<const std::string&>())) range.types.push_back(name.get<std::string>());
        else wrong(place, "\"*\" or a resource type of [a-z][a-z0-9_-]{0,63}", name);
      });
      list_unknown(here, hook, {"phases", "actions", "types"});
      out_.hooks.push_back(std::move(range));
    }
  }

  void read_events(const std::string& at, const Json& events) {
    if (!events.is_object()) return wrong(at, "an object", events);
    read_patterns(at, events, "publish", out_.publish);
    read_patterns(at, events, "subscribe", out_.subscribe);
    list_unknown(at, events, {"publish", "subscribe"});
  }

  void read_patterns(const std::string& at, const Json& owner, const char* name, std::vector<std::string>& into) {
    if (member(owner, name) == nullptr) return;
    for_each_text(at, owner, name, [&](const std::string& place, const Json& pattern) {
      if (model::check_event_pattern(pattern.get_ref<const std::string&>())) into.push_back(pattern.get<std::string>());
      else wrong(place, model::event_pattern_wanted, pattern);
    });
  }

  void read_grants(const std::string& at, const Json& grants) {
    if (!grants.is_object()) return wrong(at, "an object", grants);
    if (const Json* resources = member(grants, "resources")) read_actions(at + "/resources", *resources, out_.needs.resources);
    if (const Json* hooks = member(grants, "hooks")) read_actions(at + "/hooks", *hooks, out_.needs.hooks);
    read_patterns(at, grants, "publish", out_.needs.publish);
    read_patterns(at, grants, "subscribe", out_.needs.subscribe);
    list_unknown(at, grants, {"resources", "hooks", "publish", "subscribe"});
  }

  void read_requirements(const std::string& at, const Json& body) {
    for_each_text(at, body, "requires", [&](const std::string& place, const Json& name) {
      const auto& text = name.get_ref<const std::string&>();
      if (!text.empty() && text.size() <= most_requirement_bytes) out_.requirements.push_back(text);
      else wrong(place, "a text of 1 to 128 bytes", name);
    });
  }

  void read_actions(const std::string& at, const Json& by_type, manifest::ActionsByType& into) {
    if (!by_type.is_object()) return wrong(at, "an object of resource types", by_type);
    for (const auto& [type, names] : by_type.items()) {
      if (!is_type(type)) wrong(at + "/" + escaped(type), "\"*\" or a resource type as its name", Json(type));
      model::ActionSet& actions = into[type];
      for_each_text(at, by_type, type, [&](const std::string& place, const Json& name) { add_action(place, name, actions); });
    }
  }

  void read_schema(const std::string& at, const Json& schema) {
    auto compiled = base::JsonSchema::compile(schema);
    if (!compiled) {
      problems_.push_back(at + ": " + compiled.error().message);
      return;
    }
    out_.config_schema = std::make_shared<const base::JsonSchema>(std::move(*compiled));
    out_.config_schema_json = schema;
  }

  void read_threading(const std::string& at, const Json& threading) {
    if (threading == "serial") out_.threading = Threading::serial;
    else if (threading != "concurrent") wrong(at, "\"concurrent\" or \"serial\"", threading);
  }

  void read_reload(const std::string& at, const Json& body) {
    const Json* const state = member(body, "state_schema");
    if (state != nullptr) {
      if (state->is_number_unsigned()) out_.state_schema = state->get<std::uint64_t>();
      else wrong(at + "/state_schema", "a whole number, 0 or more", *state);
    }
    if (const Json* overlap = member(body, "overlap")) {
      if (!overlap->is_boolean()) wrong(at + "/overlap", "true or false", *overlap);
      else if (overlap->get<bool>()) out_.switchover = Switchover::overlap;
    }
    // What is saved while handlers still run would lack what they do afterwards.
    if (state != nullptr && out_.switchover == Switchover::overlap)
      problems_.push_back(at + "/overlap: wanted false beside a state_schema, found true");
    if (const Json* unload = member(body, "unload")) {
      if (*unload == "close") out_.unload = Unload::close;
      else if (*unload != "park") wrong(at + "/unload", "\"park\" or \"close\"", *unload);
    }
  }

  static bool is_type(std::string_view name) { return name == "*" || model::check_resource_type(name).has_value(); }

  void add_action(const std::string& place, const Json& name, model::ActionSet& into) {
    const auto actions = model::actions_named(name.get_ref<const std::string&>());
    if (actions) into = into | *actions;
    else wrong(place, "an action or a group of actions (read, write, lifecycle, backup, mutate, full)", name);
  }

  // The member is a non-empty array of texts: `each` gets every one and its place.
  template <class F>
  void for_each_text(const std::string& at, const Json& owner, const std::string& name, F each) {
    const std::string here = at + "/" + escaped(name);
    const Json* const list = member(owner, name);
    if (list == nullptr || !list->is_array()) return wrong(here, "an array of texts", list == nullptr ? Json() : *list);
    if (list->empty()) problems_.push_back(here + ": wanted at least one text, found none");
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string place = here + "/" + std::to_string(i);
      if ((*list)[i].is_string()) each(place, (*list)[i]);
      else wrong(place, "a text", (*list)[i]);
    }
  }

  static const Json* member(const Json& owner, const std::string& name) {
    const auto found = owner.find(name);
    return found == owner.end() ? nullptr : &*found;
  }

  void list_unknown(const std::string& at, const Json& object, std::initializer_list<std::string_view> known) {
    for (const auto& item : object.items())
      if (std::find(known.begin(), known.end(), item.key()) == known.end()) out_.unknown.push_back(at + "/" + escaped(item.key()));
  }

  // A null value also stands for a member that is missing: neither is ever wanted.
  void wrong(const std::string& at, std::string_view wanted, const Json& found) {
    problems_.push_back((at.empty() ? "the note" : at) + ": wanted " + std::string(wanted) + ", found " +
                        (found.is_null() ? "nothing" : shown(found)));
  }

  Error failure() const {
    std::string message;
    for (const std::string& problem : problems_) message += (message.empty() ? "" : "; ") + problem;
    return {Code::invalid_argument, std::move(message)};
  }

  Metadata out_;
  std::vector<std::string> problems_;
};

}  // namespace

std::string phases_to_string(std::uint32_t phases) {
  std::string text;
  for (std::size_t i = 0; i < model::phase_count; ++i) {
    const model::Phase phase = model::phase_at(i);
    if ((phases & static_cast<std::uint32_t>(phase)) == 0) continue;
    text += (text.empty() ? "" : ", ") + std::string(name_of(phase));
  }
  return text;
}

Result<Metadata> parse_metadata(std::string_view note) {
  if (note.size() > most_metadata_bytes)
    return Error{Code::too_large, "wanted metadata of at most 64 KiB, found " + std::to_string(note.size()) + " bytes"};
  auto json = base::parse_json(note);
  if (!json) return base::within("wanted a JSON object written by BP_PLUGIN_METADATA, found no JSON", std::move(json).error());
  return Reader().read(*json);
}

}  // namespace backplane::plugin
