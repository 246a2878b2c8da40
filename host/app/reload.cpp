#include "app/reload.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "app/handler_changes.hpp"
#include "base/log.hpp"
#include "manifest/order.hpp"

namespace backplane::app {

using base::Code;
using base::Error;
using manifest::PluginSettings;
using manifest::Settings;
using What = ReloadRequest::What;
using Outcome = PluginReload::Outcome;

namespace {

const PluginSettings* find_plugin(const Settings& settings, const std::string& id) {
  const auto found = std::ranges::find(settings.plugins, id, &PluginSettings::id);
  return found == settings.plugins.end() ? nullptr : &*found;
}

// One plugin's entry as it is in the other settings, and nothing else of them.
void take_entry(Settings& settings, const Settings& other, const std::string& id) {
  const PluginSettings* const wanted = find_plugin(other, id);
  const auto present = std::ranges::find(settings.plugins, id, &PluginSettings::id);
  if (wanted == nullptr) {
    if (present != settings.plugins.end()) settings.plugins.erase(present);
  } else if (present != settings.plugins.end()) {
    *present = *wanted;
  } else {
    settings.plugins.push_back(*wanted);
  }
}

// The order of the plugins as in the other settings; those that are to go come last, as in in_order().
void take_order(Settings& settings, const Settings& other) {
  std::ranges::stable_sort(settings.plugins, {}, [&](const PluginSettings& one) {
    return std::ranges::find(other.plugins, one.id, &PluginSettings::id) - other.plugins.begin();
  });
  for (PluginSettings& one : settings.plugins) {
    const PluginSettings* const wanted = find_plugin(other, one.id);
    one.before = wanted == nullptr ? std::vector<std::string>() : wanted->before;
    one.after = wanted == nullptr ? std::vector<std::string>() : wanted->after;
  }
}

// Whether a plugin has to be loaded anew for this key of its entry.
bool needs_generation(const std::string& path) {
  return !path.starts_with("order") && path != "required" && path != "reload";
}

bool is_changed(const std::vector<manifest::KeyChange>& keys, std::string_view path) {
  return std::ranges::find(keys, path, &manifest::KeyChange::path) != keys.end();
}

Error needs_restart(const manifest::Difference& difference) {
  std::string keys;
  for (const manifest::KeyChange& key : difference.restart) keys.append(keys.empty() ? "" : ", ").append(key.path);
  return {Code::conflict, "reload: " + keys + " cannot change while the host runs: nothing was changed, restart it"};
}

// The plugins in the order of `ids`, those of the two that are there.
plugin::Instances in_order(const std::vector<std::string>& ids, const plugin::Instances& present) {
  plugin::Instances ordered;
  for (const std::string& id : ids)
    if (const auto found = std::ranges::find_if(present, [&](const auto& one) { return one->id() == id; });
        found != present.end())
      ordered.push_back(*found);
  // One that is to go, but is still there.
  for (const auto& one : present)
    if (std::ranges::find(ids, one->id()) == ids.end()) ordered.push_back(one);
  return ordered;
}

}  // namespace

// What is to be done, made ready step by step.
struct Reloader::Plan {
  struct Entry {
    const PluginSettings* settings = nullptr;  // of `next`; null: the plugin goes
    std::shared_ptr<plugin::Instance> before{};
    std::shared_ptr<plugin::Instance> after{};
  };
  Settings next;
  std::vector<std::string> order{};  // the ids of its plugins, in the order of their hooks
  std::vector<Entry> entries{};      // as in the report: what goes, then the others in the order of their hooks
};

Reloader::Reloader(Parts parts, Settings running)
    : parts_(std::move(parts)), manifest_file_(running.file), running_(std::move(running)) {}

std::vector<std::filesystem::path> Reloader::files_to_watch(Files files) const {
  const std::lock_guard reloading(reloading_);
  std::vector<std::filesystem::path> found;
  if (files == Files::all) found.push_back(manifest_file_);
  for (const PluginSettings& plugin : running_.plugins)
    if (files == Files::all || plugin.reload == manifest::Reload::watch) found.push_back(plugin.library_path);
  std::erase(found, std::filesystem::path());
  return found;
}

ReloadReport Reloader::reload(const ReloadRequest& request) {
  ReloadReport report;
  const std::lock_guard reloading(reloading_);
  const auto began = std::chrono::steady_clock::now();
  const auto done = [&]() -> base::Result<void> {
    Plan plan;
    BACKPLANE_TRY(plan.next, wanted(request, report));
    BACKPLANE_TRY(const auto order, manifest::order_of(plan.next.plugins));
    for (const std::size_t index : order) plan.order.push_back(plan.next.plugins[index].id);
    report.difference = manifest::difference_between(running_, plan.next);
    find_changes(request, plan, report);
    if (!report.difference.restart.empty()) return needs_restart(report.difference);
    if (request.is_plan) return base::ok();
    BACKPLANE_CHECK(check_room(plan));
    BACKPLANE_CHECK(prepare(plan, report));
    return carry_out(plan, report);
  }();
  report.took = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  if (!done) report.error = done.error();
  if (!request.is_plan) remember_failures(report);
  return report;
}

base::Result<Settings> Reloader::wanted(const ReloadRequest& request, ReloadReport& report) const {
  if (request.what == What::files) return running_;
  manifest::Reading reading = parts_.read_manifest();
  if (!reading.problems.empty() || !reading.settings) {
    report.problems = std::move(reading.problems);
    return Error{Code::invalid_document, "reload: the manifest has " + std::to_string(report.problems.size()) +
                                             (report.problems.size() == 1 ? " problem" : " problems") +
                                             ": nothing was changed"};
  }
  if (request.what == What::everything) return std::move(*reading.settings);
  if (find_plugin(*reading.settings, request.plugin) == nullptr && find_plugin(running_, request.plugin) == nullptr)
    return Error{Code::not_found, "reload: the manifest has no plugin '" + request.plugin + "'"};
  Settings next = running_;
  take_entry(next, *reading.settings, request.plugin);
  return next;
}

void Reloader::find_changes(const ReloadRequest& request, Plan& plan, ReloadReport& report) const {
  const auto add = [&](Plan::Entry entry, std::string id, std::string change, std::vector<std::string> reasons) {
    PluginReload told{.id = std::move(id), .change = std::move(change), .reasons = std::move(reasons)};
    if (entry.before) told.before = entry.before->generation();
    report.plugins.push_back(std::move(told));
    plan.entries.push_back(std::move(entry));
  };
  for (const auto& present :
       parts_.serving.registry.instances())  // also of What::plugin: the others' entries are as they were
    if (std::ranges::find(plan.order, present->id()) == plan.order.end())
      add({.before = present}, present->id(), "removed", {"manifest"});
  for (const std::string& id : plan.order) {
    const PluginSettings& settings = *find_plugin(plan.next, id);
    if (request.what == What::files && std::ranges::find(request.files, settings.library_path) == request.files.end())
      continue;
    if (request.what == What::plugin && request.plugin != id) continue;
    const auto before = parts_.serving.registry.find(id);
    if (!before) {
      add({.settings = &settings}, id, "added",
          {find_plugin(running_, id) == nullptr ? "manifest" : "it was left out"});
      continue;
    }
    std::vector<std::string> reasons;
    const auto& changed = report.difference.plugins.changed;
    if (const auto found = std::ranges::find(changed, id, &manifest::EntryChange::name); found != changed.end())
      for (const manifest::KeyChange& key : found->keys)
        if (needs_generation(key.path)) reasons.push_back(key.path);
    if (!settings.deadline && is_changed(report.difference.limits, "operations.deadline"))
      reasons.emplace_back("operations.deadline");
    if (!before->is_loaded_from(settings.library_path)) reasons.emplace_back("file");
    if (request.what == What::plugin && reasons.empty()) reasons.emplace_back("asked");
    if (!reasons.empty()) add({.settings = &settings, .before = before}, id, "changed", std::move(reasons));
  }
}

// Whether what is replaced or removed may stay in memory, as far as it will.
base::Result<void> Reloader::check_room(const Plan& plan) const {
  const auto stays = [](const Plan::Entry& entry) { return entry.before && entry.before->would_stay(); };
  const auto more = static_cast<std::size_t>(std::ranges::count_if(plan.entries, stays));
  const std::size_t all = parts_.serving.registry.parked().size() + more;
  if (more == 0 || all <= plan.next.reload.max_parked) return base::ok();
  return Error{Code::too_large, "reload: wanted at most " + std::to_string(plan.next.reload.max_parked) +
                                    " generations that stay in memory (reload.max_parked), found " +
                                    std::to_string(all) +
                                    ": restart the host, or let plugins say \"unload\": \"close\""};
}

// Opens and creates the new generations: nothing of the old ones is touched. All that is wrong is told at once.
base::Result<void> Reloader::prepare(Plan& plan, ReloadReport& report) {
  plugin::Registry& registry = parts_.serving.registry;
  std::vector<plugin::Candidate> candidates;
  for (const Plan::Entry& entry : plan.entries)
    if (entry.settings != nullptr)
      candidates.push_back({.settings = entry.settings, .generation = registry.next_generation(entry.settings->id)});
  auto opened = plugin::open_plugins(candidates, parts_.places);
  std::optional<Error> first;
  for (std::size_t i = 0, next = 0; i < plan.entries.size(); ++i) {
    Plan::Entry& entry = plan.entries[i];
    if (entry.settings == nullptr) continue;
    const std::uint64_t generation = candidates[next].generation;
    auto& one = opened[next++];
    auto created = one ? plugin::Instance::create(std::move(*one), generation, *entry.settings,
                                                  plan.next.operations.deadline, parts_.services)
                       : base::Result<std::shared_ptr<plugin::Instance>>(std::move(one).error());
    if (created) {
      entry.after = std::move(*created);
      report.plugins[i].after = generation;
      continue;
    }
    report.plugins[i].outcome = Outcome::failed;
    report.plugins[i].error = created.error();
    if (!first && (entry.before || entry.settings->required)) first = std::move(created).error();
  }
  return first ? base::Result<void>(std::move(*first)) : base::ok();
}

// First what is of all plugins, then one after another. What was done before something failed is in running_ too.
base::Result<void> Reloader::carry_out(Plan& plan, ReloadReport& report) {
  if (!report.difference.types.added.empty() || !report.difference.types.removed.empty() ||
      !report.difference.types.changed.empty() || !report.difference.limits.empty())
    BACKPLANE_CHECK(apply_rules(plan.next));
  if (!report.difference.moves.empty()) BACKPLANE_CHECK(put_in_order(plan));
  for (const PluginReload& one : report.plugins)
    if (one.outcome == Outcome::failed) take_entry(running_, plan.next, one.id);  // not required, and left out
  auto changed = change_plugins(plan, report);
  if (changed) running_ = std::move(plan.next);
  else take_order(running_, plan.next);
  tell_left_out(report);
  return changed;
}

base::Result<void> Reloader::change_plugins(const Plan& plan, ReloadReport& report) {
  plugin::Registry& registry = parts_.serving.registry;
  const manifest::ReloadSettings& limits = plan.next.reload;
  for (std::size_t i = 0; i < plan.entries.size(); ++i) {
    const Plan::Entry& entry = plan.entries[i];
    PluginReload& told = report.plugins[i];
    if (told.outcome == Outcome::failed) continue;
    plugin::Instances plugins = registry.instances();
    if (entry.before) std::erase(plugins, entry.before);
    if (entry.after) plugins.push_back(entry.after);
    PluginSwitch change(parts_.serving, {entry.before, entry.after, in_order(plan.order, plugins)},
                        {.drain = limits.drain, .stop = limits.stop, .max_state = limits.max_state_bytes});
    auto changed = change.run();
    told.course = change.course();
    if (!changed) {
      told.outcome = Outcome::failed;
      told.error = changed.error();
      for (PluginReload& later : std::span(report.plugins).subspan(i + 1))
        if (later.outcome == Outcome::planned) later.outcome = Outcome::not_reached;
      return std::move(changed).error();
    }
    told.outcome = Outcome::done;
    if (entry.before && entry.after) told.handlers = handler_changes(*entry.before, *entry.after);
    take_entry(running_, plan.next, told.id);
    parts_.services.events.announce(entry.before ? (entry.after ? "reloaded" : "unloaded") : "loaded",
                                    entry.after ? *entry.after : *entry.before);
  }
  return base::ok();
}

// Plugins that are not required, and are not there.
void Reloader::tell_left_out(const ReloadReport& report) const {
  plugin::Registry& registry = parts_.serving.registry;
  const auto is_missing = [&](const std::string& id) {
    return find_plugin(running_, id) != nullptr && registry.find(id) == nullptr;
  };
  std::vector<plugin::LeftOut> left_out = registry.left_out();
  std::erase_if(left_out, [&](const plugin::LeftOut& one) {
    const auto told = std::ranges::find(report.plugins, one.id, &PluginReload::id);
    return !is_missing(one.id) || (told != report.plugins.end() && told->outcome == Outcome::failed);
  });
  for (const PluginReload& one : report.plugins)
    if (one.outcome == Outcome::failed && is_missing(one.id)) left_out.push_back({one.id, *one.error});
  registry.set_left_out(std::move(left_out));
}

base::Result<void> Reloader::put_in_order(const Plan& plan) {
  const PluginSwitch::Parts& serving = parts_.serving;
  const plugin::Instances plugins = in_order(plan.order, serving.registry.instances());
  BACKPLANE_CHECK(serving.bus.set_plugins(plugins));
  serving.conductor.set_hooks(
      std::make_shared<const hooks::Table>(plugins, serving.conductor.setup().rules->types.names()));
  serving.registry.set_instances(plugins);
  return base::ok();
}

// Resource types and limits, for operations that begin from now on.
base::Result<void> Reloader::apply_rules(const Settings& next) {
  BACKPLANE_TRY(auto types, operation::Types::from(next.resources));
  BACKPLANE_CHECK(
      parts_.store.declare(types.indexes(), [](const std::string& step) { base::log_info("store", step); }));
  const auto rules = std::make_shared<const operation::Rules>(operation::Rules{next.operations, std::move(types)});
  auto table = std::make_shared<const hooks::Table>(parts_.serving.registry.instances(), rules->types.names());
  parts_.serving.conductor.set_up({rules, std::move(table)});
  parts_.apply_limits(next);
  std::vector<PluginSettings> plugins = std::move(running_.plugins);
  running_ = next;
  running_.plugins = std::move(plugins);
  return base::ok();
}

void Reloader::remember_failures(const ReloadReport& report) {
  const std::lock_guard lock(mutex_);
  for (const PluginReload& one : report.plugins) {
    if (one.outcome == Outcome::done) failures_.erase(one.id);
    if (one.error) failures_[one.id] = one.error->message;
  }
}

std::map<std::string, std::string> Reloader::failures() const {
  const std::lock_guard lock(mutex_);
  return failures_;
}

}  // namespace backplane::app
