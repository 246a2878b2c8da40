// Tests a plugin without a host: TestHost stands in for one, in this process, on this thread. It creates the plugin
// through its entry, as a host does, calls its handlers with operations made up by the test and tells what they did.
// Needs nlohmann_json. Nothing is stored, nothing is checked against metadata, grants or schemas: `backplane plugin
// check` and a real host do that.
//
//   #include <backplane/testing.hpp>
//   using namespace backplane::sdk;
//
//   testing::TestHost host(&backplane_plugin_1, {{"path", "/tmp/audit.ndjson"}});
//   const auto fired = host.fire(Phase::before, Action::create, testing::Given().input({{"title", " "}}));
//   fired.rejected, fired.reason == "title.blank", fired.details["field"] == "title"
//
//   const auto sent = host.publish(BookingCancelled{"b7", "rain"}, testing::GivenEvent().tenant("acme"));
//   sent.deliveries[0].outcome == testing::Delivered::done
//
//   testing::TestHost next(&backplane_plugin_1, {}, testing::State{1, host.save_state()});
#pragma once

#include <backplane/backplane.hpp>
#include <backplane/testing/given_event.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace backplane::sdk::testing {

// The operation that handlers are called with. Whatever is not said has a plain default: type "note", id "1", actor
// "tester", no documents.
class Given {
 public:
  Given& type(std::string value) { return set(type_, std::move(value)); }
  Given& id(std::string value) { return set(id_, std::move(value)); }
  Given& actor(std::string value) { return set(actor_, std::move(value)); }
  Given& tenant(std::string value) { return set(tenant_, std::move(value)); }
  Given& revision(std::uint64_t value) { return set(revision_, value); }
  Given& status(RevisionStatus value) { return set(status_, value); }
  Given& depth(std::uint32_t value) { return set(depth_, value); }
  Given& dry_run() { return set(dry_run_, true); }
  Given& time_us(std::int64_t value) { return set(time_us_, value); }
  Given& budget(std::chrono::microseconds value) { return set(budget_, value); }
  Given& input(nlohmann::json value) { return set(input_, std::optional(std::move(value))); }
  Given& patch(nlohmann::json value) { return set(patch_, std::optional(std::move(value))); }
  Given& previous(nlohmann::json value) { return set(previous_, std::optional(std::move(value))); }
  Given& result(nlohmann::json value) { return set(result_, std::optional(std::move(value))); }
  // For fire(): the outcome is failed, with this error. For run(): the operation stage fails with it.
  Given& error(Error value) { return set(error_, std::optional(std::move(value))); }
  // For run(): the host refuses the caller with this error, before any plugin is asked.
  Given& denied(Error value) { return set(denied_, std::optional(std::move(value))); }

 private:
  friend class TestHost;
  friend struct FakeOperation;
  template <class T>
  Given& set(T& member, T value) {
    member = std::move(value);
    return *this;
  }

  std::string type_ = "note", id_ = "1", actor_ = "tester", tenant_;
  std::uint64_t revision_ = 0;
  RevisionStatus status_ = RevisionStatus::stable;
  std::uint32_t depth_ = 0;
  bool dry_run_ = false;
  std::int64_t time_us_ = 1714564800000000;  // 2024-05-01T12:00:00Z
  std::chrono::microseconds budget_{1000000};
  std::optional<nlohmann::json> input_, patch_, previous_, result_;
  std::optional<Error> error_, denied_;
};

// A write that a handler enlisted, or an operation that the plugin asked for.
struct Asked {
  Action action{};
  std::string type, id, document, query, idempotency_key;
  PatchFormat format = PatchFormat::json_patch;
  RequestedStatus status = RequestedStatus::keep;
  std::uint64_t revision = 0;  // get_revision, switch_to
  std::optional<std::uint64_t> expected_revision;
  std::string cause;  // the id of the operation or event being handled, or empty
};

// What an operation that the plugin asked for is answered with.
struct Answer {
  nlohmann::json document;
  std::uint64_t revision = 1;
  std::string id;  // empty: the one asked for
};

struct LogLine {
  LogLevel level;
  std::string message;
};

struct Fault {
  std::string handler;  // its name
  Status status;
  std::string message, details;
};

// What came of one phase.
struct Fired {
  std::vector<std::string> called;  // the names of the handlers called, in order
  bool rejected = false;
  std::string reason, message;  // of the rejection
  nlohmann::json details;       // of the rejection; null: none
  std::vector<Fault> faults;
  nlohmann::json document;  // the input as the handlers left it; null: none
  bool changed = false;     // whether they replaced or patched it
  RevisionStatus status = RevisionStatus::stable;
  std::vector<Asked> enlisted;
  std::vector<PublishedEvent> enlisted_events;
};

// What came of a whole operation; a phase that did not run has called nobody.
struct Ran {
  Outcome outcome = Outcome::pending;
  std::optional<Error> error;
  Fired before, on_success, on_failure, after;
};

// A hook as the plugin registered it.
struct RegisteredHook {
  std::uint32_t phases;
  Action actions;
  std::vector<std::string> types;
  std::string name;
  bp_handler_fn handler;
  void* user_data;
};

