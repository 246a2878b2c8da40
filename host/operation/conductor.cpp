#include "operation/conductor.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/id.hpp"
#include "operation/prepare.hpp"
#include "operation/stage.hpp"
#include "plugin/call_slot.hpp"

namespace backplane::operation {
namespace {

using base::Code;
using base::Error;
using model::Action;
using model::Phase;
using std::chrono::steady_clock;

Error not_open() { return {Code::unavailable, "the host is starting or stopping"}; }

Error overloaded(std::size_t most) {
  return {Code::unavailable, "the host is overloaded: wanted at most " + std::to_string(most) +
                                 " operations that wait for a thread (operations.max_waiting), found more"};
}

bool is_read(Action action) { return model::actions::read.contains(action); }

plugin::OperationFacts facts_of(const Request& request, base::UtcTime time) {
  std::string operation_id = base::new_uuid(time);
  return {.action = request.action,
          .operation_id = operation_id,
          .correlation_id = request.correlation_id.empty() ? operation_id : request.correlation_id,
          .causation_id = request.causation_id,
          .actor = request.caller.actor,
          .tenant = request.caller.tenant,
          .type = request.type,
          .id = request.id,
          .time = time,
          .depth = request.depth,
          .dry_run = request.mode == Mode::dry_run};
}

Setup without_plugins(std::shared_ptr<const Rules> rules) {
  auto table = std::make_shared<const hooks::Table>(std::vector<std::shared_ptr<plugin::Instance>>(), rules->types.names());
  return {std::move(rules), std::move(table)};
}

// A thread of a plugin's own must not wait for that plugin's gate: while it is closed, stop() waits for such threads.
base::Task<base::Result<plugin::Entering>> let_in(plugin::Stay& stay, const plugin::Company& plugins, const Job& job,
                                                  base::Executor& executor, steady_clock::time_point until) {
  const plugin::Instance* const closed = stay.try_enter(plugins);
  if (closed == nullptr) co_return plugin::Entering::done;
  if (closed->id() == job.plugin && !plugin::inside_handler())
    co_return Error{Code::unavailable, "plugin '" + job.plugin + "' is being reloaded", {}, {}, job.plugin};
  co_return co_await stay.enter(plugins, executor, until);
}

std::vector<HandlerTime> times_of(const Run& run) {
  std::vector<HandlerTime> times;
  if (run.request.timing == Timing::none) return times;
  for (const auto& report : run.passage.reports)
    times.push_back({report.hook->instance->id(), report.hook->name, report.phase, report.took});
  return times;
}

}  // namespace

// Counts an operation as under way as long as it lives.
class Conductor::UnderWay {
 public:
  explicit UnderWay(Conductor& conductor) : conductor_(conductor), entered_(conductor.enter()) {}
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() {
    if (entered_) conductor_.leave();
  }
  bool entered() const { return entered_; }

 private:
  Conductor& conductor_;
  bool entered_;
};

// Holds an idempotency key as long as its first request is under way.
class Conductor::KeyUnderWay {
 public:
  KeyUnderWay(Conductor& conductor, const Request& request)
      : conductor_(conductor), key_(request.caller.tenant, request.caller.actor, request.idempotency_key) {
    if (request.idempotency_key.empty() || request.mode == Mode::dry_run) return;
    const std::lock_guard lock(conductor_.mutex_);
    held_ = conductor_.keys_under_way_.insert(key_).second;
    refused_ = !held_;
  }
  KeyUnderWay(const KeyUnderWay&) = delete;
  KeyUnderWay& operator=(const KeyUnderWay&) = delete;
  ~KeyUnderWay() {
    if (!held_) return;
    const std::lock_guard lock(conductor_.mutex_);
    conductor_.keys_under_way_.erase(key_);
  }
  bool refused() const { return refused_; }

