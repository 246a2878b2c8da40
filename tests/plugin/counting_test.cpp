// The builds of tests/fixtures/counting.cpp do what the tests of reloads take them to do.
#include <backplane/testing.hpp>
#include <dlfcn.h>

#include "plugin/elf_file.hpp"
#include "plugin/metadata.hpp"
#include "support/catch.hpp"
#include "support/temporary_directory.hpp"

using namespace backplane::plugin;
namespace sdk = backplane::sdk;
namespace testing = backplane::sdk::testing;

namespace {

// A build, as a host opens it: closed after the host that runs it.
class Build {
 public:
  explicit Build(const std::string& name)
      : handle_(::dlopen(backplane::tests::fixture("counting_" + name).c_str(), RTLD_NOW | RTLD_LOCAL)) {
    REQUIRE(handle_ != nullptr);
  }
  ~Build() { ::dlclose(handle_); }
  Build(const Build&) = delete;
  Build& operator=(const Build&) = delete;

  testing::TestHost::Entry entry() const {
    return reinterpret_cast<testing::TestHost::Entry>(::dlsym(handle_, "backplane_plugin_1"));
  }

 private:
  void* handle_;
};

Metadata metadata_of(const std::string& name) {
  const auto elf = read_elf(backplane::tests::fixture("counting_" + name));
  REQUIRE(elf.has_value());
  const auto metadata = parse_metadata(elf->notes.at(0));
  INFO((metadata ? "" : metadata.error().message));
  REQUIRE(metadata.has_value());
  return *metadata;
}

nlohmann::json written(testing::TestHost& host, const nlohmann::json& document = nlohmann::json::object()) {
  return host.run(sdk::Action::create, testing::Given().input(document)).before.document;
}

std::string error_of(const std::function<void()>& what) {
  try {
    what();
  } catch (const sdk::Error& error) {
    return error.message();
  }
  return "";
}

}  // namespace

TEST_CASE("a counting plugin tells its build and counts operations and events of each mode") {
  const Build build("v1");
  testing::TestHost host(build.entry());
  host.publish("counted.one");
  host.publish("counted.two");
  host.run_background();
  host.run_durable();
  written(host);
  const auto document = written(host);
  CHECK(document["build"] == "v1");
  CHECK(document["counts"] == nlohmann::json{{"before", 2}, {"on_success", 1}, {"sync", 2}, {"background", 2}, {"durable", 2},
                                             {"more", 0}, {"loads", 0}});
}

TEST_CASE("a counting plugin hands its counts over to builds that know its schema") {
  const Build one("v1"), two("v2"), three("v3");
  testing::TestHost first(one.entry());
  written(first);
  const std::string state = first.save_state();
  testing::TestHost second(two.entry(), {}, testing::State{1, state});
  CHECK(written(second)["counts"]["before"] == 2);
  testing::TestHost third(three.entry(), {}, testing::State{1, second.save_state()});
  const auto document = written(third);
  CHECK(document["build"] == "v3");
  CHECK(document["counts"]["before"] == 3);
  CHECK(document["counts"]["loads"] == 2);
  const std::string newer = third.save_state();
  testing::TestHost fourth(three.entry(), {}, testing::State{2, newer});
  CHECK(written(fourth)["counts"]["before"] == 4);
  CHECK(error_of([&] { testing::TestHost(two.entry(), {}, testing::State{2, newer}); }) ==
        "wanted a state of schema 1 at most, found 2");
}

TEST_CASE("each broken build of the counting plugin is broken in its own way") {
  const auto starts = [](const std::string& name) { return error_of([&] { testing::TestHost(Build(name).entry()); }); };
  CHECK(starts("create_fails") == "no room for another one");
  CHECK(starts("start_fails") == "the port is taken");
  const auto saves = [](const std::string& name) {
    const Build build(name);
    return error_of([&] { testing::TestHost(build.entry()).save_state(); });
  };
  CHECK(saves("stop_fails") == "the socket does not close");
  CHECK(saves("save_fails") == "the counts are not in order");
  CHECK(saves("save_nothing") == "save: wanted one state, found 0");
  CHECK(saves("save_twice") == "save: wanted one state, found 2");
  const Build huge("save_huge"), once("start_again_fails"), picky("load_refuses"), confused("load_fails");
  CHECK(testing::TestHost(huge.entry()).save_state().size() == (16u << 20) + 1);
  testing::TestHost host(once.entry());
  const std::string state = host.save_state();
  CHECK(error_of([&] { host.start(); }) == "only once");
  CHECK(error_of([&] { testing::TestHost(picky.entry(), {}, testing::State{1, state}); }) ==
        "wanted a state of schema 1 at most, found 1");
  CHECK(error_of([&] { testing::TestHost(confused.entry(), {}, testing::State{1, state}); }) == "the state has no meaning");
}

TEST_CASE("the builds of the counting plugin differ in what they register and declare") {
  const auto registered = [](const std::string& name) {
    const Build build(name);
    testing::TestHost host(build.entry());
    return std::pair(host.hooks().size(), host.subscriptions().size());
  };
  CHECK(registered("v1") == std::pair<std::size_t, std::size_t>{2, 3});
  CHECK(registered("more") == std::pair<std::size_t, std::size_t>{3, 4});
  CHECK(registered("fewer") == std::pair<std::size_t, std::size_t>{1, 2});
  CHECK(metadata_of("v1").state_schema == 1u);
  CHECK(metadata_of("v3").state_schema == 2u);
  CHECK(metadata_of("close").unload == Unload::close);
  CHECK(metadata_of("overlap_1").switchover == Switchover::overlap);
  CHECK_FALSE(metadata_of("overlap_2").state_schema.has_value());
  CHECK(metadata_of("needs_grants").needs.resources.size() == 1);
  CHECK_FALSE(metadata_of("needs_config").config_schema->validate(nlohmann::json::object()).has_value());
}
