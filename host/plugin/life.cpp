#include "plugin/life.hpp"

#include "plugin/events.hpp"
#include "plugin/instance.hpp"
#include "plugin/open_plugin.hpp"

namespace backplane::plugin {
namespace {

// The generation of the file that the host itself has open is 1.
constexpr std::uint64_t own_generation = 2;
constexpr std::chrono::seconds handler_deadline{1};

class NothingBehind final : public PluginOperations, public PluginEvents {
 public:
  base::Result<PluginReply> operate(const std::string& plugin_id, const Cause&, PluginRequest) override { return unavailable(plugin_id); }
  base::Result<void> check_enlisted(const PluginRequest&) override { return unavailable("a plugin"); }
  base::Result<Published> publish(const Cause&, std::shared_ptr<model::Event>& event, Promise) override {
    return unavailable(event->source);
  }
  void announce(std::string_view, const Instance&) override {}
  bool has_log() const override { return true; }
  base::UtcTime now() const override { return base::SystemClock().now(); }
  base::JsonLimits payload_limits() const override { return {}; }

 private:
  static base::Error unavailable(const std::string& who) {
    return {base::Code::unavailable, "there is nothing behind this host, which only checks " + who};
  }
};

}  // namespace

base::Result<void> live(const manifest::PluginSettings& settings, const std::filesystem::path& run_directory,
                        const std::function<void(const std::string& step)>& begin) {
  static NothingBehind nothing;
  // Static: a plugin that failed at one step is not led through the others by a destructor.
  static std::shared_ptr<Instance> instance;
  begin("open");
  BACKPLANE_TRY(auto opened, open_untried({&settings, own_generation}, run_directory));
  begin("create");
  BACKPLANE_TRY(instance, Instance::create(std::move(opened), own_generation, settings, handler_deadline, {nothing, nothing}));
  begin("start");
  BACKPLANE_CHECK(instance->start());
  begin("stop");
  BACKPLANE_CHECK(instance->stop());
  begin("destroy");
  BACKPLANE_CHECK(instance->destroy());
  begin("close");
  instance.reset();
  return base::ok();
}

}  // namespace backplane::plugin