 private:
  Conductor& conductor_;
  std::tuple<std::string, std::string, std::string> key_;
  bool held_ = false;
  bool refused_ = false;
};

Conductor::Conductor(const manifest::OperationSettings& settings, Types types, store::Store& store, events::Bus& bus,
                     const base::Clock& clock, base::WorkerPool& pool)
    : store_(store),
      bus_(bus),
      clock_(clock),
      pool_(pool),
      setup_(without_plugins(std::make_shared<const Rules>(Rules{settings, std::move(types)}))) {}

Setup Conductor::setup() const {
  return setup_.with([](const Setup& setup) { return setup; });
}

void Conductor::set_up(Setup setup) {
  setup_.with([&](Setup& current) { std::swap(current, setup); });  // the one before goes when the lock is open
}

void Conductor::set_hooks(std::shared_ptr<const hooks::Table> table) {
  setup_.with([&](Setup& current) { current.hooks.swap(table); });
}

// ---- one operation ----

base::Task<Outcome> Conductor::conduct(Run& run, const Job& job) {
  base::Result<void> done = co_await reach_commit(run, job);
  if (run.request.mode == Mode::commit) {
    if (!done) run.context().set_failure(done.error());
    const Phase verdict = done ? Phase::on_success : Phase::on_failure;
    begin_phase(run, job);
    co_await hooks::observe(run.passage, run.chain.of(verdict), verdict);
    if (run.reached_stage) {
      begin_phase(run, job);
      co_await hooks::observe(run.passage, run.chain.of(Phase::after), Phase::after);
    }
  }
  run.stay->end();
  for (const events::SharedEvent& event : run.events) co_await bus_.call_sync(run.passage, event);
  Outcome outcome{run.facts().operation_id, std::move(run.answer), times_of(run)};
  if (!done) outcome.answer = std::move(done).error();
  co_return outcome;
}

base::Task<base::Result<void>> Conductor::reach_commit(Run& run, const Job& job) {
  if (auto allowed = authorize(run); !allowed) co_return std::move(allowed).error();
  if (auto prepared = prepare(run, store_, run.rules->settings); !prepared) co_return std::move(prepared).error();
  begin_phase(run, job);
  base::Result<void> decided = co_await hooks::decide(run.passage, run.chain.of(Phase::before));
  if (!decided) co_return std::move(decided).error();
  run.reached_stage = true;
  if (is_read(run.request.action) || run.request.action == Action::dump) co_return read_or_dump(run, job);
  if (run.request.mode == Mode::dry_run) co_return dry_run(run, run.rules->types);
  base::Result<void> written = co_await write(run, store_, run.rules->types, bus_);
  co_return written;
}

base::Result<void> Conductor::read_or_dump(Run& run, const Job& job) {
  if (run.request.action != Action::dump) return read(run, store_, run.rules->settings);
  BACKPLANE_CHECK((*job.dump_stage)());
  run.context().set_result(std::nullopt, {}, model::Status::stable);
  return base::ok();
}

// Each phase has the whole budget, or what is left to the handler that asked for this operation.
void Conductor::begin_phase(Run& run, const Job& job) const {
  run.passage.until = std::min(steady_clock::now() + run.rules->settings.budget, job.until);
}

// ---- around it: where it runs, and what it is answered without running ----

base::Task<Outcome> Conductor::run(Job job, base::Executor& executor) {
  const UnderWay under_way(*this);
  const base::UtcTime time = clock_.now();
  plugin::OperationFacts facts = facts_of(job.request, time);
  Outcome refused{facts.operation_id, not_open(), {}};
  if (!under_way.entered()) co_return refused;

  const KeyUnderWay key(*this, job.request);
  if (key.refused()) {
    refused.answer = Error{Code::conflict, "a request with this idempotency key is under way"};
    co_return refused;
  }
  auto before = replayed(job.request);
  if (!before || before->has_value()) {
    if (before) refused.answer = std::move(**before);
    else refused.answer = std::move(before).error();
    co_return refused;
  }
  auto begun = co_await begin_run(job, std::move(facts), time, executor);
  if (!begun) {
    refused.answer = std::move(begun).error();
    co_return refused;
  }
  Run run = std::move(*begun);
  run.loading = std::move(job.loading);
  Outcome outcome = co_await conduct(run, job);
  co_return outcome;
}

// By what is set up now. A plugin on the way may be in the middle of a reload: then that does not hold any more when it is there again.
base::Task<base::Result<Run>> Conductor::begin_run(const Job& job, plugin::OperationFacts facts, base::UtcTime time, base::Executor& executor) {
  for (auto until = job.until;;) {
    const Setup setup = this->setup();
    const manifest::OperationSettings& settings = setup.rules->settings;
    const auto type = setup.rules->types.get(job.request.type);
    if (!type) co_return type.error();
    if (job.request.depth > settings.max_depth)
      co_return Error{Code::depth_exceeded, "operations nested deeper than " + std::to_string(settings.max_depth)};
    const hooks::Chain& chain = setup.hooks->chain(job.request.action, job.request.type);
    const auto stay = std::make_shared<plugin::Stay>(setup.hooks);
    until = std::min(until, steady_clock::now() + settings.budget);
    auto entered = co_await let_in(*stay, chain.plugins(), job, executor, until);
    if (!entered) co_return std::move(entered).error();
    if (*entered == plugin::Entering::again) continue;

    auto context = std::make_shared<plugin::OperationContext>(
        std::move(facts), base::JsonLimits{settings.max_document_bytes, settings.max_json_depth});
    if (!chain.empty()) context->pin(stay);
    Run run{.request = job.request,
            .rules = setup.rules,
            .type = **type,
            .time = time,
            .chain = chain,
            .stay = stay,
            .passage = {{.executor = &executor, .pool = pool_, .until = {}, .inside = job.inside}, std::move(context)}};
    run.passage.measure_time = job.request.timing == Timing::per_handler;
    run.passage.compare_documents = job.request.mode == Mode::dry_run;
    co_return std::move(run);
  }
}

base::Task<Outcome> Conductor::run_on_pool(Job job) {
  co_await base::on(pool_);
  --waiting_;
  Outcome outcome = co_await run(std::move(job), pool_);
  co_return outcome;
}

// Counted as waiting before: run_on_pool() counts it off when it has a thread.
void Conductor::begin(Job job, Done done) { base::start(run_on_pool(std::move(job)), std::move(done)); }

void Conductor::submit(Request request, Done done) {
  // A read of one resource that no handler looks at is answered right here.
  const Setup setup = this->setup();
  if (request.action == Action::get && setup.hooks->chain(Action::get, request.type).empty()) {
    const UnderWay under_way(*this);
    done(under_way.entered() ? get_directly(request, setup.rules->types) : Outcome{base::new_uuid(clock_.now()), not_open(), {}});
    return;
  }
  const std::size_t most = setup.rules->settings.max_waiting;
  if (++waiting_ > most) {
    --waiting_;
    ++turned_away_;
    done(Outcome{base::new_uuid(clock_.now()), overloaded(most), {}});
    return;
  }
  begin(Job{.request = std::move(request)}, std::move(done));
}

Outcome Conductor::get_directly(const Request& request, const Types& types) const {
  Outcome outcome{base::new_uuid(clock_.now()), Answer{}, {}};
  const auto found = [&]() -> base::Result<model::Resource> {
    BACKPLANE_TRY([[maybe_unused]] const Type* type, types.get(request.type));
    BACKPLANE_TRY(auto resource, store_.get({request.caller.tenant, request.type, request.id}));
    if (resource.deleted && request.deleted == store::Deleted::exclude)
      return Error{Code::not_found, request.type + "/" + request.id + " is deleted (deleted=include shows it)"};
    return resource;
  }();
  if (found)
    outcome.answer = Answer{.body = to_text(*found), .version = found->current.version, .id = found->key.id};
  else
    outcome.answer = found.error();
  return outcome;
}

base::Result<std::optional<Answer>> Conductor::replayed(const Request& request) const {
  if (request.idempotency_key.empty() || is_read(request.action) || request.mode == Mode::dry_run) return std::optional<Answer>();
  BACKPLANE_TRY(const auto stored,
                store_.stored_answer({request.caller.tenant, request.caller.actor, request.idempotency_key}));
  if (!stored) return std::optional<Answer>();
  if (stored->fingerprint != fingerprint_of(request))
    return Error{Code::conflict, "this idempotency key was used for another request"};
  if (stored->answer.empty())
    return Error{Code::conflict, "the answer to this idempotency key was purged with its resource"};
  return std::optional<Answer>(answer_from_stored(stored->answer));
}

void Conductor::submit_load(Request request, Loading loading, Done done) {
  Job job{.request = std::move(request)};
  job.loading = std::move(loading);
  // Never turned away: it belongs to a stream that is under way, and a stream has few of them at once.
  ++waiting_;
  begin(std::move(job), std::move(done));
}

base::Result<void> Conductor::run_dump(Request request, const std::function<base::Result<void>()>& stage) {
  Job job{.request = std::move(request)};
  job.dump_stage = &stage;
  const Outcome outcome = base::run_here([&](base::Executor& executor) { return run(std::move(job), executor); });
  if (!outcome.answer) return outcome.answer.error();
  return base::ok();
}

// ---- opening and closing ----

void Conductor::open() {
  const std::lock_guard lock(mutex_);
  open_ = true;
}

void Conductor::refuse_callers() {
  const std::lock_guard lock(mutex_);
  open_ = false;
}

std::size_t Conductor::close(std::chrono::milliseconds grace) {
  std::unique_lock lock(mutex_);
  open_ = false;
  all_done_.wait_for(lock, grace, [&] { return under_way_ == 0; });
  closed_ = true;
  return under_way_;
}

// Operations of handlers that are still under way belong to what is waited for.
bool Conductor::enter() {
  const std::lock_guard lock(mutex_);
  if (closed_ || (!open_ && !plugin::inside_handler())) return false;
  ++under_way_;
  return true;
}

void Conductor::leave() {
  const std::lock_guard lock(mutex_);
  if (--under_way_ == 0) all_done_.notify_all();
}

}  // namespace backplane::operation