// A state handed over, with the metadata's state_schema of the build that saved it.
struct State {
  std::uint64_t schema;
  std::string bytes;
};

struct FakeDocument;
struct FakeOperation;
class FakeBus;
struct Handled;

class TestHost {
 public:
  using Entry = const bp_plugin* (*)();

  // Creates and starts the plugin; Error with its words when it refuses. table_size, events_size: how much of its
  // tables the host offers, to play an older one; events_size 0: one without events.
  explicit TestHost(Entry entry, nlohmann::json config = nlohmann::json::object(),
                    std::uint32_t table_size = sizeof(bp_host), std::uint32_t events_size = sizeof(bp_events));
  // The same for the next build of a plugin, which takes over a state before it is started.
  TestHost(Entry entry, nlohmann::json config, const State& state);
  // Stops and destroys it.
  ~TestHost();
  TestHost(const TestHost&) = delete;
  TestHost& operator=(const TestHost&) = delete;

  // Calls the handlers of this phase, action and type in the order registered. In phase before, the first that rejects
  // or faults is the last; in the others each is called.
  Fired fire(Phase phase, Action action, const Given& given = {});

  // Plays a whole operation as a host does: before; then the operation stage, whose result is the document that the
  // handlers left (or the one given); then on_success or on_failure; then after, unless the operation stage was never
  // reached. At last, unless it failed or is a dry run, the events that the handlers of before enlisted are published.
  Ran run(Action action, const Given& given = {});

  // Publishes an event, as a caller of the host does, and calls the plugin's sync subscriptions to it in the order
  // registered, each whatever became of the others. Events that the plugin publishes reach its subscriptions the same
  // way. Error: as Host::publish. An event id that was published before calls nobody, unless it is a replay.
  template <class E, detail::ForEvent<E> = 0>
  Dispatched publish(const E& event, const GivenEvent& given = {}) {
    return publish(E::event_type(), nlohmann::json::parse(json_of(event).text()), given);
  }
  Dispatched publish(std::string_view type, nlohmann::json payload = nlohmann::json::object(),
                     const GivenEvent& given = {});

  // Calls the background subscriptions for what waits for them, what they publish meanwhile included; or the durable
  // ones, each event once: one that failed or was put off waits for the next run_durable(), one with a delay until the
  // test's time has advanced by it. After 10 attempts, or those of the subscription, it is a dead letter.
  std::vector<Delivery> run_background();
  std::vector<Delivery> run_durable();
  void advance(std::chrono::microseconds by);

  // Answers the operations that the plugin asks for; throw Error to refuse one. Without, each is refused. As with a
  // host, a dry run allows only reads, a budget of nothing none, and the answer may call handlers (fire()) meanwhile.
  void answer(std::function<Answer(const Asked&)> answers) { answers_ = std::move(answers); }

  // Calls the plugin's stop(), which the destructor does otherwise; its fault, if any.
  std::optional<Fault> stop();

  // Stops the plugin, unless it is, and asks it for its state as a reload does; Error with its words when it refuses,
  // or offers none. start() then lets it go on, as after a reload that failed.
  std::string save_state();
  void start();

  const std::vector<RegisteredHook>& hooks() const { return hooks_; }
  std::vector<LogLine> logged() const;  // so far
  std::vector<Asked> asked() const;     // so far
  std::vector<RegisteredSubscription> subscriptions() const;
  std::vector<PublishedEvent> published() const;  // so far, by the test and by the plugin
  std::vector<Delivery> delivered() const;        // so far, of every mode

 private:
  friend struct HostTable;
  friend struct EventsTable;
  friend class FakeBus;
  TestHost(Entry entry, nlohmann::json config, std::uint32_t table_size, std::uint32_t events_size, const State* state);
  void load(const State& state);
  const bp_state& state_interface() const;
  Error error_of(const char* step, std::int32_t status);
  std::int32_t call(const Handled& what, const std::function<std::int32_t()>& handler);
  Fault fault_of(std::string handler, std::int32_t status);

  mutable std::mutex mutex_;
  std::vector<LogLine> log_;
  std::vector<Asked> asked_;
  std::function<Answer(const Asked&)> answers_;
  std::vector<RegisteredHook> hooks_;
  std::deque<nlohmann::json::json_pointer> pointers_;
  std::optional<Fault> last_fault_;
  std::unique_ptr<FakeDocument> config_;
  std::unique_ptr<FakeBus> bus_;
  bp_host table_;
  bp_events events_;
  const bp_plugin* plugin_;
  void* instance_ = nullptr;
  bool running_ = false;
};

// A TestHost for a plugin's class of this program, when there are several: `auto host = host_of<TitleCheck>();`,
// `auto next = host_of<TitleCheck>(config, State{1, host.save_state()});`.
template <class P, class... TakenOver>
TestHost host_of(nlohmann::json config = nlohmann::json::object(), const TakenOver&... state) {
  static constexpr bp_plugin functions = Instance<P>::functions();
  return TestHost([] { return &functions; }, std::move(config), state...);
}

}  // namespace backplane::sdk::testing

#include <backplane/testing/test_host.hpp>
