#include "store/sqlite/writer.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace backplane::store::sqlite {
namespace {

const base::Error closed{base::Code::unavailable, "the store is closed"};

bool makes_room(const UnitOfWork& unit) {
  const auto is_purge = [](const Write& write) { return std::holds_alternative<Purge>(write); };
  return !unit.writes.empty() && std::all_of(unit.writes.begin(), unit.writes.end(), is_purge);
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> connection, const std::filesystem::path& database, Limits limits,
               std::uint64_t last_position)
    : connection_(std::move(connection)),
      limits_(limits),
      units_(*connection_),
      room_(*connection_, database, limits.ballast_bytes),
      checkpoint_at_(room_.most_log_pages()),
      last_position_(last_position) {
  thread_ = std::thread([this] { work(); });
}

Writer::~Writer() { stop(); }

void Writer::submit(UnitOfWork unit, Store::Done done) { submit(Pending{std::move(unit), std::move(done)}); }

void Writer::submit(Progress progress, ProgressDone done) {
  submit(Pending{{},
                 [done = std::move(done)](const CommitResult& result) {
                   done(result ? base::ok() : base::Result<void>(result.error().error));
                 },
                 std::make_unique<const Progress>(std::move(progress))});
}

void Writer::submit(Pending pending) {
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    pending.done(tl::unexpected(CommitError{closed, std::nullopt}));
    return;
  }
  pending_.push_back(std::move(pending));
  const bool wake = std::exchange(idle_, false);
  lock.unlock();
  if (wake) wake_.notify_one();
}

base::Result<void> Writer::run(const Task& task) {
  Alone mine{task, {}};
  std::unique_lock lock(mutex_);
  if (stopping_) return closed;
  alone_.push_back(&mine);
  idle_ = false;
  wake_.notify_one();
  finished_.wait(lock, [&] { return mine.finished; });
  return std::move(mine.result);
}

void Writer::reader_ended() {
  if (!erase_due_) return;
  const std::lock_guard lock(mutex_);
  reader_ended_ = true;
  idle_ = false;
  wake_.notify_one();
}

void Writer::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    idle_ = false;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
  connection_.reset();
}

bool Writer::take(std::vector<Pending>& batch, Alone*& alone) {
  batch.clear();
  alone = nullptr;
  std::unique_lock lock(mutex_);
  const auto something = [&] { return !pending_.empty() || !alone_.empty() || reader_ended_ || stopping_; };
  while (!something()) {
    idle_ = true;
    wake_.wait(lock);
  }
  idle_ = false;
  reader_ended_ = false;
  while (!pending_.empty() && batch.size() < limits_.max_batch) {
    batch.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  if (!alone_.empty()) {
    alone = alone_.front();
    alone_.pop_front();
  }
  return !batch.empty() || alone != nullptr || !stopping_;
}

// What came while the batch was done joins it, so that those just answered do not miss every other sync. Those that
// were woken by the last answers get one chance to run before that.
bool Writer::take_more(std::vector<Pending>& batch) {
  if (batch.size() < last_batch_) std::this_thread::yield();
  const std::lock_guard lock(mutex_);
  const std::size_t before = batch.size();
  while (!pending_.empty() && batch.size() < limits_.max_batch) {
    batch.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  return batch.size() > before;
}

void Writer::work() {
  std::vector<Pending> batch;
  Alone* alone = nullptr;
  while (take(batch, alone)) {
    if (!batch.empty()) run_batch(batch);
    if (alone != nullptr) run_alone(*alone);
    if (erase_due_) erase_traces(std::chrono::milliseconds(0));
    checkpoint_when_due();
  }
}

CommitResult Writer::run_one(Pending& pending) {
  if (pending.progress == nullptr) {
    if (auto admitted = room_.admit_more(); !admitted && !makes_room(pending.unit))
      return tl::unexpected(CommitError{std::move(admitted).error(), std::nullopt});
    return units_.run(pending.unit);
  }
  if (auto kept = units_.run(*pending.progress); !kept)
    return tl::unexpected(CommitError{std::move(kept).error(), std::nullopt});
  return Kept{};
}

// Does the units in order; before each, none of the batch must have spoiled the transaction.
base::Result<void> Writer::run_units(std::vector<Pending>& batch, std::vector<CommitResult>& results) {
  for (std::size_t i = results.size(); i < batch.size(); ++i) {
    results.push_back(run_one(batch[i]));
    if (!units_.must_roll_back()) continue;
    if (!results.back()) return results.back().error().error;
    return connection_->error();
  }
  return base::ok();
}

void Writer::run_batch(std::vector<Pending>& batch) {
  std::vector<CommitResult> results;
  results.reserve(batch.size());
  room_.look();
  base::Result<void> outcome = begin();
  if (outcome) outcome = run_units(batch, results);
  while (outcome && take_more(batch)) outcome = run_units(batch, results);
  if (outcome) outcome = units_.finish();
  if (outcome) outcome = commit();
  last_batch_ = batch.size();
  if (outcome)
    room_.settle();
  else
    fail(batch, outcome.error(), results);
  ++batches_;
  if (outcome && units_.appended_up_to()) last_position_.store(*units_.appended_up_to(), std::memory_order_release);
  if (outcome && units_.purged()) {
    erase_due_ = true;
    erase_traces(limits_.erase_patience);
  }
  answer(batch, results);
}

void Writer::fail(const std::vector<Pending>& batch, const base::Error& error, std::vector<CommitResult>& results) {
  roll_back();
  room_.make_way();
  base::log_error("store", "nothing of a batch of " + std::to_string(batch.size()) + " was kept: " + error.message);
  results.assign(batch.size(), tl::unexpected(CommitError{error, std::nullopt}));
}

void Writer::answer(std::vector<Pending>& batch, std::vector<CommitResult>& results) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (batch[i].progress == nullptr) ++(results[i] ? commits_ : failures_);
    batch[i].done(std::move(results[i]));
  }
}

