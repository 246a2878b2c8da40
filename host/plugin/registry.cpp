#include "plugin/registry.hpp"

#include <algorithm>
#include <ranges>

#include "base/log.hpp"

namespace backplane::plugin {

base::Result<void> Registry::leave_out(const manifest::PluginSettings& settings, base::Error error) {
  if (settings.required) return error;
  base::log_warning("plugin", error.message + " (not required: left out)");
  left_out_.push_back({settings.id, std::move(error)});
  return base::ok();
}

base::Result<std::unique_ptr<Registry>> Registry::load(const std::vector<manifest::PluginSettings>& plugins,
                                                       std::chrono::microseconds deadline, const OpenPlaces& places,
                                                       Services services) {
  std::unique_ptr<Registry> registry(new Registry());
  std::vector<Candidate> candidates;
  candidates.reserve(plugins.size());
  for (const auto& settings : plugins) candidates.push_back({.settings = &settings, .generation = registry->next_generation(settings.id)});
  auto opened = open_plugins(candidates, places);
  for (std::size_t i = 0; i < plugins.size(); ++i) {
    const auto& settings = plugins[i];
    if (!opened[i]) {
      BACKPLANE_CHECK(registry->leave_out(settings, std::move(opened[i]).error()));
      continue;
    }
    for (const std::string& remark : opened[i]->remarks) base::log_warning("plugin:" + settings.id, remark);
    auto created = Instance::create(std::move(*opened[i]), candidates[i].generation, settings, deadline, services);
    if (created) registry->instances_.push_back(std::move(*created));
    else BACKPLANE_CHECK(registry->leave_out(settings, std::move(created).error()));
  }
  return registry;
}

base::Result<void> Registry::start(const Prepare& prepare) {
  for (auto place = instances_.begin(); place != instances_.end();) {
    auto started = prepare ? prepare(**place) : base::ok();
    if (started) started = (*place)->start();
    if (started) {
      ++place;
      continue;
    }
    const manifest::PluginSettings settings = (*place)->settings();
    if ((*place)->has_hung()) leave_behind(*place);
    place = instances_.erase(place);
    BACKPLANE_CHECK(leave_out(settings, std::move(started).error()));
  }
  return base::ok();
}

Instances Registry::instances() const {
  const std::lock_guard lock(mutex_);
  return instances_;
}

std::shared_ptr<Instance> Registry::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(instances_, [&](const auto& instance) { return instance->id() == id; });
  return found == instances_.end() ? nullptr : *found;
}

std::vector<LeftOut> Registry::left_out() const {
  const std::lock_guard lock(mutex_);
  return left_out_;
}

std::vector<Parked> Registry::parked() const {
  const std::lock_guard lock(mutex_);
  return parked_;
}

std::uint64_t Registry::next_generation(const std::string& id) {
  const std::lock_guard lock(mutex_);
  return ++generations_[id];
}

void Registry::set_instances(Instances instances) {
  const std::lock_guard lock(mutex_);
  instances_.swap(instances);
}

void Registry::set_left_out(std::vector<LeftOut> left_out) {
  const std::lock_guard lock(mutex_);
  left_out_.swap(left_out);
}

void Registry::add_parked(Parked parked) {
  const std::lock_guard lock(mutex_);
  parked_.push_back(std::move(parked));
}

void Registry::leave_behind(std::shared_ptr<Instance> instance) {
  const std::lock_guard lock(mutex_);
  left_behind_.push_back(std::move(instance));
}

std::size_t Registry::stop(const Stopped& stopped) {
  for (const auto& instance : std::views::reverse(instances_)) {
    if (instance->stuck_threads() != 0)
      base::log_error("plugin:" + instance->id(), "a thread is still inside: it is neither stopped nor asked for its state");
    else if (const auto ended = instance->stop(); !ended) base::log_error("plugin", ended.error().message);
    else if (stopped) stopped(*instance);
  }
  std::size_t stuck = 0;
  for (const auto& one : left_behind_) stuck += one->stuck_threads();
  left_behind_.clear();
  while (!instances_.empty()) {
    std::shared_ptr<Instance> last = std::move(instances_.back());
    instances_.pop_back();
    last->end();
    stuck += last->stuck_threads();
  }
  return stuck;
}

Registry::~Registry() { stop(); }

}  // namespace backplane::plugin
