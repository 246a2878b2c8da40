// The one thread that writes. It takes all units of work that wait, does them in one transaction, commits them with one
// sync to disk, and then answers them: while it syncs, the next batch gathers.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "store/sqlite/connection.hpp"
#include "store/sqlite/disk_room.hpp"
#include "store/sqlite/unit.hpp"
#include "store/store.hpp"

namespace backplane::store::sqlite {

class Writer {
 public:
  struct Limits {
    std::size_t max_batch = 512;
    std::uint64_t ballast_bytes = 0;
    std::chrono::milliseconds erase_patience{1000};  // how long a purge waits for readers before it is answered
  };
  using Task = std::function<base::Result<void>(Connection&)>;

  // `last_position`: of the event log, as it was found. The ballast lies beside `database`.
  Writer(std::unique_ptr<Connection> connection, const std::filesystem::path& database, Limits limits,
         std::uint64_t last_position);
  ~Writer();

  // Any thread. `done` is called on the writer's thread, or at once with unavailable after stop().
  void submit(UnitOfWork unit, Store::Done done);

  // The same for a subscription's progress, in the same batches.
  using ProgressDone = std::function<void(base::Result<void>)>;
  void submit(Progress progress, ProgressDone done);

  // Runs `task` on the writer's thread, in a transaction of its own, and waits for it. Not from a Done.
  base::Result<void> run(const Task& task);

  // Called when a reader has ended: what it held back may go on. Any thread; cheap.
  void reader_ended();

  // Finishes what was submitted, closes the connection. Once.
  void stop();

  std::uint64_t commits() const { return commits_; }
  std::uint64_t batches() const { return batches_; }
  std::uint64_t failures() const { return failures_; }

  // The last position of the event log that a commit has answered.
  std::uint64_t last_position() const { return last_position_.load(std::memory_order_acquire); }

 private:
  struct Pending {
    UnitOfWork unit;
    Store::Done done;
    std::unique_ptr<const Progress> progress{};  // instead of the unit
  };
  struct Alone {
    const Task& task;
    base::Result<void> result;
    bool finished = false;
  };

  void submit(Pending pending);
  void work();
  // Waits for something to do and takes it. False: stopped, and all is done.
  bool take(std::vector<Pending>& batch, Alone*& alone);
  // Adds what came meanwhile. False: nothing did.
  bool take_more(std::vector<Pending>& batch);
  void run_batch(std::vector<Pending>& batch);
  CommitResult run_one(Pending& pending);
  // Nothing of the batch is kept.
  void fail(const std::vector<Pending>& batch, const base::Error& error, std::vector<CommitResult>& results);
  void answer(std::vector<Pending>& batch, std::vector<CommitResult>& results);
  base::Result<void> run_units(std::vector<Pending>& batch, std::vector<CommitResult>& results);
  void run_alone(Alone& alone);
  base::Result<void> run_task(const Task& task);
  base::Result<void> begin();
  base::Result<void> commit();
  void roll_back();
  void erase_traces(std::chrono::milliseconds patience);
  void checkpoint_when_due();

  std::unique_ptr<Connection> connection_;
  const Limits limits_;
  UnitRunner units_;
  DiskRoom room_;
  UnitRunner::Last last_ = UnitRunner::Last::committed;
  int checkpoint_at_;
  std::size_t last_batch_ = 0;

  std::mutex mutex_;
  std::condition_variable wake_;      // the writer: something to do
  std::condition_variable finished_;  // those in run(): theirs is done
  std::deque<Pending> pending_;
  std::deque<Alone*> alone_;
  bool stopping_ = false;
  bool idle_ = false;         // the writer waits
  bool reader_ended_ = false;
  std::atomic<bool> erase_due_ = false;  // traces of a purge are left, held by a reader

  std::atomic<std::uint64_t> commits_ = 0;
  std::atomic<std::uint64_t> batches_ = 0;
  std::atomic<std::uint64_t> failures_ = 0;
  std::atomic<std::uint64_t> last_position_;
  std::thread thread_;
};

}  // namespace backplane::store::sqlite