void Writer::run_alone(Alone& alone) {
  room_.look();
  base::Result<void> result = run_task(alone.task);
  if (!result && room_.make_way()) result = run_task(alone.task);
  if (result) room_.settle();
  const std::lock_guard lock(mutex_);
  alone.result = std::move(result);
  alone.finished = true;
  finished_.notify_all();
}

base::Result<void> Writer::run_task(const Task& task) {
  base::Result<void> result = begin();
  if (result) result = task(*connection_);
  if (result) result = commit();
  if (!result) roll_back();
  return result;
}

base::Result<void> Writer::begin() {
  static constexpr Sql sql{"BEGIN IMMEDIATE"};
  units_.begin(std::exchange(last_, UnitRunner::Last::committed));
  BACKPLANE_TRY(Statement statement, connection_->use(sql));
  return statement.run();
}

base::Result<void> Writer::commit() {
  static constexpr Sql sql{"COMMIT"};
  BACKPLANE_TRY(Statement statement, connection_->use(sql));
  return statement.run();
}

void Writer::roll_back() {
  last_ = UnitRunner::Last::rolled_back;
  if (connection_->in_transaction()) static_cast<void>(connection_->execute("ROLLBACK"));
}

// What was purged is zeroed in the pages as they are now. Older copies are in the write-ahead log, which is emptied,
// and perhaps in the unused parts of pages, which are zeroed on their way into the database file but not in the pages
// that are held in memory. A reader with an older snapshot needs the log; so the rest is done when it has ended.
void Writer::erase_traces(std::chrono::milliseconds patience) {
  const base::Result<bool> emptied = connection_->empty_log(patience);
  if (emptied && *emptied) {
    connection_->drop_cache();
    erase_due_ = false;
    return;
  }
  if (!emptied) {
    base::log_error("store", "what was purged is still in the write-ahead log: " + emptied.error().message);
    room_.make_way();
  } else if (patience.count() > 0) {
    base::log_warning("store", "what was purged stays in the write-ahead log until a read that began before it has ended");
  }
}

// Each time the write-ahead log has grown by so many pages.
void Writer::checkpoint_when_due() {
  const int pages = connection_->log_pages(), most = room_.most_log_pages();
  if (pages < most) checkpoint_at_ = most;
  if (pages < checkpoint_at_) return;
  checkpoint_at_ = pages + most;
  if (auto done = connection_->copy_log(); !done) {
    base::log_error("store", "the write-ahead log cannot be copied into the database: " + done.error().message);
    room_.make_way();
  }
}

}  // namespace backplane::store::sqlite
